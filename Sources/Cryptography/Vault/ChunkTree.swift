import Primitives

/// A Merkle tree over numbered chunks of ciphertext: its root stands for what an encryption node took of a vault, and one
/// chunk with its path shows that the node still has it.
///
/// Keccak-256. A leaf is `0 ‖ number (8 bytes, big endian) ‖ chunk`, so a chunk counts only in its place; an inner node is
/// `1 ‖ lesser child ‖ greater child`, so a path needs no directions. Where a row is odd, its last node goes up as it is.
public enum ChunkTree {
    public static let chunkBytes = 4096
    /// A path in any tree of fewer than 2^64 chunks is shorter.
    public static let maximumPathLength = 64

    /// How many chunks some bytes make: all but the last are full.
    public static func count(of bytes: Int) -> UInt64 { UInt64(max(1, (bytes + chunkBytes - 1) / chunkBytes)) }

    public static func leaf(number: UInt64, _ chunk: some Collection<UInt8>) -> Hash {
        var input: [UInt8] = [0]
        input.reserveCapacity(9 + chunk.count)
        input.append(bigEndian: number)
        input += chunk
        return Keccak256.hash(input)
    }

    /// The leaves of consecutive chunks of some bytes; those of no bytes are one empty chunk.
    /// - Parameter first: the number of the first chunk.
    public static func leaves(of bytes: [UInt8], first: UInt64) -> [Hash] {
        (0..<Int(count(of: bytes.count))).map { leaf(number: first &+ UInt64($0), chunk($0, of: bytes)) }
    }

    static func chunk(_ index: Int, of bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes.dropFirst(index * chunkBytes).prefix(chunkBytes)
    }

    /// The root over the hashes of a row; zero over none.
    public static func root(of hashes: [Hash]) -> Hash {
        var row = hashes
        while row.count > 1 { row = above(row) }
        return row.first ?? .zero
    }

    /// The hashes that lead from one of a row to the root.
    public static func path(to index: Int, in hashes: [Hash]) -> [Hash] {
        var (row, place, path): ([Hash], Int, [Hash]) = (hashes, index, [])
        while row.count > 1 {
            if row.indices.contains(place ^ 1) { path.append(row[place ^ 1]) }
            (row, place) = (above(row), place / 2)
        }
        return path
    }

    private static func above(_ row: [Hash]) -> [Hash] {
        stride(from: 0, to: row.count, by: 2).map { $0 + 1 < row.count ? node(row[$0], row[$0 + 1]) : row[$0] }
    }

    static func node(_ a: Hash, _ b: Hash) -> Hash {
        let (lesser, greater) = a.number < b.number ? (a, b) : (b, a)
        return Keccak256.hash([1] + lesser.bytes + greater.bytes)
    }
}

/// One chunk of a tree, with its path to the root.
public struct ChunkOpening: Hashable, Sendable, RLPCodable {
    public var chunk: [UInt8]
    public var path: [Hash]

    public init(chunk: [UInt8], path: [Hash]) { (self.chunk, self.path) = (chunk, path) }

    /// Opens a chunk of bytes that are part of a larger tree.
    /// - Parameters:
    ///   - index: of the chunk in the bytes.
    ///   - first: the number of the bytes' first chunk.
    ///   - above: the path from the bytes' own root on.
    public init(index: Int, of bytes: [UInt8], first: UInt64, above: [Hash]) {
        chunk = Array(ChunkTree.chunk(index, of: bytes))
        path = ChunkTree.path(to: index, in: ChunkTree.leaves(of: bytes, first: first)) + above
    }

    /// Whether the tree with this root has this chunk at this number.
    public func holds(root: Hash, number: UInt64) -> Bool {
        path.reduce(ChunkTree.leaf(number: number, chunk), ChunkTree.node) == root
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(chunk)
            $0.append(list: path)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            ChunkOpening(
                chunk: try list.readBytes(atMost: ChunkTree.chunkBytes),
                path: try list.readList(of: Hash.self, maximum: ChunkTree.maximumPathLength))
        }
    }
}

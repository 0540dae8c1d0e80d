import Cryptography
import Primitives

/// A node of the trie in memory. Subtrees that were not needed stay `stored`.
enum TrieNode: Sendable, Equatable {
    case empty
    /// A node that the reader holds, by hash.
    case stored(Hash)
    case leaf(path: ArraySlice<UInt8>, value: ArraySlice<UInt8>)
    /// The child is a branch, or stored.
    indirect case fork(path: ArraySlice<UInt8>, child: TrieNode)
    /// Sixteen children; an empty value is none.
    case branch(children: [TrieNode], value: ArraySlice<UInt8>)
}

// MARK: - Encoding

extension TrieNode {
    /// The node's RLP; `emit` gets every descendant that is large enough to be stored on its own, children first.
    func encoded(_ emit: (Hash, [UInt8]) -> Void) -> [UInt8] {
        var writer = RLPWriter()
        switch self {
        case .empty: writer.append([UInt8]())
        case .stored(let hash): writer.append(hash)
        case .leaf(let path, let value):
            writer.list { list in
                list.append(HexPrefix.encode(path, isLeaf: true))
                list.append(value)
            }
        case .fork(let path, let child):
            writer.list { list in
                list.append(HexPrefix.encode(path, isLeaf: false))
                child.appendReference(to: &list, emit)
            }
        case .branch(let children, let value):
            writer.list { list in
                for child in children { child.appendReference(to: &list, emit) }
                list.append(value)
            }
        }
        return writer.bytes
    }

    /// How a parent refers to this node: its RLP where that is shorter than 32 bytes, else its hash.
    private func appendReference(to writer: inout RLPWriter, _ emit: (Hash, [UInt8]) -> Void) {
        switch self {
        case .empty: writer.append([UInt8]())
        case .stored(let hash): writer.append(hash)
        default:
            let bytes = encoded(emit)
            guard bytes.count >= Hash.byteCount else { return writer.append(encoded: bytes) }
            let hash = Keccak256.hash(bytes)
            emit(hash, bytes)
            writer.append(hash)
        }
    }
}

// MARK: - Decoding

extension TrieNode {
    /// Decodes a stored node, strictly: only what `encoded` of a valid trie writes passes.
    init(decoding bytes: [UInt8]) throws(TrieError) {
        var reader = RLPReader(bytes)
        self = try Self.decodeNode(&reader)
        guard reader.isAtEnd else { throw .malformedNode }
    }

    private static func decodeNode(_ reader: inout RLPReader) throws(TrieError) -> TrieNode {
        do {
            var list = try reader.readList()
            // Two items or seventeen.
            var probe = list
            _ = try probe.readRaw()
            _ = try probe.readRaw()
            let node = probe.isAtEnd ? try decodeShort(&list) : try decodeBranch(&list)
            try list.finish()
            return node
        } catch let error as TrieError {
            throw error
        } catch {
            throw .malformedNode
        }
    }

    private static func decodeShort(_ list: inout RLPReader) throws -> TrieNode {
        let (path, isLeaf) = try HexPrefix.decode(try list.readBytes())
        if isLeaf {
            let value = try list.readBytes()
            guard !value.isEmpty else { throw TrieError.malformedNode }
            return .leaf(path: path[...], value: value)
        }
        let child = try decodeReference(&list)
        guard !path.isEmpty else { throw TrieError.malformedNode }
        switch child {
        case .stored, .branch: return .fork(path: path[...], child: child)
        case .empty, .leaf, .fork: throw TrieError.malformedNode
        }
    }

    private static func decodeBranch(_ list: inout RLPReader) throws -> TrieNode {
        var children: [TrieNode] = []
        children.reserveCapacity(16)
        for _ in 0..<16 { children.append(try decodeReference(&list)) }
        let value = try list.readBytes()
        let occupied = children.count { $0 != .empty } + (value.isEmpty ? 0 : 1)
        guard occupied >= 2 else { throw TrieError.malformedNode }
        return .branch(children: children, value: value)
    }

    private static func decodeReference(_ list: inout RLPReader) throws -> TrieNode {
        guard list.nextIsList else {
            let bytes = try list.readBytes()
            if bytes.isEmpty { return .empty }
            guard let hash = Hash(bytes) else { throw TrieError.malformedNode }
            return .stored(hash)
        }
        // An embedded node is shorter than 32 bytes, which also bounds the recursion.
        let raw = try list.readRaw()
        guard raw.count < Hash.byteCount else { throw TrieError.malformedNode }
        var inner = RLPReader(raw)
        return try decodeNode(&inner)
    }
}

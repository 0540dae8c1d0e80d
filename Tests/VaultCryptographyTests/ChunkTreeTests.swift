import Cryptography
import Primitives
import Testing

/// What a node signs for ciphertext that it took, and how it shows a piece of it later.
@Suite struct ChunkTreeTests {
    @Test(arguments: [0, 1, 4095, 4096, 4097, 12_288, 50_001])
    func everyChunkOpensTheRootInItsOwnPlaceOnly(length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let leaves = ChunkTree.leaves(of: bytes, first: 40)
        #expect(UInt64(leaves.count) == ChunkTree.count(of: length))
        let root = ChunkTree.root(of: leaves)
        for index in leaves.indices {
            let opening = ChunkOpening(index: index, of: bytes, first: 40, above: [])
            let number = 40 + UInt64(index)
            #expect(opening.holds(root: root, number: number))
            #expect(!opening.holds(root: root, number: number + 1))
            var other = opening
            other.chunk.append(0)
            #expect(!other.holds(root: root, number: number))
            other = opening
            other.path.append(root)
            #expect(!other.holds(root: root, number: number))
        }
    }

    @Test func aTreeOfTreesOpensThroughBoth() {
        let parts = (0..<5).map { part in [UInt8](repeating: UInt8(part), count: 9000) }
        let digests = parts.enumerated().map { ChunkTree.root(of: ChunkTree.leaves(of: $1, first: UInt64($0) * 3)) }
        let root = ChunkTree.root(of: digests)
        for part in parts.indices {
            for index in 0..<3 {
                let opening = ChunkOpening(
                    index: index, of: parts[part], first: UInt64(part) * 3, above: ChunkTree.path(to: part, in: digests))
                #expect(opening.holds(root: root, number: UInt64(part) * 3 + UInt64(index)))
            }
        }
    }

    /// An inner node cannot pass for a chunk: it begins with another byte, and no leaf is as short.
    @Test func anInnerNodeIsNoLeaf() {
        let leaves = ChunkTree.leaves(of: [UInt8](repeating: 1, count: 2 * ChunkTree.chunkBytes), first: 0)
        let root = ChunkTree.root(of: leaves)
        let forged = ChunkOpening(chunk: leaves.sorted { $0.number < $1.number }.flatMap(\.bytes), path: [])
        for number in 0..<4 as Range<UInt64> { #expect(!forged.holds(root: root, number: number)) }
    }

    /// Frozen: receipts outlive programs. Computed with another implementation of Keccak-256.
    @Test func rootOfThreeChunksIsTheOneThatOthersCompute() {
        let bytes = (0..<10_000).map { UInt8($0 % 251) }
        let root = ChunkTree.root(of: ChunkTree.leaves(of: bytes, first: 7))
        #expect(root.hex == "0x4cd2a7e25dd038b6728d650d52c9a46a002ae1f0273fd35c834cf7cd2494fd1d")
    }
}

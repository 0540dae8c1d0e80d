import Cryptography
import Primitives
import TestKit
import Testing
import Trie

/// A lookup finds one child of a stored branch without making the others; it must refuse the same bytes as an update, which
/// makes all of them.
struct BranchBytesTests {
    private struct Damaged: TrieNodeReader {
        let root: Hash
        let bytes: [UInt8]
        let others: NodeTable

        func node(_ hash: Hash) throws(TrieError) -> [UInt8]? { try hash == root ? bytes : others.node(hash) }
    }

    @Test(arguments: 0..<20) func lookupsRefuseWhatUpdatesRefuse(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var kept = KeptTrie()
        let keys = (0..<24).map { Keccak256.hash([UInt8($0), UInt8(seed)]).bytes }
        for key in keys { try kept.apply([(key, Array(repeating: 7, count: 40))]) }
        let original = try #require(kept.table.nodes[kept.trie.root])
        var refused = 0
        for round in 0..<400 {
            var bytes = original
            switch Int.random(in: 0..<4, using: &random) {
            case 0 where round > 0: bytes[Int.random(in: 0..<4, using: &random)] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[Int.random(in: bytes.indices, using: &random)] = [0, 0x7f, 0x80, 0xa0, 0xa1, 0xc0].randomElement(using: &random) ?? 0
            case 2: bytes.remove(at: Int.random(in: bytes.indices, using: &random))
            default: bytes.insert(0x80, at: Int.random(in: bytes.indices, using: &random))
            }
            let reader = Damaged(root: kept.trie.root, bytes: round == 0 ? original : bytes, others: kept.table)
            for key in keys {
                let found = Result { try kept.trie.get(key, from: reader) }
                let updated = Result { try kept.trie.updating([(key, [1])], from: reader).root }
                switch (found, updated) {
                case (.success, .success): break
                case (.failure, .failure): refused += 1
                default: Issue.record("seed \(seed), round \(round): lookup \(found), update \(updated)")
                }
            }
        }
        #expect(refused > 100)
    }
}

import Cryptography
import Primitives
import TestKit
import Testing
import Trie

/// What two tries differ in, against what two dictionaries differ in.
struct TrieDifferenceTests {
    private struct Difference: Equatable {
        let key: [UInt8]
        let old, new: [UInt8]?
    }

    private func differences(_ old: MerklePatriciaTrie, _ new: MerklePatriciaTrie, _ reader: some TrieNodeReader) throws -> [Difference] {
        var found: [Difference] = []
        try old.differences(to: new, from: reader) { (key, old, new) throws(TrieError) in
            found.append(Difference(key: key, old: old.map { Array($0) }, new: new.map { Array($0) }))
        }
        return found
    }

    /// Short keys lie inside each other's paths; long ones are what a state has.
    @Test(arguments: 0..<40) func randomChangesAreFoundInKeyOrder(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (kept, model): (KeptTrie, [[UInt8]: [UInt8]]) = (KeptTrie(), [:])
        let size = [1, 2, 4, 32][Int(seed % 4)]
        var versions = [(kept.trie, model)]
        for _ in 0..<12 {
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                let key = (0..<size).map { _ in UInt8.random(in: 0...(size == 1 ? 255 : 3), using: &random) }
                let value = Bool.random(using: &random) ? [UInt8](repeating: .random(in: 1...9, using: &random), count: .random(in: 1...40, using: &random)) : nil
                try kept.apply([(key, value)])
                model[key] = value
            }
            versions.append((kept.trie, model))
        }
        for _ in 0..<20 {
            let ((old, first), (new, second)) = (versions.randomElement(using: &random)!, versions.randomElement(using: &random)!)
            let keys = Set(first.keys).union(second.keys).filter { first[$0] != second[$0] }.sorted { $0.lexicographicallyPrecedes($1) }
            #expect(try differences(old, new, kept.table) == keys.map { Difference(key: $0, old: first[$0], new: second[$0]) })
        }
    }

    @Test func equalSubtreesAreNotRead() throws {
        var kept = KeptTrie()
        for number in 0..<5000 { try kept.apply([(Keccak256.hash([UInt8(number >> 8), UInt8(number & 255)]).bytes, [1])]) }
        let before = kept.trie
        try kept.apply([(Keccak256.hash([0, 1]).bytes, [2])])
        kept.table.reads = 0
        #expect(try differences(before, kept.trie, kept.table).count == 1)
        #expect(kept.table.reads < 16)
    }
}

import Cryptography
import Primitives
import TestKit
import Testing
import Trie

/// Tries small enough to collapse often and keys short enough to be prefixes of each other, against a dictionary.
struct TrieUpdateTests {
    private struct Shape {
        let keyCounts: ClosedRange<Int>
        let keyBytes: [UInt8]
        let valueCounts: ClosedRange<Int>
    }

    private static let shapes = [
        Shape(keyCounts: 0...3, keyBytes: [0, 1, 0x10, 0x11], valueCounts: 1...4),
        Shape(keyCounts: 0...4, keyBytes: [0, 0xff], valueCounts: 1...60),
        Shape(keyCounts: 32...32, keyBytes: Array(0...255), valueCounts: 1...100),
        Shape(keyCounts: 1...2, keyBytes: Array(0...255), valueCounts: 30...34),
    ]

    @Test(arguments: 0..<40) func randomChangesEqualRebuild(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let shape = Self.shapes[Int(seed) % Self.shapes.count]
        var (kept, model) = (KeptTrie(), [[UInt8]: [UInt8]]())
        for round in 0..<60 {
            var changes: [(key: [UInt8], value: [UInt8]?)] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                changes.append(Self.change(shape, model, &random))
            }
            for change in changes { model[change.key] = change.value?.isEmpty == true ? nil : change.value }
            try kept.apply(changes)
            let pairs = model.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { (key: $0.key, value: $0.value) }
            try #require(kept.trie.root == MerklePatriciaTrie.root(of: pairs), "seed \(seed), round \(round)")
            let entries = try kept.trie.entries(limit: .max, from: kept.table)
            try #require(entries.map(\.key) == pairs.map(\.key) && entries.map(\.value) == pairs.map(\.value))
        }
        for (key, value) in model { #expect(try kept.trie.get(key, from: kept.table) == value) }
        try kept.apply(model.keys.map { ($0, nil) })
        #expect(kept.trie.root == MerklePatriciaTrie.emptyRoot)
    }

    private static func change(
        _ shape: Shape, _ model: [[UInt8]: [UInt8]], _ random: inout SeededGenerator
    ) -> (key: [UInt8], value: [UInt8]?) {
        let present = model.keys.sorted { $0.lexicographicallyPrecedes($1) }
        if let key = present.randomElement(using: &random), Bool.random(using: &random) {
            return (key, [nil, nil, [], model[key], random.bytes(shape.valueCounts)].randomElement(using: &random) ?? nil)
        }
        let count = Int.random(in: shape.keyCounts, using: &random)
        let key = (0..<count).map { _ in shape.keyBytes.randomElement(using: &random) ?? 0 }
        return (key, Int.random(in: 0..<8, using: &random) == 0 ? nil : random.bytes(shape.valueCounts))
    }

    @Test func changesThatChangeNothingYieldNoNodes() throws {
        var random = SeededGenerator(seed: 1)
        let pairs = (0..<200).map { _ in (key: random.bytes(32), value: Optional(random.bytes(40))) }
        var kept = KeptTrie()
        try kept.apply(pairs)
        let same = try kept.trie.updating(Array(pairs.prefix(50)) + [(random.bytes(32), nil)], from: kept.table)
        #expect(same.root == kept.trie.root)
        #expect(same.newNodes.isEmpty)
        #expect(try kept.trie.updating([], from: NodeTable()).newNodes.isEmpty)
    }

    @Test func oneChangeTouchesOnePath() throws {
        var random = SeededGenerator(seed: 2)
        var kept = KeptTrie()
        try kept.apply((0..<20_000).map { _ in (random.bytes(32), random.bytes(70)) })
        kept.table.reads = 0
        let result = try kept.trie.updating([(random.bytes(32), [1])], from: kept.table)
        #expect(kept.table.reads <= 6)
        #expect(result.newNodes.count <= 7)
        #expect(result.newNodes.last?.hash == result.root)
        for node in result.newNodes { #expect(Keccak256.hash(node.bytes) == node.hash) }
    }

    @Test func theLastChangeToAKeyWins() throws {
        let twice = try MerklePatriciaTrie().updating([([1], [1]), ([2], [2]), ([1], [3]), ([2], nil)], from: NodeTable())
        #expect(twice.root == MerklePatriciaTrie.root(of: [([1], [3])]))
    }

    @Test func aMissingNodeIsNamed() throws {
        let lost = Hash(1, 2, 3, 4)
        let trie = MerklePatriciaTrie(root: lost)
        #expect(throws: TrieError.missingNode(lost)) { try trie.get([1], from: NodeTable()) }
        #expect(throws: TrieError.missingNode(lost)) { try trie.updating([([1], [1])], from: NodeTable()) }
    }

    @Test func theEmptyRootIsTheHashOfTheEmptyString() {
        #expect(Keccak256.hash([0x80]) == MerklePatriciaTrie.emptyRoot)
        #expect(MerklePatriciaTrie.root(of: []) == MerklePatriciaTrie.emptyRoot)
    }
}

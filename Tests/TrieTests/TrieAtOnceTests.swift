import Dispatch
import Primitives
import TestKit
import Testing
import Trie

/// The subtrees of a root changed at once give what changing them in turn gives.
struct TrieAtOnceTests {
    /// Nodes that no longer change while they are read.
    private struct Frozen: TrieNodeReader {
        let nodes: [Hash: [UInt8]]
        func node(_ hash: Hash) throws(TrieError) -> [UInt8]? { nodes[hash] }
    }

    private static func threads(_ count: Int, _ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in DispatchQueue.concurrentPerform(iterations: count) { body($0) } }
    }

    private func expectTheSame(_ trie: MerklePatriciaTrie, _ changes: [(key: [UInt8], value: [UInt8]?)], _ nodes: Frozen) throws {
        let inTurn = try trie.updating(changes, from: nodes)
        let atOnce = try trie.updating(changes, from: nodes, run: Self.threads)
        #expect(inTurn.root == atOnce.root)
        #expect(inTurn.newNodes.count == atOnce.newNodes.count)
        #expect(Dictionary(inTurn.newNodes.map { ($0.hash, $0.bytes) }) { a, _ in a } == Dictionary(atOnce.newNodes.map { ($0.hash, $0.bytes) }) { a, _ in a })
    }

    /// Long keys; short ones with small values, whose nodes stand in their parents; keys under few children of the root; and the empty key.
    @Test(arguments: 0..<30) func randomChanges(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (kept, keys) = (KeptTrie(), [[UInt8]]())
        let (length, first) = [(32, 255), (2, 255), (32, 0x2f), (1, 255), (3, 0x0f)][Int(seed) % 5]
        for round in 0..<8 {
            var changes: [(key: [UInt8], value: [UInt8]?)] = []
            for _ in 0..<Int.random(in: 60...200, using: &random) {
                if let key = keys.randomElement(using: &random), Int.random(in: 0..<3, using: &random) == 0 {
                    changes.append((key, Bool.random(using: &random) ? nil : random.bytes(1...40)))
                } else {
                    let key = [UInt8.random(in: 0...UInt8(first), using: &random)] + random.bytes(length - 1)
                    keys.append(key)
                    changes.append((key, random.bytes(length == 32 ? 30...80 : 1...3)))
                }
            }
            if round == 5 { changes.append(([], [1])) }
            try expectTheSame(kept.trie, changes, Frozen(nodes: kept.table.nodes))
            try kept.apply(changes)
        }
        // All but a few go, so that the root may be left with one child or none.
        for left in [2, 1, 0] { try expectTheSame(kept.trie, keys.dropFirst(left).map { ($0, nil) }, Frozen(nodes: kept.table.nodes)) }
    }

    @Test func aMissingNodeIsAnErrorEitherWay() throws {
        var random = SeededGenerator(seed: 1)
        var kept = KeptTrie()
        let pairs = (0..<500).map { _ in (key: random.bytes(32), value: Optional(random.bytes(40))) }
        try kept.apply(pairs)
        let nodes = Frozen(nodes: kept.table.nodes.filter { $0.key == kept.trie.root })
        #expect(throws: TrieError.self) { try kept.trie.updating(pairs.map { ($0.key, [1]) }, from: nodes, run: Self.threads) }
    }
}

import Cryptography
import Primitives
import TestKit
import Testing
import Trie

struct TrieProofTests {
    /// A trie of hashed keys or of short ones that embed nodes.
    private static func make(_ seed: UInt64, short: Bool) throws -> (kept: KeptTrie, model: [[UInt8]: [UInt8]]) {
        var random = SeededGenerator(seed: seed)
        var model: [[UInt8]: [UInt8]] = [:]
        for _ in 0..<120 {
            model[short ? random.bytes(1...3).map { $0 & 0x33 } : random.bytes(32)] = random.bytes(short ? 1...20 : 1...90)
        }
        var kept = KeptTrie()
        try kept.apply(model.map { ($0, $1) })
        return (kept, model)
    }

    @Test(arguments: 0..<8) func presenceAndAbsenceAreProven(seed: UInt64) throws {
        let (kept, model) = try Self.make(seed, short: seed.isMultiple(of: 2))
        for (key, value) in model {
            let proof = try kept.trie.prove(key, from: kept.table)
            #expect(try TrieProof.verify(root: kept.trie.root, key: key, proof: proof) == value)
        }
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let key = random.bytes(0...4)
            let proof = try kept.trie.prove(key, from: kept.table)
            #expect(try TrieProof.verify(root: kept.trie.root, key: key, proof: proof) == model[key])
        }
    }

    @Test func theEmptyTrieIsProvenByNothing() throws {
        #expect(try TrieProof.verify(root: MerklePatriciaTrie.emptyRoot, key: [1], proof: []) == nil)
        #expect(throws: TrieError.excessProof) {
            try TrieProof.verify(root: MerklePatriciaTrie.emptyRoot, key: [1], proof: [[0x80]])
        }
    }

    @Test(arguments: 0..<6) func tamperedProofsAreRefused(seed: UInt64) throws {
        let (kept, model) = try Self.make(seed, short: seed.isMultiple(of: 2))
        let (key, root) = (try #require(model.keys.first), kept.trie.root)
        let proof = try kept.trie.prove(key, from: kept.table)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<400 {
            var forged = proof
            let node = forged.indices.randomElement(using: &random) ?? 0
            let byte = forged[node].indices.randomElement(using: &random) ?? 0
            forged[node][byte] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            #expect(throws: TrieError.self) { try TrieProof.verify(root: root, key: key, proof: forged) }
        }
        #expect(throws: TrieError.incompleteProof) { try TrieProof.verify(root: root, key: key, proof: proof.dropLast()) }
        #expect(throws: TrieError.excessProof) { try TrieProof.verify(root: root, key: key, proof: proof + [[0x80]]) }
        #expect(throws: TrieError.self) { try TrieProof.verify(root: root, key: key, proof: proof + proof) }
        #expect(throws: TrieError.wrongHash) { try TrieProof.verify(root: Hash(9, 9, 9, 9), key: key, proof: proof) }
        if proof.count > 1 {
            #expect(throws: TrieError.self) { try TrieProof.verify(root: root, key: key, proof: proof.reversed()) }
        }
    }

    /// Root nodes that hash rightly but no trie would have.
    @Test(arguments: [
        "0x80", "0xc0", "0xc20102", "c3010203", "c32080", "c220", "c24001", "c22101", "c23580", "c20001", "c2008180",
        "d1808080808080808080808080808080808001", "d1018080808080808080808080808080808080", "d18080808080808080808080808080808080",
        "d180808080808080808080808080808080808080", "c211c22001", "c4118220018080", "c31180", "c2c080", "c482002080", "f8", "ff", "",
    ])
    func oddRootsAreRefused(node: String) throws {
        let bytes = try #require(Hex.decode(node))
        for key in [[], [0x10], [0x11, 0x22]] as [[UInt8]] {
            #expect(throws: TrieError.self) { try TrieProof.verify(root: Keccak256.hash(bytes), key: key, proof: [bytes]) }
        }
    }

    /// A node shorter than 32 bytes belongs inside its parent; standing alone it would be a second encoding.
    @Test func aHashedShortNodeIsRefused() throws {
        var leaf = RLPWriter()
        leaf.list { list in
            list.append([0x20] as [UInt8])
            list.append([7] as [UInt8])
        }
        var branch = RLPWriter()
        branch.list { list in
            list.append(Keccak256.hash(leaf.bytes))
            for _ in 0..<15 { list.append([UInt8]()) }
            list.append([5] as [UInt8])
        }
        #expect(throws: TrieError.malformedNode) {
            try TrieProof.verify(root: Keccak256.hash(branch.bytes), key: [0], proof: [branch.bytes, leaf.bytes])
        }
    }

    @Test func randomBytesNeverTrap() {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<20_000 {
            var node = random.bytes(0...40)
            if let first = node.first, Bool.random(using: &random) { node[0] = 0xc0 | first & 0x3f }
            _ = try? TrieProof.verify(root: Keccak256.hash(node), key: random.bytes(0...4), proof: [node, random.bytes(0...40)])
        }
    }

    @Test func mutatedRealNodesNeverTrap() throws {
        let (kept, model) = try Self.make(3, short: true)
        var random = SeededGenerator(seed: 6)
        let nodes = kept.table.nodes.values.sorted { $0.lexicographicallyPrecedes($1) }
        for _ in 0..<20_000 {
            var node = nodes.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                node[Int.random(in: 0..<node.count, using: &random)] = random.bytes(1)[0]
            }
            let table = NodeTable()
            table.nodes = kept.table.nodes
            let root = Keccak256.hash(node)
            table.nodes[root] = node
            let trie = MerklePatriciaTrie(root: root)
            _ = try? trie.get(random.bytes(0...4), from: table)
            _ = try? trie.updating([(random.bytes(0...4), random.bytes(0...3)), (random.bytes(0...2), nil)], from: table)
            _ = try? trie.entries(limit: 5, from: table)
        }
        #expect(model.count > 1)
    }
}

import Primitives
import Trie

/// Stored nodes in a dictionary, with a count of reads.
final class NodeTable: TrieNodeReader {
    var nodes: [Hash: [UInt8]] = [:]
    var reads = 0

    func node(_ hash: Hash) throws(TrieError) -> [UInt8]? {
        reads += 1
        return nodes[hash]
    }

    func add(_ new: [(hash: Hash, bytes: [UInt8])]) {
        for node in new { nodes[node.hash] = node.bytes }
    }
}

/// A trie with its nodes, changed one step at a time.
struct KeptTrie {
    var trie = MerklePatriciaTrie()
    let table = NodeTable()

    mutating func apply(_ changes: [(key: [UInt8], value: [UInt8]?)]) throws {
        let new = try trie.apply(changes, from: table)
        table.add(new)
    }
}

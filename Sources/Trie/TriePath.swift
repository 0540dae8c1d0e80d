import Cryptography
import Primitives

/// The way from a root down to a key: the one reader behind lookups, proofs and their checks.
enum TriePath {
    /// The key's value, or nil where the trie shows that there is none.
    /// - Parameter fetch: returns the bytes of the node with the hash; called from the root downwards.
    static func value(
        of key: [UInt8], under root: Hash, fetch: (Hash) throws(TrieError) -> [UInt8]
    ) throws(TrieError) -> [UInt8]? {
        guard root != MerklePatriciaTrie.emptyRoot else { return nil }
        var rest = HexPrefix.nibbles(key)[...]
        var node = TrieNode.stored(root)
        var mustBranch = false
        while true {
            if case .stored(let hash) = node {
                let bytes = try fetch(hash)
                if let nibble = rest.first, let child = BranchBytes.child(nibble, in: bytes) {
                    rest.removeFirst()
                    (node, mustBranch) = (child, false)
                    continue
                }
                node = try TrieNode(decoding: bytes)
                if mustBranch, !node.isBranch { throw .malformedNode }
            }
            switch node {
            case .empty, .stored:
                return nil
            case .leaf(let path, let value):
                return path == rest ? Array(value) : nil
            case .fork(let path, let child):
                guard rest.starts(with: path) else { return nil }
                rest = rest.dropFirst(path.count)
                (node, mustBranch) = (child, true)
            case .branch(let children, let value):
                guard let nibble = rest.popFirst() else { return value.isEmpty ? nil : Array(value) }
                (node, mustBranch) = (children[Int(nibble)], false)
            }
        }
    }
}

extension TrieNode {
    var isBranch: Bool {
        if case .branch = self { true } else { false }
    }
}

import Cryptography
import Primitives

/// Ethereum's Merkle-Patricia trie (Yellow Paper, appendix D) over nodes that a reader holds.
///
/// The value itself is only a root: nodes live with the caller. Keys are used as given; for the secure
/// trie the caller hashes them. An empty value is the same as none.
public struct MerklePatriciaTrie: Hashable, Sendable {
    /// The root of the trie without entries: the hash of RLP's empty string.
    public static let emptyRoot = Hash(
        0x56e8_1f17_1bcc_55a6, 0xff83_45e6_92c0_f86e, 0x5b48_e01b_996c_adc0, 0x0162_2fb5_e363_b421)

    public private(set) var root: Hash

    public init(root: Hash = Self.emptyRoot) { self.root = root }

    /// The value under the key, nil for none. Reads one node for each level.
    public func get(_ key: [UInt8], from reader: some TrieNodeReader) throws(TrieError) -> [UInt8]? {
        try TriePath.value(of: key, under: root) { hash throws(TrieError) in try reader.existing(hash) }
    }

    /// The nodes from the root downwards that show what the trie holds for the key (EIP-1186), none for the empty trie.
    public func prove(_ key: [UInt8], from reader: some TrieNodeReader) throws(TrieError) -> [[UInt8]] {
        var nodes: [[UInt8]] = []
        _ = try TriePath.value(of: key, under: root) { hash throws(TrieError) in
            let bytes = try reader.existing(hash)
            nodes.append(bytes)
            return bytes
        }
        return nodes
    }

    /// The trie after the changes: its root and the nodes that the reader may not have yet, children first.
    ///
    /// Loads and hashes only nodes on changed paths, each once. Changes that change nothing yield no nodes.
    /// - Parameter changes: in any order; nil or empty deletes; of changes to one key the last wins.
    public func updating(
        _ changes: [(key: [UInt8], value: [UInt8]?)], from reader: some TrieNodeReader
    ) throws(TrieError) -> (root: Hash, newNodes: [(hash: Hash, bytes: [UInt8])]) {
        let start = root == Self.emptyRoot ? TrieNode.empty : .stored(root)
        let changes = TrieChange.sorted(changes)
        guard let changed = try TrieUpdate(reader: reader).update(start, changes[...], depth: 0) else { return (root, []) }
        return Self.rootAndNodes(of: changed)
    }

    /// As `updating`, and takes on the new root.
    public mutating func apply(
        _ changes: [(key: [UInt8], value: [UInt8]?)], from reader: some TrieNodeReader
    ) throws(TrieError) -> [(hash: Hash, bytes: [UInt8])] {
        let result = try updating(changes, from: reader)
        root = result.root
        return result.newNodes
    }

    /// The root of a trie of just these pairs: for transactions, receipts and withdrawals (key: RLP of the index).
    public static func root(of pairs: [(key: [UInt8], value: [UInt8])]) -> Hash {
        let changes = TrieChange.sorted(pairs.map { (key: $0.key, value: $0.value) })
        return rootAndNodes(of: TrieNode(changes[...], depth: 0)).root
    }

    static func rootAndNodes(of node: TrieNode) -> (root: Hash, newNodes: [(hash: Hash, bytes: [UInt8])]) {
        switch node {
        case .empty: return (emptyRoot, [])
        case .stored(let hash): return (hash, [])
        default:
            var nodes: [(hash: Hash, bytes: [UInt8])] = []
            let bytes = node.encoded { nodes.append(($0, $1)) }
            let root = Keccak256.hash(bytes)
            nodes.append((root, bytes))
            return (root, nodes)
        }
    }
}

extension TrieNodeReader {
    func existing(_ hash: Hash) throws(TrieError) -> [UInt8] {
        guard let bytes = try node(hash) else { throw .missingNode(hash) }
        return bytes
    }
}

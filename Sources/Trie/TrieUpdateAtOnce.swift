import Cryptography
import Primitives
import Synchronization

extension MerklePatriciaTrie {
    /// Runs a body for the numbers from 0 up to a count, perhaps at once, and returns when it has run for all.
    public typealias Run = (_ count: Int, _ body: @Sendable (Int) -> Void) -> Void

    /// Fewer changes are not worth the threads.
    private static let fewest = 64

    /// As `updating`, with the subtrees of the root's sixteen children at once. The result is the same, whatever the schedule.
    public func updating(
        _ changes: [(key: [UInt8], value: [UInt8]?)], from reader: some TrieNodeReader & Sendable, run: Run
    ) throws(TrieError) -> (root: Hash, newNodes: [(hash: Hash, bytes: [UInt8])]) {
        guard changes.count >= Self.fewest, !changes.contains(where: \.key.isEmpty),
            case .branch(var children, let value) = try rootBranch(from: reader)
        else { return try updating(changes, from: reader) }
        let groups = Self.groups(TrieChange.sorted(changes))
        let found = Mutex([Result<TrieSubtree?, TrieError>](repeating: .success(nil), count: groups.count))
        run(groups.count) { [children] nibble in
            let result = Self.subtree(children[nibble], groups[nibble], reader)
            found.withLock { $0[nibble] = result }
        }
        var nodes: [(hash: Hash, bytes: [UInt8])] = []
        var isChanged = false
        for (nibble, result) in found.withLock({ $0 }).enumerated() {
            guard let subtree = try result.get() else { continue }
            children[nibble] = subtree.reference
            nodes += subtree.nodes
            isChanged = true
        }
        guard isChanged else { return (root, []) }
        // A branch with a single child left merges with it: seldom, so that is left to the other way.
        guard children.count(where: { $0 != .empty }) + (value.isEmpty ? 0 : 1) >= 2 else { return try updating(changes, from: reader) }
        let top = Self.rootAndNodes(of: .branch(children: children, value: value))
        return (top.root, nodes + top.newNodes)
    }

    /// The root; for the empty trie a branch without children.
    private func rootBranch(from reader: some TrieNodeReader) throws(TrieError) -> TrieNode {
        if root == Self.emptyRoot { return .branch(children: [TrieNode](repeating: .empty, count: 16), value: []) }
        return try TrieNode(decoding: reader.existing(root))
    }

    /// Sorted changes by the first nibble of their paths.
    private static func groups(_ changes: [TrieChange]) -> [ArraySlice<TrieChange>] {
        var rest = changes[...]
        return (0..<16 as Range<UInt8>).map { nibble in
            let group = rest.prefix { $0.path[0] == nibble }
            rest = rest.dropFirst(group.count)
            return group
        }
    }

    private static func subtree(
        _ child: TrieNode, _ changes: ArraySlice<TrieChange>, _ reader: some TrieNodeReader
    ) -> Result<TrieSubtree?, TrieError> {
        do {
            return .success(try TrieUpdate(reader: reader).update(child, changes, depth: 1).map(TrieSubtree.init))
        } catch { return .failure(error) }
    }
}

/// A changed child of the root, hashed: how the root refers to it, and the nodes to store.
private struct TrieSubtree: Sendable {
    var reference: TrieNode
    var nodes: [(hash: Hash, bytes: [UInt8])] = []

    init(_ node: TrieNode) {
        reference = node
        switch node {
        case .empty, .stored: return
        default: break
        }
        var inner: [(hash: Hash, bytes: [UInt8])] = []
        let bytes = node.encoded { inner.append(($0, $1)) }
        nodes = inner
        guard bytes.count >= Hash.byteCount else { return }  // small enough to stand in the root itself
        let hash = Keccak256.hash(bytes)
        nodes.append((hash, bytes))
        reference = .stored(hash)
    }
}

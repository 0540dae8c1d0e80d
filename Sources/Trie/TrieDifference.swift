import Primitives

extension MerklePatriciaTrie {
    /// Visits the entries in which another trie differs from this one, in key order, with the value here and the value there;
    /// nil where there is none. Subtrees with the same hash are not read, so the cost goes with the difference.
    public func differences(
        to other: MerklePatriciaTrie, from reader: some TrieNodeReader,
        visit: (_ key: [UInt8], _ old: ArraySlice<UInt8>?, _ new: ArraySlice<UInt8>?) throws(TrieError) -> Void
    ) throws(TrieError) {
        func node(_ root: Hash) -> TrieNode { root == Self.emptyRoot ? .empty : .stored(root) }
        var comparison = TrieComparison(reader: reader)
        try comparison.compare(node(root), node(other.root), visit)
    }
}

/// Two tries that are walked through together.
private struct TrieComparison<Reader: TrieNodeReader> {
    typealias Visit = (_ key: [UInt8], _ old: ArraySlice<UInt8>?, _ new: ArraySlice<UInt8>?) throws(TrieError) -> Void

    let reader: Reader
    /// Nibbles down to the nodes that are compared.
    private var path: [UInt8] = []

    init(reader: Reader) { self.reader = reader }

    mutating func compare(_ first: TrieNode, _ second: TrieNode, _ visit: Visit) throws(TrieError) {
        guard first != second else { return }
        let (old, new) = (try loaded(first), try loaded(second))
        guard old != new else { return }
        if case .leaf(let rest, let value) = old, case .leaf(rest, let other) = new { return try visit(key(rest), value, other) }
        // An alone leaf or fork is as good as a branch with one child.
        if old.value != new.value { try visit(key([]), old.value, new.value) }
        for nibble in 0..<16 as Range<UInt8> {
            let (left, right) = (old.child(nibble), new.child(nibble))
            if left == right { continue }
            path.append(nibble)
            try compare(left, right, visit)
            path.removeLast()
        }
    }

    private func loaded(_ node: TrieNode) throws(TrieError) -> TrieNode {
        guard case .stored(let hash) = node else { return node }
        return try TrieNode(decoding: reader.existing(hash))
    }

    private func key(_ rest: ArraySlice<UInt8>) throws(TrieError) -> [UInt8] {
        let nibbles = path + rest
        guard nibbles.count.isMultiple(of: 2) else { throw .malformedNode }
        return HexPrefix.bytes(nibbles)
    }
}

extension TrieNode {
    /// The value of the key that ends at this node.
    fileprivate var value: ArraySlice<UInt8>? {
        switch self {
        case .leaf(let rest, let value): rest.isEmpty ? value : nil
        case .branch(_, let value): value.isEmpty ? nil : value
        case .empty, .stored, .fork: nil
        }
    }

    /// What lies below a nibble.
    fileprivate func child(_ nibble: UInt8) -> TrieNode {
        switch self {
        case .leaf(let rest, let value): rest.first == nibble ? .leaf(path: rest.dropFirst(), value: value) : .empty
        case .fork(let rest, let child):
            rest.first != nibble ? .empty : rest.count == 1 ? child : .fork(path: rest.dropFirst(), child: child)
        case .branch(let children, _): children[Int(nibble)]
        case .empty, .stored: .empty
        }
    }
}

import Primitives

extension MerklePatriciaTrie {
    /// Entries in key order, or in reverse: for state sync and range queries.
    /// - Parameters:
    ///   - start: the first key to consider, inclusive: keys at or after it, or at or before it when `reverse`. Nil for all.
    ///   - limit: how many entries at most.
    public func entries(
        startingAt start: [UInt8]? = nil, limit: Int, reverse: Bool = false, from reader: some TrieNodeReader
    ) throws(TrieError) -> [(key: [UInt8], value: [UInt8])] {
        guard root != Self.emptyRoot, limit > 0 else { return [] }
        var walk = TrieWalk(reader: reader, bound: start.map(HexPrefix.nibbles), limit: limit, isReverse: reverse)
        try walk.visit(.stored(root), at: [])
        return walk.found
    }
}

/// An ordered walk that skips subtrees wholly before its start and ends when it has enough.
private struct TrieWalk<Reader: TrieNodeReader> {
    let reader: Reader
    let bound: [UInt8]?
    let limit: Int
    let isReverse: Bool
    var found: [(key: [UInt8], value: [UInt8])] = []

    mutating func visit(_ node: TrieNode, at path: [UInt8]) throws(TrieError) {
        guard found.count < limit, mayHoldWanted(path) else { return }
        switch node {
        case .empty:
            return
        case .stored(let hash):
            try visit(TrieNode(decoding: reader.existing(hash)), at: path)
        case .leaf(let rest, let value):
            try take(path + rest, value)
        case .fork(let rest, let child):
            try visit(child, at: path + rest)
        case .branch(let children, let value):
            if !isReverse { try take(path, value) }
            for nibble in isReverse ? Array(children.indices.reversed()) : Array(children.indices) {
                try visit(children[nibble], at: path + [UInt8(nibble)])
            }
            if isReverse { try take(path, value) }
        }
    }

    /// Whether a key that begins with the path can lie on the wanted side of the bound.
    private func mayHoldWanted(_ path: [UInt8]) -> Bool {
        guard let bound else { return true }
        return isReverse ? !bound.lexicographicallyPrecedes(path) : bound.starts(with: path) || bound.lexicographicallyPrecedes(path)
    }

    private mutating func take(_ path: [UInt8], _ value: ArraySlice<UInt8>) throws(TrieError) {
        guard !value.isEmpty, found.count < limit else { return }
        if let bound, isReverse ? bound.lexicographicallyPrecedes(path) : path.lexicographicallyPrecedes(bound) { return }
        guard path.count.isMultiple(of: 2) else { throw .malformedNode }
        found.append((HexPrefix.bytes(path), Array(value)))
    }
}

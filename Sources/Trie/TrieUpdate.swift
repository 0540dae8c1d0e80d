import Primitives

/// A change to one key, its path as nibbles.
struct TrieChange {
    let path: [UInt8]
    /// Empty deletes.
    let value: [UInt8]

    /// In path order, the last change for each path.
    static func sorted(_ changes: [(key: [UInt8], value: [UInt8]?)]) -> [TrieChange] {
        let order = changes.indices.sorted { a, b in
            changes[a].key == changes[b].key ? a < b : changes[a].key.lexicographicallyPrecedes(changes[b].key)
        }
        var sorted: [TrieChange] = []
        sorted.reserveCapacity(changes.count)
        for (position, index) in order.enumerated() {
            if position + 1 < order.count, changes[order[position + 1]].key == changes[index].key { continue }
            sorted.append(TrieChange(path: HexPrefix.nibbles(changes[index].key), value: changes[index].value ?? []))
        }
        return sorted
    }
}

/// Applies sorted changes to a subtree. All changes given for a node share its path's first `depth` nibbles.
struct TrieUpdate<Reader: TrieNodeReader> {
    let reader: Reader

    /// The changed node; nil when the changes change nothing, so that its parent keeps referring to the stored one.
    func update(_ node: TrieNode, _ changes: ArraySlice<TrieChange>, depth: Int) throws(TrieError) -> TrieNode? {
        guard !changes.isEmpty else { return nil }
        switch node {
        case .empty:
            let built = TrieNode(changes, depth: depth)
            return built == .empty ? nil : built
        case .stored(let hash):
            return try update(load(hash), changes, depth: depth)
        case .leaf(let path, let value):
            return update(leaf: path, value, changes, depth)
        case .fork(let path, let child):
            return try update(fork: path, child, changes, depth)
        case .branch(let children, let value):
            return try update(branch: children, value, changes, depth)
        }
    }

    private func load(_ hash: Hash) throws(TrieError) -> TrieNode { try TrieNode(decoding: reader.existing(hash)) }

    /// A leaf among changes: the subtree of all of them.
    private func update(
        leaf path: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, _ changes: ArraySlice<TrieChange>, _ depth: Int
    ) -> TrieNode? {
        var all = Array(changes)
        let place = all.firstIndex { !$0.path[depth...].lexicographicallyPrecedes(path) } ?? all.endIndex
        if place == all.endIndex || all[place].path[depth...] != path {
            all.insert(TrieChange(path: Array(all[0].path[..<depth]) + path, value: Array(value)), at: place)
        }
        let built = TrieNode(all[...], depth: depth)
        return built == .leaf(path: path, value: value) ? nil : built
    }

    private func update(
        fork path: ArraySlice<UInt8>, _ child: TrieNode, _ changes: ArraySlice<TrieChange>, _ depth: Int
    ) throws(TrieError) -> TrieNode? {
        let diverging = changes.filter { !$0.value.isEmpty && !$0.path[depth...].starts(with: path) }
        let shared = diverging.reduce(path.count) { min($0, HexPrefix.commonPrefixCount($1.path[depth...], path)) }
        if shared == path.count {
            let inside = changes.drop { !$0.path[depth...].starts(with: path) }.prefix { $0.path[depth...].starts(with: path) }
            guard let changed = try update(child, inside, depth: depth + path.count) else { return nil }
            return try prepend(path, to: changed)
        }
        // Part of the path stays, then a branch, which holds the rest of it and the newcomers.
        var children = [TrieNode](repeating: .empty, count: 16)
        let (head, tail) = (path.prefix(shared), path.dropFirst(shared + 1))
        children[Int(path[path.startIndex + shared])] = tail.isEmpty ? child : .fork(path: tail, child: child)
        let inside = changes.drop { !$0.path[depth...].starts(with: head) }.prefix { $0.path[depth...].starts(with: head) }
        guard let changed = try update(branch: children, [], inside, depth + shared) else { return nil }
        return try prepend(head, to: changed)
    }

    private func update(
        branch children: [TrieNode], _ value: ArraySlice<UInt8>, _ changes: ArraySlice<TrieChange>, _ depth: Int
    ) throws(TrieError) -> TrieNode? {
        var (children, value, rest, isChanged) = (children, value, changes, false)
        if let own = rest.first, own.path.count == depth {
            rest = rest.dropFirst()
            isChanged = value != own.value[...]
            value = own.value[...]
        }
        while let nibble = rest.first?.path[depth] {
            let group = rest.prefix { $0.path[depth] == nibble }
            rest = rest.dropFirst(group.count)
            guard let changed = try update(children[Int(nibble)], group, depth: depth + 1) else { continue }
            children[Int(nibble)] = changed
            isChanged = true
        }
        return isChanged ? try normalised(children, value) : nil
    }

    /// A branch with fewer than two occupants becomes what is left of it.
    private func normalised(_ children: [TrieNode], _ value: ArraySlice<UInt8>) throws(TrieError) -> TrieNode {
        let occupied = children.indices.filter { children[$0] != .empty }
        switch (occupied.count, value.isEmpty) {
        case (0, true): return .empty
        case (0, false): return .leaf(path: [], value: value)
        case (1, true): return try prepend([UInt8(occupied[0])], to: children[occupied[0]])
        default: return .branch(children: children, value: value)
        }
    }

    /// The node reached by the path and then the node's own, in canonical form.
    private func prepend(_ path: ArraySlice<UInt8>, to node: TrieNode) throws(TrieError) -> TrieNode {
        guard !path.isEmpty else { return node }
        switch node {
        case .empty: return .empty
        case .leaf(let rest, let value): return .leaf(path: path + rest, value: value)
        case .fork(let rest, let child): return .fork(path: path + rest, child: child)
        case .branch: return .fork(path: path, child: node)
        case .stored(let hash):
            // A stored branch can stay unread under the path; a stored leaf or fork merges with it.
            let loaded = try load(hash)
            return loaded.isBranch ? .fork(path: path, child: node) : try prepend(path, to: loaded)
        }
    }
}

extension TrieNode {
    /// The subtree of just these sorted entries (empty values hold nothing) below the first `depth` nibbles.
    init(_ entries: ArraySlice<TrieChange>, depth: Int) {
        self = Self.build(entries.filter { !$0.value.isEmpty }[...], depth)
    }

    private static func build(_ entries: ArraySlice<TrieChange>, _ depth: Int) -> TrieNode {
        guard let first = entries.first, let last = entries.last else { return .empty }
        let path = first.path[depth...]
        if entries.count == 1 { return .leaf(path: path, value: first.value[...]) }
        // Sorted, so what the first and the last share is what all share.
        let shared = HexPrefix.commonPrefixCount(path, last.path[depth...])
        let branch = buildBranch(entries, depth + shared)
        return shared == 0 ? branch : .fork(path: path.prefix(shared), child: branch)
    }

    private static func buildBranch(_ entries: ArraySlice<TrieChange>, _ depth: Int) -> TrieNode {
        var (rest, value, children) = (entries, [UInt8](), [TrieNode](repeating: .empty, count: 16))
        if let own = rest.first, own.path.count == depth {
            rest = rest.dropFirst()
            value = own.value
        }
        while let nibble = rest.first?.path[depth] {
            let group = rest.prefix { $0.path[depth] == nibble }
            rest = rest.dropFirst(group.count)
            children[Int(nibble)] = build(group, depth + 1)
        }
        return .branch(children: children, value: value[...])
    }
}

/// An ordered map from bytes to bytes that is cheap to copy: a few immutable sorted runs, the newest last.
///
/// A commit adds one run; runs of like size are merged, so there are logarithmically many. This is a
/// log-structured merge tree in memory: snapshots and crash states are plain copies.
struct OrderedRuns: Sendable {
    struct Entry: Sendable {
        let key: [UInt8]
        /// nil hides the key in older runs.
        let value: [UInt8]?

        var byteCount: Int { key.count + (value?.count ?? 0) }
    }

    private var runs: [[Entry]] = []
    private(set) var byteCount = 0

    /// Adds entries that are newer than all present ones; of entries with one key the last wins.
    mutating func add(_ entries: [Entry]) {
        guard !entries.isEmpty else { return }
        let order = entries.indices.sorted { entries[$0].key == entries[$1].key ? $0 < $1 : entries[$0].key < entries[$1].key }
        var run: [Entry] = []
        run.reserveCapacity(entries.count)
        for index in order {
            if run.last?.key == entries[index].key { run.removeLast() }
            run.append(entries[index])
        }
        runs.append(run)
        byteCount += Self.bytes(run)
        while runs.count > 1, 2 * runs[runs.count - 1].count >= runs[runs.count - 2].count { mergeNewest() }
        if runs.count == 1 { dropTombstones() }
    }

    func value(_ key: [UInt8]) -> [UInt8]? {
        for run in runs.reversed() {
            let index = Self.lowerBound(run, key)
            if index < run.count, run[index].key == key { return run[index].value }
        }
        return nil
    }

    /// See `KeyValueReader.scan`.
    func scan(from: [UInt8], prefix: [UInt8], limit: Int, reverse: Bool) -> [(key: [UInt8], value: [UInt8])] {
        var cursors = runs.map { reverse ? Self.lastIndex($0, from, prefix) : Self.firstIndex($0, from, prefix) }
        var found: [(key: [UInt8], value: [UInt8])] = []
        while found.count < limit {
            var best: Entry?
            for (run, cursor) in zip(runs, cursors) where run.indices.contains(cursor) {
                let entry = run[cursor]
                // "Not after" lets the newer run win for equal keys.
                if let held = best, reverse ? entry.key < held.key : held.key < entry.key { continue }
                best = entry
            }
            guard let best, best.key.starts(with: prefix) else { break }
            for (position, run) in runs.enumerated()
            where run.indices.contains(cursors[position]) && run[cursors[position]].key == best.key {
                cursors[position] += reverse ? -1 : 1
            }
            if let value = best.value { found.append((best.key, value)) }
        }
        return found
    }

    private mutating func mergeNewest() {
        let newer = runs.removeLast(), older = runs.removeLast()
        var merged: [Entry] = []
        merged.reserveCapacity(newer.count + older.count)
        var index = 0
        for entry in newer {
            while index < older.count, older[index].key < entry.key {
                merged.append(older[index])
                index += 1
            }
            if index < older.count, older[index].key == entry.key { index += 1 }
            merged.append(entry)
        }
        merged.append(contentsOf: older[index...])
        byteCount += Self.bytes(merged) - Self.bytes(newer) - Self.bytes(older)
        runs.append(merged)
    }

    private mutating func dropTombstones() {
        let tombstones = runs[0].filter { $0.value == nil }
        guard !tombstones.isEmpty else { return }
        runs[0].removeAll { $0.value == nil }
        byteCount -= Self.bytes(tombstones)
    }

    private static func bytes(_ run: [Entry]) -> Int { run.reduce(0) { $0 + $1.byteCount } }

    /// The index of the first entry at or after the key.
    private static func lowerBound(_ run: [Entry], _ key: [UInt8]) -> Int {
        var (low, high) = (0, run.count)
        while low < high {
            let middle = (low + high) / 2
            if run[middle].key < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func firstIndex(_ run: [Entry], _ from: [UInt8], _ prefix: [UInt8]) -> Int {
        lowerBound(run, from < prefix ? prefix : from)
    }

    /// The last entry with the prefix, at or before `from` unless that is empty; -1 for none.
    private static func lastIndex(_ run: [Entry], _ from: [UInt8], _ prefix: [UInt8]) -> Int {
        var end = run.count
        if let bound = ByteOrder.successor(ofPrefix: prefix) { end = lowerBound(run, bound) }
        if !from.isEmpty { end = min(end, lowerBound(run, from + [0])) }
        return end - 1
    }
}

import StoreAPI
import Synchronization

/// Counts how often each key is read.
final class CountingStore: KeyValueReader {
    private let base: any KeyValueReader
    private let counts = Mutex([[UInt8]: Int]())

    init(_ base: any KeyValueReader) { self.base = base }

    var reads: Int { counts.withLock { $0.values.reduce(0, +) } }
    func reads(of key: [UInt8]) -> Int { counts.withLock { $0[key] ?? 0 } }

    func get(_ column: Column, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        counts.withLock { $0[key, default: 0] += 1 }
        return try base.get(column, key)
    }

    func scan(
        _ column: Column, from: [UInt8], prefix: [UInt8], limit: Int, reverse: Bool
    ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
        try base.scan(column, from: from, prefix: prefix, limit: limit, reverse: reverse)
    }
}

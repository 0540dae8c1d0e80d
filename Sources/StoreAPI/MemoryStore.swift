import Synchronization

/// A database in memory, for tests and the simulator, that can be crashed.
public final class MemoryStore: KeyValueStore {
    private struct State {
        var current: Tables
        var durable: Tables
        /// Commits since the last durable one, oldest first.
        var unsynced: [WriteBatch] = []
    }

    private let state: Mutex<State>

    public convenience init() { self.init(Tables()) }

    private init(_ tables: Tables) { state = Mutex(State(current: tables, durable: tables)) }

    public func get(_ column: Column, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        tables.get(column, key)
    }

    public func scan(
        _ column: Column, from: [UInt8], prefix: [UInt8], limit: Int, reverse: Bool
    ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
        tables.scan(column, from: from, prefix: prefix, limit: limit, reverse: reverse)
    }

    public func commit(_ batch: WriteBatch, durable: Bool) throws(StoreError) {
        state.withLock { state in
            state.current.apply(batch.operations)
            if durable {
                state.durable = state.current
                state.unsynced = []
            } else {
                state.unsynced.append(batch)
            }
        }
    }

    public func snapshot() throws(StoreError) -> any KeyValueReader { tables }

    public var approximateBytes: UInt64 { UInt64(tables.byteCount) }

    /// The store that is found after a power cut; this one is unchanged.
    /// - Parameters:
    ///   - unsynced: how many of the commits since the last durable one happen to have survived, oldest first.
    ///   - torn: how many operations of the next commit survived. Above 0 this is a fault that no store
    ///     may have (commits are atomic): for tests that something notices.
    public func crash(keeping unsynced: Int = 0, tearing torn: Int = 0) -> MemoryStore {
        state.withLock { state in
            var survivor = state.durable
            for batch in state.unsynced.prefix(unsynced) { survivor.apply(batch.operations) }
            if let next = state.unsynced.dropFirst(unsynced).first { survivor.apply(Array(next.operations.prefix(torn))) }
            return MemoryStore(survivor)
        }
    }

    /// How many commits a crash may lose.
    public var unsyncedCount: Int { state.withLock { $0.unsynced.count } }

    private var tables: Tables { state.withLock { $0.current } }
}

/// All columns at one moment.
private struct Tables: KeyValueReader {
    private var columns = [OrderedRuns](repeating: OrderedRuns(), count: Column.allCases.count)

    var byteCount: Int { columns.reduce(0) { $0 + $1.byteCount } }

    func get(_ column: Column, _ key: [UInt8]) -> [UInt8]? { columns[Int(column.rawValue)].value(key) }

    func scan(_ column: Column, from: [UInt8], prefix: [UInt8], limit: Int, reverse: Bool) -> [(key: [UInt8], value: [UInt8])] {
        columns[Int(column.rawValue)].scan(from: from, prefix: prefix, limit: limit, reverse: reverse)
    }

    mutating func apply(_ operations: [WriteBatch.Operation]) {
        var changes = [[OrderedRuns.Entry]](repeating: [], count: columns.count)
        for operation in operations {
            changes[Int(operation.column.rawValue)].append(.init(key: operation.key, value: operation.value))
        }
        for (index, entries) in changes.enumerated() { columns[index].add(entries) }
    }
}

import Foundation
import StoreAPI

/// A database on disk: RocksDB, one column family for each `Column`.
///
/// One process opens a directory at a time. The database closes when the store and its snapshots are released.
/// Calls block on the disk, so they belong on a node's own threads.
public final class RocksStore: KeyValueStore {
    /// The layout that this version writes. Raise it with every change that an older version would misread.
    public static let schemaVersion: UInt32 = 1
    /// Where the schema version stands in `Column.meta`, as four big-endian bytes.
    public static let schemaKey = Array("schema".utf8)

    private let database: RocksDatabase
    private var live: RocksReader { RocksReader(database: database, snapshot: nil) }

    /// Opens the database in a directory, or makes both.
    /// - Parameter memoryBytes: about how much memory caches and write buffers take together.
    /// - Throws: `newerSchema` before anything is changed, `corrupted`, or `unavailable` (also when another process has it open).
    public init(path: String, memoryBytes: Int = 128 << 20) throws(StoreError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .unavailable("cannot make \(path): \(error.localizedDescription)")
        }
        let exists = FileManager.default.fileExists(atPath: path + "/CURRENT")
        database = try Self.open(path, exists: exists, memoryBytes)
        try checkSchema()
        try database.addMissingColumns()
        try recordSchema()
    }

    /// A log that ends in what a crash left is cut there; any other damage is an error.
    private static func open(_ path: String, exists: Bool, _ memoryBytes: Int) throws(StoreError) -> RocksDatabase {
        do {
            return try RocksDatabase(path: path, exists: exists, memoryBytes: memoryBytes)
        } catch {
            guard case .corrupted = error, LogTail.isTorn(databaseAt: path) else { throw error }
            return try RocksDatabase(path: path, exists: exists, memoryBytes: memoryBytes, dropsTornTail: true)
        }
    }

    public func get(_ column: Column, _ key: [UInt8]) throws(StoreError) -> [UInt8]? { try live.get(column, key) }

    public func scan(
        _ column: Column, from: [UInt8], prefix: [UInt8], limit: Int, reverse: Bool
    ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
        try live.scan(column, from: from, prefix: prefix, limit: limit, reverse: reverse)
    }

    public func commit(_ batch: WriteBatch, durable: Bool) throws(StoreError) {
        // An empty durable batch is still a promise about the ones before it.
        guard !batch.isEmpty || durable else { return }
        try database.write(batch.operations, durable: durable)
    }

    public func snapshot() throws(StoreError) -> any KeyValueReader {
        RocksReader(database: database, snapshot: RocksSnapshot(database))
    }

    /// Table files and what is still in memory (which the write-ahead log holds on disk).
    public var approximateBytes: UInt64 {
        database.sum(property: "rocksdb.total-sst-files-size") + database.sum(property: "rocksdb.cur-size-all-mem-tables")
    }

    private func checkSchema() throws(StoreError) {
        guard database.has(.meta), let bytes = try live.get(.meta, Self.schemaKey) else { return }
        guard bytes.count == 4 else { throw .corrupted("the schema version has \(bytes.count) bytes") }
        let found = bytes.reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        guard found <= Self.schemaVersion else { throw .newerSchema(found: found, supported: Self.schemaVersion) }
    }

    private func recordSchema() throws(StoreError) {
        guard try live.get(.meta, Self.schemaKey) == nil else { return }
        var batch = WriteBatch()
        batch.put(.meta, Self.schemaKey, withUnsafeBytes(of: Self.schemaVersion.bigEndian) { Array($0) })
        try commit(batch, durable: true)
    }
}

/// Reads of the database, at a snapshot or as it is now.
struct RocksReader: KeyValueReader {
    let database: RocksDatabase
    let snapshot: RocksSnapshot?

    func get(_ column: Column, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        try database.get(column, key, at: snapshot)
    }

    func scan(
        _ column: Column, from: [UInt8], prefix: [UInt8], limit: Int, reverse: Bool
    ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
        guard limit > 0 else { return [] }
        let end = ByteOrder.successor(ofPrefix: prefix)
        let start: RocksDatabase.Start
        if !reverse {
            start = .atOrAfter(from.lexicographicallyPrecedes(prefix) ? prefix : from)
        } else if let end, from.isEmpty || !from.lexicographicallyPrecedes(end) {
            start = .before(end)
        } else {
            start = from.isEmpty ? .last : .atOrBefore(from)
        }
        return try database.entries(column, start: start, prefix: prefix, limit: limit, at: snapshot)
    }
}

import CRocksDB
import Foundation
import StoreAPI

/// The open database and its column families as RocksDB's C interface has them.
///
/// Unchecked: the handles are set during initialisation only, and RocksDB allows every call made here from any thread.
final class RocksDatabase: @unchecked Sendable {
    private let handle: OpaquePointer
    private let options: RocksOptions
    private let readOptions, durableWrites, lazyWrites: OpaquePointer
    /// Every open family, also such as this version does not know: all must be closed.
    private var families: [OpaquePointer]
    private var columns = [OpaquePointer?](repeating: nil, count: Int(UInt8.max) + 1)

    init(path: String, exists: Bool, memoryBytes: Int, dropsTornTail: Bool = false) throws(StoreError) {
        let options = RocksOptions(memoryBytes: memoryBytes, dropsTornTail: dropsTornTail)
        let known = Column.allCases.map(\.familyName)
        let names = exists ? try Self.familyNames(path, options) : ["default"] + known
        var opened = [OpaquePointer?](repeating: nil, count: names.count)
        handle = try Self.open(path, names, options, &opened)
        self.options = options
        readOptions = rocksdb_readoptions_create()
        (durableWrites, lazyWrites) = (rocksdb_writeoptions_create(), rocksdb_writeoptions_create())
        families = opened.compactMap(\.self)
        for (name, family) in zip(names, opened) {
            guard let column = Column(familyName: name) else { continue }
            columns[Int(column.rawValue)] = family
        }
        rocksdb_writeoptions_set_sync(durableWrites, 1)
    }

    deinit {
        for family in families { rocksdb_column_family_handle_destroy(family) }
        rocksdb_close(handle)
        rocksdb_readoptions_destroy(readOptions)
        rocksdb_writeoptions_destroy(durableWrites)
        rocksdb_writeoptions_destroy(lazyWrites)
    }

    func has(_ column: Column) -> Bool { columns[Int(column.rawValue)] != nil }

    /// Makes the families that an older version did not have. Called before the database is shared.
    func addMissingColumns() throws(StoreError) {
        for column in Column.allCases where !has(column) {
            let family = try checked { rocksdb_create_column_family(handle, options.family(column), column.familyName, $0) }
            guard let family else { throw .unavailable("no column family \(column.familyName)") }
            families.append(family)
            columns[Int(column.rawValue)] = family
        }
    }

    func get(_ column: Column, _ key: [UInt8], at snapshot: RocksSnapshot?) throws(StoreError) -> [UInt8]? {
        let family = try family(column)
        let slice = try checked { error in
            key.withChars { rocksdb_get_pinned_cf(handle, snapshot?.readOptions ?? readOptions, family, $0, $1, error) }
        }
        guard let slice else { return nil }
        defer { rocksdb_pinnableslice_destroy(slice) }
        var count = 0
        let bytes = rocksdb_pinnableslice_value(slice, &count)
        return Array(UnsafeRawBufferPointer(start: bytes, count: count))
    }

    func write(_ operations: [WriteBatch.Operation], durable: Bool) throws(StoreError) {
        let batch: OpaquePointer = rocksdb_writebatch_create()
        defer { rocksdb_writebatch_destroy(batch) }
        for operation in operations {
            let family = try family(operation.column)
            operation.key.withChars { key, keyCount in
                if let value = operation.value {
                    value.withChars { rocksdb_writebatch_put_cf(batch, family, key, keyCount, $0, $1) }
                } else {
                    rocksdb_writebatch_delete_cf(batch, family, key, keyCount)
                }
            }
        }
        try checked { rocksdb_write(handle, durable ? durableWrites : lazyWrites, batch, $0) }
    }

    /// Where a scan begins; the last three go downwards.
    enum Start { case atOrAfter([UInt8]), atOrBefore([UInt8]), before([UInt8]), last }

    /// Entries from the start on for as long as their keys have the prefix.
    func entries(
        _ column: Column, start: Start, prefix: [UInt8], limit: Int, at snapshot: RocksSnapshot?
    ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
        let iterator: OpaquePointer = rocksdb_create_iterator_cf(handle, snapshot?.readOptions ?? readOptions, try family(column))
        defer { rocksdb_iter_destroy(iterator) }
        let isForward = Self.seek(iterator, start)
        var found: [(key: [UInt8], value: [UInt8])] = []
        while found.count < limit, rocksdb_iter_valid(iterator) != 0 {
            var count = 0
            let key = Array(UnsafeRawBufferPointer(start: rocksdb_iter_key(iterator, &count), count: count))
            guard key.starts(with: prefix) else { break }
            let value = Array(UnsafeRawBufferPointer(start: rocksdb_iter_value(iterator, &count), count: count))
            found.append((key, value))
            if isForward { rocksdb_iter_next(iterator) } else { rocksdb_iter_prev(iterator) }
        }
        try checked { rocksdb_iter_get_error(iterator, $0) }
        return found
    }

    /// The sum of a numeric property over all families.
    func sum(property: String) -> UInt64 {
        families.reduce(0) { total, family in
            var value: UInt64 = 0
            return rocksdb_property_int_cf(handle, family, property, &value) == 0 ? total + value : total
        }
    }

    fileprivate func createSnapshot() -> OpaquePointer { rocksdb_create_snapshot(handle) }
    fileprivate func release(_ snapshot: OpaquePointer) { rocksdb_release_snapshot(handle, snapshot) }

    private func family(_ column: Column) throws(StoreError) -> OpaquePointer {
        guard let family = columns[Int(column.rawValue)] else { throw .unavailable("no column family \(column.familyName)") }
        return family
    }

    /// Whether the scan goes forward.
    private static func seek(_ iterator: OpaquePointer, _ start: Start) -> Bool {
        switch start {
        case .atOrAfter(let key):
            key.withChars { rocksdb_iter_seek(iterator, $0, $1) }
            return true
        case .atOrBefore(let key):
            key.withChars { rocksdb_iter_seek_for_prev(iterator, $0, $1) }
        case .before(let key):
            key.withChars { rocksdb_iter_seek_for_prev(iterator, $0, $1) }
            var count = 0
            if rocksdb_iter_valid(iterator) != 0, let bytes = rocksdb_iter_key(iterator, &count),
                UnsafeRawBufferPointer(start: bytes, count: count).elementsEqual(key) {
                rocksdb_iter_prev(iterator)
            }
        case .last:
            rocksdb_iter_seek_to_last(iterator)
        }
        return false
    }
}

/// A moment of the database. It keeps the database open.
final class RocksSnapshot: @unchecked Sendable {
    private let database: RocksDatabase
    private let handle: OpaquePointer
    fileprivate let readOptions: OpaquePointer = rocksdb_readoptions_create()

    init(_ database: RocksDatabase) {
        self.database = database
        handle = database.createSnapshot()
        rocksdb_readoptions_set_snapshot(readOptions, handle)
    }

    deinit {
        rocksdb_readoptions_destroy(readOptions)
        database.release(handle)
    }
}

// MARK: - Opening

extension RocksDatabase {
    private static func familyNames(_ path: String, _ options: RocksOptions) throws(StoreError) -> [String] {
        var count = 0
        let list = try checked { rocksdb_list_column_families(options.handle, path, &count, $0) }
        guard let list else { return [] }
        defer { rocksdb_list_column_families_destroy(list, count) }
        return (0..<count).compactMap { list[$0].map { String(cString: $0) } }
    }

    private static func open(
        _ path: String, _ names: [String], _ options: RocksOptions, _ opened: inout [OpaquePointer?]
    ) throws(StoreError) -> OpaquePointer {
        let copies = names.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        let pointers = copies.map { UnsafePointer<CChar>($0) }
        let familyOptions = names.map { Optional(options.family(Column(familyName: $0))) }
        let handle = try checked {
            rocksdb_open_column_families(options.handle, path, Int32(names.count), pointers, familyOptions, &opened, $0)
        }
        guard let handle else { throw .unavailable("cannot open \(path)") }
        return handle
    }
}

extension Column {
    /// Frozen, like the raw value.
    fileprivate var familyName: String { "column-\(rawValue)" }

    fileprivate init?(familyName: String) {
        guard let column = Column.allCases.first(where: { $0.familyName == familyName }) else { return nil }
        self = column
    }
}

extension [UInt8] {
    /// The bytes as C's characters.
    fileprivate func withChars<Result>(_ body: (UnsafePointer<CChar>?, Int) -> Result) -> Result {
        withUnsafeBytes { body($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count) }
    }
}

/// Makes a call that reports failure through an error string.
private func checked<Result>(_ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result) throws(StoreError) -> Result {
    var message: UnsafeMutablePointer<CChar>?
    let result = call(&message)
    guard let message else { return result }
    defer { rocksdb_free(message) }
    let text = String(cString: message)
    throw text.hasPrefix("Corruption") ? .corrupted(text) : .unavailable(text)
}

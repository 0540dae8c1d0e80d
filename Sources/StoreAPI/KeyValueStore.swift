/// Reads of an ordered key-value database. Keys order as unsigned bytes, a prefix before its extensions.
public protocol KeyValueReader: Sendable {
    func get(_ column: Column, _ key: [UInt8]) throws(StoreError) -> [UInt8]?

    /// Entries whose keys begin with `prefix`, in key order, or from the last to the first when `reverse`.
    /// - Parameters:
    ///   - from: where to start, inclusive: keys at or after it, or at or before it when `reverse`.
    ///     Empty means the first end of the range (the last when `reverse`).
    ///   - prefix: empty for the whole column.
    ///   - limit: how many entries at most; below 1 gives none.
    func scan(
        _ column: Column, from: [UInt8], prefix: [UInt8], limit: Int, reverse: Bool
    ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])]
}

/// An ordered key-value database with atomic batches.
public protocol KeyValueStore: KeyValueReader {
    /// Commits all of a batch or nothing, visible to later reads on any thread.
    /// - Parameter durable: whether the call returns only once the batch, and all batches before it, survive a power cut.
    ///   A crash may undo batches that are not durable, the latest ones first, each one whole.
    func commit(_ batch: WriteBatch, durable: Bool) throws(StoreError)

    /// A view of this moment that later commits do not change. It holds resources until it is released.
    func snapshot() throws(StoreError) -> any KeyValueReader

    /// Roughly how many bytes the database takes up where it lives.
    var approximateBytes: UInt64 { get }
}

extension KeyValueReader {
    public func scan(
        _ column: Column, prefix: [UInt8] = [], limit: Int, reverse: Bool = false
    ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
        try scan(column, from: [], prefix: prefix, limit: limit, reverse: reverse)
    }
}

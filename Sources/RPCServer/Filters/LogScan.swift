import ChainTypes
import Primitives

/// A walk over consecutive blocks that collects logs until there are too many: each header's bloom filter stands in
/// front of the block's receipts.
struct LogScan {
    /// What one answer holds at most.
    static let maximumLogs = 10_000
    static let maximumDataBytes = 8 << 20

    let filter: LogFilter
    let reader: any ChainReader
    private(set) var logs: [JSONValue] = []
    private var dataBytes = 0

    init(_ filter: LogFilter, _ reader: any ChainReader) { (self.filter, self.reader) = (filter, reader) }

    /// Adds a block's logs.
    /// - Returns: false, and nothing is added, where the answer would become too large; a single block is always added.
    mutating func add(_ number: UInt64) throws -> Bool {
        guard let sealed = try reader.header(number), filter.mayMatch(sealed.header.logsBloom) else { return true }
        guard let block = try reader.block(number), let receipts = try reader.receipts(number) else { return true }
        var bytes = 0
        let found = ReceiptJSON.logs(receipts, of: block) { log in
            guard filter.matches(log) else { return false }
            bytes += log.data.count
            return true
        }
        let fits = logs.count + found.count <= Self.maximumLogs && dataBytes + bytes <= Self.maximumDataBytes
        guard fits || logs.isEmpty else { return false }
        logs += found
        dataBytes += bytes
        return true
    }
}

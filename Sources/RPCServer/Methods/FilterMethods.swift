import ChainTypes
import Primitives

/// Filters that a client polls. Blocks are final when they appear, so nothing is ever taken back (`removed` is false).
enum FilterMethods {
    /// Blocks that one poll walks through; the next poll goes on from there.
    static let maximumBlocks: UInt64 = 2000
    /// Full transactions that one poll gives.
    static let maximumFull = 512

    static let table: [String: RPCMethod] = [
        "eth_newFilter": .filter { filters, reader, parameters in
            let query = try LogQuery(parameters.required(0))
            return .string(try filters.add(.logs(query), at: reader.headNumber() + 1))
        },
        "eth_newBlockFilter": .filter { filters, reader, _ in .string(try filters.add(.blocks, at: reader.headNumber() + 1)) },
        "eth_newPendingTransactionFilter": .filter { filters, _, parameters in
            .string(try filters.add(.pending(full: parameters.flag(0)), at: filters.admitted.count))
        },
        "eth_uninstallFilter": .filter { filters, _, parameters in .bool(filters.remove(try id(parameters))) },
        "eth_getFilterChanges": .filter(.long) { filters, reader, parameters in
            let id = try id(parameters)
            return switch try filters.filter(id).kind {
            case .blocks: try blocks(id, filters, reader)
            case .logs(let query): try logs(id, query, filters, reader, parameters)
            case .pending(let full): try pending(id, full, filters, reader)
            }
        },
        "eth_getFilterLogs": .filter(.long) { filters, reader, parameters in
            guard case .logs(let query) = try filters.filter(id(parameters)).kind else {
                throw RPCFailure(message: "filter not found", reason: "filterNotFound")
            }
            return try LogMethods.logs(query, reader, parameters)
        },
    ]

    private static func id(_ parameters: RPCParameters) throws -> String { try Field.text(parameters.required(0), "argument 0") }

    private static func blocks(_ id: String, _ filters: FilterStore, _ reader: any ChainReader) throws -> JSONValue {
        let end = try reader.headNumber() + 1
        let first = try filters.claim(id, before: end).position
        let stop = min(end, first.addingClamped(maximumBlocks))
        if stop < end { filters.giveBack(id, claimed: end, from: stop) }
        guard first < stop else { return [] }
        return .array(try (first..<stop).compactMap { try reader.header($0).map { .data($0.blockHash) } })
    }

    private static func logs(
        _ id: String, _ query: LogQuery, _ filters: FilterStore, _ reader: any ChainReader, _ parameters: RPCParameters
    ) throws -> JSONValue {
        let end = try reader.headNumber() + 1
        var next = try filters.claim(id, before: end).position
        // Whatever stops the walk: the next poll begins where this answer ends.
        defer { if next < end { filters.giveBack(id, claimed: end, from: next) } }
        let stop = min(end, next.addingClamped(maximumBlocks))
        var scan = LogScan(query.filter, reader)
        while next < stop, !parameters.time.isUp {
            if query.covers(next), try !scan.add(next) { break }
            next += 1
        }
        return .array(scan.logs)
    }

    private static func pending(_ id: String, _ full: Bool, _ filters: FilterStore, _ reader: any ChainReader) throws -> JSONValue {
        let end = filters.admitted.count
        let first = try filters.claim(id, before: end).position
        let hashes = filters.admitted.hashes(from: first, before: end)
        guard full else { return .array(hashes.map { .data($0) }) }
        if hashes.count > maximumFull { filters.giveBack(id, claimed: end, from: end - UInt64(hashes.count - maximumFull)) }
        // One that has been included meanwhile is not pending any more.
        return .array(try hashes.prefix(maximumFull).compactMap { try reader.pendingTransaction($0).map(TransactionJSON.pending) })
    }
}

extension UInt64 {
    fileprivate func addingClamped(_ other: UInt64) -> UInt64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}

import ChainTypes
import Primitives

/// `eth_getLogs`: a scan of a bounded range.
enum LogMethods {
    static let maximumBlocks: UInt64 = 2000

    static let table: [String: RPCMethod] = [
        "eth_getLogs": .read(.long) { reader, parameters in try logs(LogQuery(parameters.required(0)), reader, parameters) }
    ]

    /// All logs that a query asks for, or an error that says which bound it meets.
    static func logs(_ query: LogQuery, _ reader: any ChainReader, _ parameters: RPCParameters) throws -> JSONValue {
        let range = try query.range(reader)
        guard range.upperBound - range.lowerBound < maximumBlocks else {
            throw RPCFailure(code: -32005, message: "block range too large (at most \(maximumBlocks) blocks)", reason: "rangeTooLarge")
        }
        var scan = LogScan(query.filter, reader)
        for number in range {
            try parameters.time.check()
            guard try scan.add(number) else {
                throw RPCFailure(
                    code: -32005,
                    message: "query returned more than \(LogScan.maximumLogs) results or \(LogScan.maximumDataBytes) bytes of data; "
                        + "blocks \(range.lowerBound) to \(number - 1) fit",
                    reason: "tooManyLogs")
            }
        }
        return .array(scan.logs)
    }
}

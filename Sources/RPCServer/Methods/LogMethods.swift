import ChainTypes
import Primitives

/// `eth_getLogs`: a scan of a bounded range, with each header's bloom filter in front.
enum LogMethods {
    static let maximumBlocks: UInt64 = 2000
    static let maximumLogs = 10_000

    static let table: [String: RPCMethod] = [
        "eth_getLogs": .read { reader, parameters in
            let object = try parameters.required(0)
            let filter = try LogFilter(object)
            var found: [JSONValue] = []
            guard let range = try range(object, reader) else { return [] }
            for number in range {
                guard let sealed = try reader.header(number), filter.mayMatch(sealed.header.logsBloom) else { continue }
                guard let block = try reader.block(number), let receipts = try reader.receipts(number) else { continue }
                found += ReceiptJSON.logs(receipts, of: block, matching: filter.matches)
                guard found.count <= maximumLogs else {
                    throw RPCFailure(code: -32005, message: "query returned more than \(maximumLogs) results", reason: "tooManyLogs")
                }
            }
            return .array(found)
        }
    ]

    private static func range(_ object: JSONValue, _ reader: any ChainReader) throws -> ClosedRange<UInt64>? {
        let (from, to) = (object["fromBlock"], object["toBlock"])
        if let hash = object["blockHash"], hash != .null {
            guard from == nil, to == nil else {
                throw RPCFailure.invalidParameters(
                    "invalid argument 0: cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other")
            }
            guard let number = try reader.number(ofBlock: Field.hash(hash, "blockHash")) else {
                throw RPCFailure(message: "unknown block", reason: "blockNotFound")
            }
            return number...number
        }
        let head = try reader.headNumber()
        func bound(_ value: JSONValue?, _ name: String) throws -> UInt64 {
            switch try BlockSelector(value == .null ? nil : value, name) {
            case .number(let number): return number
            case .hash: throw RPCFailure.invalidParameters("invalid \(name)")
            case .head, .pending: return head
            }
        }
        let (first, last) = (try bound(from, "fromBlock"), try bound(to, "toBlock"))
        guard first <= last else { throw RPCFailure.invalidParameters("invalid block range params") }
        guard first <= head else { return nil }
        let end = min(last, head)
        guard end - first < maximumBlocks else {
            throw RPCFailure(code: -32005, message: "block range too large (at most \(maximumBlocks) blocks)", reason: "rangeTooLarge")
        }
        return first...end
    }
}

/// Addresses and topics that a log must have; an empty alternative matches anything.
struct LogFilter: Sendable {
    static let maximumAlternatives = 1000
    let addresses: [Address]
    let topics: [[Hash]]

    init(_ object: JSONValue) throws(RPCFailure) {
        guard object.isObject else { throw .invalidParameters("invalid argument 0: expected an object") }
        addresses = try Self.alternatives(object["address"], "address")
        let positions = object["topics"]?.asArray ?? []
        guard positions.count <= 4 else { throw .invalidParameters("exceed max topics") }
        var topics: [[Hash]] = []
        for position in positions { topics.append(try Self.alternatives(position, "topics")) }
        self.topics = topics
    }

    private static func alternatives<Value: FixedBytes>(_ value: JSONValue?, _ name: String) throws(RPCFailure) -> [Value] {
        switch value {
        case nil, .null: return []
        case .array(let items):
            guard items.count <= maximumAlternatives else { throw .invalidParameters("too many \(name)") }
            var values: [Value] = []
            for item in items { values.append(try Field.fixed(item, name)) }
            return values
        case .some(let value): return [try Field.fixed(value, name)]
        }
    }

    func matches(_ log: Log) -> Bool {
        guard addresses.isEmpty || addresses.contains(log.address), topics.count <= log.topics.count else { return false }
        return zip(topics, log.topics).allSatisfy { $0.isEmpty || $0.contains($1) }
    }

    /// Whether a block with this filter can hold a match.
    func mayMatch(_ bloom: Bloom) -> Bool {
        func holdsOne(_ items: [[UInt8]]) -> Bool {
            items.isEmpty
                || items.contains { item in
                    var single = Bloom.empty
                    single.insert(item)
                    return zip(single.bytes, bloom.bytes).allSatisfy { $0 & $1 == $0 }
                }
        }
        return holdsOne(addresses.map(\.bytes)) && topics.allSatisfy { holdsOne($0.map(\.bytes)) }
    }
}

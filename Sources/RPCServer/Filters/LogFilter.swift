import ChainTypes
import Primitives

/// Addresses and topics that a log must have; an empty alternative matches anything.
struct LogFilter: Sendable {
    static let maximumAlternatives = 1000
    /// All of a filter's together, four positions of topics included.
    static let maximumSize = 5 * maximumAlternatives
    let addresses: [Address]
    let topics: [[Hash]]
    /// Of the same. A filter has up to 5,000 alternatives and is held against every block: they are not hashed each time.
    private let addressBits: [Bloom.Bits]
    private let topicBits: [[Bloom.Bits]]

    init(_ object: JSONValue) throws(RPCFailure) {
        guard object.isObject else { throw .invalidParameters("invalid argument 0: expected an object") }
        addresses = try Self.alternatives(object["address"], "address")
        switch object["topics"] {
        case nil, .null: topics = []
        case .array(let positions):
            guard positions.count <= 4 else { throw .invalidParameters("exceed max topics") }
            var topics: [[Hash]] = []
            for position in positions { topics.append(try Self.topics(position)) }
            self.topics = topics
        default: throw .invalidParameters("invalid topics: expected an array")
        }
        addressBits = addresses.map { Bloom.Bits($0.bytes) }
        topicBits = topics.map { $0.map { Bloom.Bits($0.bytes) } }
    }

    /// A null among the alternatives makes the position match anything, as in geth.
    private static func topics(_ position: JSONValue) throws(RPCFailure) -> [Hash] {
        if let items = position.asArray, items.contains(.null) { return [] }
        return try alternatives(position, "topics")
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

    /// How many alternatives it holds: what it takes to remember it, and to hold it against a block.
    var size: Int { topics.reduce(addresses.count) { $0 + $1.count } }

    func matches(_ log: Log) -> Bool {
        guard addresses.isEmpty || addresses.contains(log.address), topics.count <= log.topics.count else { return false }
        return zip(topics, log.topics).allSatisfy { $0.isEmpty || $0.contains($1) }
    }

    /// Whether a block with this filter can hold a match.
    func mayMatch(_ bloom: Bloom) -> Bool {
        func holdsOne(_ items: [Bloom.Bits]) -> Bool { items.isEmpty || items.contains { bloom.mayHold($0) } }
        return holdsOne(addressBits) && topicBits.allSatisfy(holdsOne)
    }
}

import ChainTypes
import ContractABI
import Primitives

/// An event as its ABI reads it.
public struct DecodedEvent: Sendable {
    public var address: Address
    public var name: String
    /// Name, value and type of each field. An indexed field of a dynamic type is the hash of its value.
    public var fields: [(name: String, value: ABIValue, type: ABIType)]
}

extension ContractDocument {
    /// The event that a log is; nil where the ABI has none that fits.
    public func event(_ log: Log) -> DecodedEvent? {
        for event in events where !event.isAnonymous && log.topics.first == ContractABI.topic(event.signature) {
            if let decoded = decode(log, as: event) { return decoded }
        }
        return nil
    }

    private func decode(_ log: Log, as event: Event) -> DecodedEvent? {
        let plain = event.fields.filter { !$0.isIndexed }.map(\.type)
        guard log.topics.count - 1 == event.fields.count - plain.count, let data = try? ContractABI.decode(log.data, as: plain) else {
            return nil
        }
        var (topics, values) = (log.topics.dropFirst().makeIterator(), data.makeIterator())
        var fields: [(name: String, value: ABIValue, type: ABIType)] = []
        for field in event.fields {
            if field.isIndexed {
                guard let topic = topics.next() else { return nil }
                let type = field.type.isWord ? field.type : .bytes32
                guard let value = try? ContractABI.decode(topic.bytes, as: [type]).first else { return nil }
                fields.append((field.name, value, type))
            } else if let value = values.next() {
                fields.append((field.name, value, field.type))
            }
        }
        return DecodedEvent(address: log.address, name: event.name, fields: fields)
    }

    /// What a revert says: a reason, a panic, or one of the contract's own errors.
    public func revertReason(_ payload: [UInt8]) -> String {
        if payload.isEmpty { return "no reason given" }
        if let reason = RevertReason.decode(payload) { return reason }
        for error in errors + Self.panic where payload.starts(with: ContractABI.selector(error)) {
            guard let values = try? ContractABI.decode(payload.dropFirst(4), as: error.inputs) else { continue }
            return error.name + "(" + zip(values, error.inputs).map { ValueWriter.text($0, $1) }.joined(separator: ", ") + ")"
        }
        return Hex.encode(payload)
    }

    private static let panic = [ABISignature(name: "Panic", inputs: [.uint256])]
}

extension ABIType {
    /// Whether a topic holds the value itself.
    fileprivate var isWord: Bool {
        switch self {
        case .unsigned, .signed, .address, .bool, .fixedBytes: true
        default: false
        }
    }
}

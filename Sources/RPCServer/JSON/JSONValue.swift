import Primitives

/// A JSON value. Objects keep the order of their members, so that answers read the same every time.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A whole number of JavaScript's safe range or anything that Int64 holds.
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    public struct Member: Hashable, Sendable {
        public var name: String
        public var value: JSONValue

        public init(_ name: String, _ value: JSONValue) { (self.name, self.value) = (name, value) }
    }

    /// The member of an object; nil where there is none.
    public subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    public var asString: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    public var asArray: [JSONValue]? {
        guard case .array(let items) = self else { return nil }
        return items
    }

    public var isObject: Bool {
        guard case .object = self else { return false }
        return true
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self = .object(elements.map { Member($0.0, $0.1) }) }
    public init(nilLiteral: ()) { self = .null }
}

// MARK: - Ethereum's forms

extension JSONValue {
    /// `0x1f`: a number without leading zeros.
    public static func quantity(_ value: UInt64) -> JSONValue { .string("0x" + String(value, radix: 16)) }
    public static func quantity(_ value: Int) -> JSONValue { .string("0x" + String(value, radix: 16)) }
    public static func quantity(_ value: UInt256) -> JSONValue { .string(value.quantity) }
    /// `0x00ff`: bytes as they are.
    public static func data(_ bytes: some Collection<UInt8>) -> JSONValue { .string(Hex.encode(bytes)) }
    public static func data(_ value: some FixedBytes) -> JSONValue { .string(value.hex) }
    /// `null` for nil.
    public static func data(_ value: (some FixedBytes)?) -> JSONValue { value.map { .string($0.hex) } ?? .null }
}

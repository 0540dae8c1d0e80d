import Primitives

/// Why a text is no type or signature.
public enum ABISyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownType(String)
    case malformed(String)
    case tooDeep

    public var description: String {
        switch self {
        case .unknownType(let name): "there is no type \(name)"
        case .malformed(let text): "\(text) is not a signature such as transfer(address,uint256)"
        case .tooDeep: "types are nested too deeply"
        }
    }
}

/// A function's, event's or error's name with its types: `transfer(address,uint256)`, or with results
/// `balanceOf(address)(uint256)`.
public struct ABISignature: Hashable, Sendable, CustomStringConvertible {
    public var name: String
    public var inputs: [ABIType]
    /// nil where the text does not say.
    public var outputs: [ABIType]?

    public init(name: String, inputs: [ABIType], outputs: [ABIType]? = nil) {
        (self.name, self.inputs, self.outputs) = (name, inputs, outputs)
    }

    public init(_ text: String) throws(ABISyntaxError) {
        var parser = ABIParser(text)
        name = parser.identifier()
        guard !name.isEmpty else { throw .malformed(text) }
        inputs = try parser.list()
        outputs = parser.isAtEnd ? nil : try parser.list()
        guard parser.isAtEnd else { throw .malformed(text) }
    }

    /// Without results, as it is hashed.
    public var description: String { name + ABIType.tuple(inputs).description }
}

extension ABIType {
    /// Reads a type's name: `uint8[2][]`, `(address,bytes)[]`; `uint` and `int` mean 256 bits.
    public init(_ text: String) throws(ABISyntaxError) {
        var parser = ABIParser(text)
        self = try parser.type()
        guard parser.isAtEnd else { throw .unknownType(text) }
    }
}

/// Reads types from left to right.
struct ABIParser {
    static let maximumDepth = 16
    static let maximumHeadBytes = 1 << 24

    private let text: [UInt8]
    private var position = 0
    private var depth = 0

    init(_ text: String) { self.text = text.utf8.filter { $0 != UInt8(ascii: " ") } }

    var isAtEnd: Bool { position == text.count }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Letters, digits, `_` and `$`.
    mutating func identifier() -> String {
        let start = position
        while position < text.count, Self.isLetter(text[position]) { position += 1 }
        return String(decoding: text[start..<position], as: UTF8.self)
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"), UInt8(ascii: "$"): true
        default: false
        }
    }

    private var whole: String { String(decoding: text.prefix(200), as: UTF8.self) }

    /// `(type,type)`.
    mutating func list() throws(ABISyntaxError) -> [ABIType] {
        guard take("(") else { throw .malformed(whole) }
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw .tooDeep }
        var members: [ABIType] = []
        if take(")") { return members }
        repeat { members.append(try type()) } while take(",")
        guard take(")") else { throw .malformed(whole) }
        return members
    }

    mutating func type() throws(ABISyntaxError) -> ABIType {
        var type: ABIType
        if position < text.count, text[position] == UInt8(ascii: "(") { type = .tuple(try list()) } else {
            let name = identifier()
            // `tuple(…)` is how some tools write it.
            if name == "tuple" { type = .tuple(try list()) } else { type = try Self.elementary(name) }
        }
        var levels = 0
        while take("[") {
            levels += 1
            guard levels <= Self.maximumDepth else { throw .tooDeep }
            let digits = identifier()
            guard take("]") else { throw .malformed(whole) }
            if digits.isEmpty { type = .array(type) } else {
                // What no message could hold is a mistake, and its size must not overflow.
                guard let count = Int(digits), (0...Self.maximumHeadBytes).contains(count),
                    type.headBytes * count <= Self.maximumHeadBytes
                else { throw .malformed(whole) }
                type = .fixedArray(type, count: count)
            }
        }
        return type
    }

    private static func elementary(_ name: String) throws(ABISyntaxError) -> ABIType {
        switch name {
        case "address": return .address
        case "bool": return .bool
        case "bytes": return .bytes
        case "string": return .string
        case "uint": return .uint256
        case "int": return .signed(bits: 256)
        case "function": return .fixedBytes(24)
        case "byte": return .fixedBytes(1)
        default: break
        }
        func number(after prefix: String) -> Int? {
            guard name.hasPrefix(prefix), let first = name.dropFirst(prefix.count).first, first != "0" else { return nil }
            return Int(name.dropFirst(prefix.count))
        }
        if let bits = number(after: "uint"), bits % 8 == 0, (8...256).contains(bits) { return .unsigned(bits: bits) }
        if let bits = number(after: "int"), bits % 8 == 0, (8...256).contains(bits) { return .signed(bits: bits) }
        if let count = number(after: "bytes"), (1...32).contains(count) { return .fixedBytes(count) }
        throw .unknownType(name.isEmpty ? "without a name" : String(name.prefix(64)))
    }
}

/// Why bytes are not the JSON that was expected.
public enum JSONError: Error, Hashable, Sendable {
    case truncated, unexpectedByte, invalidNumber, invalidText, tooDeep, trailingBytes
}

extension JSONValue {
    /// Reads one value that takes up all the bytes (RFC 8259).
    ///
    /// Strict, and bounded by the input's length and a nesting of 32. Of members with one name the last counts.
    public init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
        var parser = JSONParser(bytes: Array(bytes)[...])
        self = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.rest.isEmpty else { throw .trailingBytes }
    }
}

private struct JSONParser {
    static let maximumDepth = 32
    var rest: ArraySlice<UInt8>

    init(bytes: ArraySlice<UInt8>) { rest = bytes }

    mutating func skipSpace() {
        while let byte = rest.first, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { rest = rest.dropFirst() }
    }

    mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        skipSpace()
        guard let first = rest.first else { throw .truncated }
        switch first {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try text())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw .unexpectedByte
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw .tooDeep }
        rest = rest.dropFirst()
        var members: [JSONValue.Member] = []
        if try closes(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard rest.first == UInt8(ascii: "\"") else { throw rest.isEmpty ? .truncated : .unexpectedByte }
            let name = try text()
            guard try take() == UInt8(ascii: ":") else { throw .unexpectedByte }
            members.append(JSONValue.Member(name, try value(depth: depth + 1)))
            switch try take() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "}"): return .object(members)
            default: throw .unexpectedByte
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < Self.maximumDepth else { throw .tooDeep }
        rest = rest.dropFirst()
        var items: [JSONValue] = []
        if try closes(UInt8(ascii: "]")) { return .array(items) }
        while true {
            items.append(try value(depth: depth + 1))
            switch try take() {
            case UInt8(ascii: ","): continue
            case UInt8(ascii: "]"): return .array(items)
            default: throw .unexpectedByte
            }
        }
    }

    /// Takes the closing byte of an empty object or array.
    private mutating func closes(_ byte: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard let first = rest.first else { throw .truncated }
        guard first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// The next byte after white space.
    private mutating func take() throws(JSONError) -> UInt8 {
        skipSpace()
        guard let byte = rest.popFirst() else { throw .truncated }
        return byte
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        guard rest.starts(with: word.utf8) else { throw .unexpectedByte }
        rest = rest.dropFirst(word.utf8.count)
        return value
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let text = rest.prefix { Self.isDigit($0) || "-+.eE".utf8.contains($0) }
        rest = rest.dropFirst(text.count)
        let whole = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
        guard text.count <= 64, let first = whole.first, let last = whole.last, Self.isDigit(first), Self.isDigit(last) else {
            throw .invalidNumber
        }
        // No leading zeros.
        if first == UInt8(ascii: "0"), let second = whole.dropFirst().first, Self.isDigit(second) { throw .invalidNumber }
        let written = String(decoding: text, as: UTF8.self)
        if let integer = Int64(written) { return .integer(integer) }
        guard let double = Double(written), double.isFinite, !written.contains(".e"), !written.contains(".E") else { throw .invalidNumber }
        return .number(double)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private mutating func text() throws(JSONError) -> String {
        rest = rest.dropFirst()
        var bytes: [UInt8] = []
        while true {
            let plain = rest.prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") && $0 >= 0x20 }
            bytes.append(contentsOf: plain)
            rest = rest.dropFirst(plain.count)
            guard let byte = rest.popFirst() else { throw .truncated }
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalidText }
                return text
            case UInt8(ascii: "\\"): try escape(into: &bytes)
            default: throw .unexpectedByte
            }
        }
    }

    private mutating func escape(into bytes: inout [UInt8]) throws(JSONError) {
        guard let byte = rest.popFirst() else { throw .truncated }
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0c)
        case UInt8(ascii: "n"): bytes.append(0x0a)
        case UInt8(ascii: "r"): bytes.append(0x0d)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"):
            let unit = try codeUnit()
            guard (0xd800...0xdbff).contains(unit) else { return try append(UInt32(unit), to: &bytes) }
            guard rest.popFirst() == UInt8(ascii: "\\"), rest.popFirst() == UInt8(ascii: "u") else { throw .invalidText }
            let low = try codeUnit()
            guard (0xdc00...0xdfff).contains(low) else { throw .invalidText }
            try append(0x10000 + (UInt32(unit) - 0xd800) << 10 + (UInt32(low) - 0xdc00), to: &bytes)
        default: throw .invalidText
        }
    }

    private func append(_ value: UInt32, to bytes: inout [UInt8]) throws(JSONError) {
        guard let scalar = Unicode.Scalar(value) else { throw .invalidText }
        bytes.append(contentsOf: String(Character(scalar)).utf8)
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        let digits = rest.prefix(4)
        guard digits.count == 4 else { throw .truncated }
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw .invalidText }
        rest = rest.dropFirst(4)
        return unit
    }
}

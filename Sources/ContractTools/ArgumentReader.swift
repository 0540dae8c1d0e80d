import ContractABI
import Cryptography
import Primitives

/// Reads arguments as people type them: `100`, `0xff`, `-5`, `true`, an address or the name of an account, `0x…` bytes,
/// text, `[1,2]` for arrays and `(1,"a")` for tuples.
public struct ArgumentReader {
    /// The address of an own account's name; nil for no such account.
    private let resolve: (String) -> Address?

    public init(resolve: @escaping (String) -> Address? = { _ in nil }) { self.resolve = resolve }

    /// Arguments of a function.
    public func read(_ texts: [String], as types: [ABIType], of function: String) throws(ContractToolError) -> [ABIValue] {
        guard texts.count == types.count else {
            throw .wrongArgumentCount(function: function, expected: types.count, got: texts.count)
        }
        var values: [ABIValue] = []
        for (index, (text, type)) in zip(texts, types).enumerated() {
            guard let value = value(text, type) else {
                throw .invalidArgument(position: index + 1, type: type.description, text: text)
            }
            values.append(value)
        }
        return values
    }

    private func value(_ text: String, _ type: ABIType) -> ABIValue? {
        switch type {
        case .unsigned(let bits):
            guard let number = Self.number(text), bits == 256 || number >> bits == .zero else { return nil }
            return .number(number)
        case .signed(let bits): return Self.signed(text, bits)
        case .address: return (Address(typed: text) ?? resolve(text)).map { .address($0) }
        case .bool: return text == "true" ? .bool(true) : text == "false" ? .bool(false) : nil
        case .fixedBytes(let count):
            guard let bytes = Hex.decode(text), bytes.count == count else { return nil }
            return .bytes(bytes)
        case .bytes: return Hex.decode(text).map { .bytes($0) }
        case .string: return .string(Self.unquoted(text))
        case .array(let element): return items(text, "[", "]") { _ in element }
        case .fixedArray(let element, let count): return items(text, "[", "]", count: count) { _ in element }
        case .tuple(let members): return items(text, "(", ")", count: members.count) { members[$0] }
        }
    }

    private func items(
        _ text: String, _ opening: Character, _ closing: Character, count: Int? = nil, _ type: (Int) -> ABIType
    ) -> ABIValue? {
        guard let parts = Self.split(text, opening, closing), count == nil || parts.count == count else { return nil }
        var values: [ABIValue] = []
        for (index, part) in parts.enumerated() {
            guard let value = value(part, type(index)) else { return nil }
            values.append(value)
        }
        return .list(values)
    }

    /// Decimal, or hexadecimal after `0x`.
    static func number(_ text: String) -> UInt256? {
        text.hasPrefix("0x") ? UInt256(hexadecimal: text.dropFirst(2)) : UInt256(decimal: text)
    }

    private static func signed(_ text: String, _ bits: Int) -> ABIValue? {
        let isNegative = text.hasPrefix("-")
        guard let size = number(isNegative ? String(text.dropFirst()) : text) else { return nil }
        let limit = UInt256.one << (bits - 1)
        guard isNegative ? size <= limit : size < limit else { return nil }
        return .number(isNegative ? .zero &- size : size)
    }

    private static func unquoted(_ text: String) -> String {
        text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"") ? String(text.dropFirst().dropLast()) : text
    }

    /// The parts between brackets, cut at commas that stand outside inner brackets and quotes.
    static func split(_ text: String, _ opening: Character, _ closing: Character) -> [String]? {
        let trimmed = text.trimmed
        guard trimmed.first == opening, trimmed.last == closing, trimmed.count >= 2 else { return nil }
        let inner = trimmed.dropFirst().dropLast()
        if String(inner).trimmed.isEmpty { return [] }
        var (parts, depth, isQuoted) = ([""], 0, false)
        for character in inner {
            switch character {
            case "\"": isQuoted.toggle()
            case "[", "(": if !isQuoted { depth += 1 }
            case "]", ")": if !isQuoted { depth -= 1 }
            default: break
            }
            guard depth >= 0 else { return nil }
            if character == ",", depth == 0, !isQuoted { parts.append("") } else { parts[parts.count - 1].append(character) }
        }
        return depth == 0 && !isQuoted ? parts.map(\.trimmed) : nil
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension UInt256 {
    fileprivate init?(hexadecimal digits: Substring) {
        guard (1...64).contains(digits.count), let bytes = Hex.decode("0x" + String(repeating: "0", count: 64 - digits.count) + digits) else {
            return nil
        }
        self.init(bigEndian: bytes)
    }
}

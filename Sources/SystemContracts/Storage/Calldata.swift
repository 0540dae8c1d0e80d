import ChainTypes
import Primitives
import WorldState

/// Reads a call's arguments in order, static and dynamic; whatever does not fit reverts. Offsets may lead to the same bytes
/// again and again, so bytes are paid for each time that they are taken out.
struct Calldata {
    private let bytes: [UInt8]
    /// Where the tuple begins that offsets count from.
    private let base: Int
    private var position: Int

    /// - Parameter input: with the selector.
    init(_ input: [UInt8]) { self.init(input, base: 4) }

    /// - Parameter payload: arguments without a selector.
    init(payload: [UInt8]) { self.init(payload, base: 0) }

    private init(_ bytes: [UInt8], base: Int) { (self.bytes, self.base, position) = (bytes, base, base) }

    mutating func word() throws(NativeFailure) -> UInt256 {
        defer { position += 32 }
        return try word(at: position)
    }

    mutating func address() throws(NativeFailure) -> Address {
        let value = try word()
        let address = Address(value)
        guard address.word == value else { throw .revert("malformed address") }
        return address
    }

    mutating func uint64() throws(NativeFailure) -> UInt64 {
        guard let value = try word().asUInt64 else { throw .revert("the number is too large") }
        return value
    }

    /// - Parameter frame: pays for the copy.
    mutating func bytes(atMost maximum: Int, _ frame: inout NativeFrame) throws(NativeFailure) -> [UInt8] {
        let slice = try slice(atMost: maximum)
        try frame.charge(NativeGas.copy(slice.count))
        return Array(slice)
    }

    /// - Parameter frame: pays for the copy and for looking at each character.
    mutating func text(atMost maximum: Int, _ frame: inout NativeFrame) throws(NativeFailure) -> String {
        let slice = try slice(atMost: maximum)
        try frame.charge(NativeGas.decode(slice.count))
        guard let text = String(validating: slice, as: UTF8.self) else { throw .revert("the text is not UTF-8") }
        return text
    }

    /// A line of text for people; see `GivenText`.
    mutating func line(_ what: String, atMost maximum: Int, _ frame: inout NativeFrame) throws(NativeFailure) -> String {
        let text = try text(atMost: maximum, &frame)
        if let fault = GivenText.fault(ofLine: text) { throw .revert("the \(what) \(fault)") }
        return text
    }

    /// A name that people give.
    mutating func moniker(_ frame: inout NativeFrame) throws(NativeFailure) -> String {
        let text = try text(atMost: 128, &frame)
        if let fault = GivenText.fault(ofName: text) { throw .revert("the moniker \(fault)") }
        return text
    }

    /// A record in RLP; nil where the bytes are none.
    /// - Parameter frame: pays for reading it.
    mutating func record<Value: RLPCodable>(atMost maximum: Int, _ frame: inout NativeFrame) throws(NativeFailure) -> Value? {
        let slice = try slice(atMost: maximum)
        try frame.charge(NativeGas.decode(slice.count))
        return try? Value(rlp: Array(slice))
    }

    /// Where the next bytes lie: whoever takes them out has paid before.
    mutating func slice(atMost maximum: Int) throws(NativeFailure) -> ArraySlice<UInt8> {
        let start = try offset()
        guard let count = try word(at: start).asUInt64, count <= UInt64(maximum) else { throw .revert("the bytes are too long") }
        guard bytes.count - start - 32 >= Int(count) else { throw .revert("malformed arguments") }
        return bytes[start + 32..<start + 32 + Int(count)]
    }

    /// A tuple with dynamic members.
    mutating func tuple() throws(NativeFailure) -> Calldata { Calldata(bytes, base: try offset()) }

    /// An array of values that one reads as `element` does.
    mutating func array<Element>(
        atMost maximum: Int, _ element: (inout Calldata) throws(NativeFailure) -> Element
    ) throws(NativeFailure) -> [Element] {
        let start = try offset()
        guard let count = try word(at: start).asUInt64, count <= UInt64(maximum) else { throw .revert("the array is too long") }
        var members = Calldata(bytes, base: start + 32)
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try element(&members)) }
        return elements
    }

    private mutating func offset() throws(NativeFailure) -> Int {
        guard let offset = try word().asUInt64, offset <= UInt64(bytes.count) else { throw .revert("malformed arguments") }
        return base + Int(offset)
    }

    private func word(at start: Int) throws(NativeFailure) -> UInt256 {
        guard start >= 0, bytes.count - start >= 32, let word = UInt256(bigEndian: bytes[start..<start + 32]) else {
            throw .revert("malformed arguments")
        }
        return word
    }
}

/// A value of a call's arguments or output.
public enum ABIValue: Sendable {
    case word(UInt256)
    case bytes([UInt8])
    case words([UInt256])
    /// A tuple with dynamic members.
    case tuple([ABIValue])
    /// An array of values of one type.
    case array([ABIValue])

    public static func address(_ address: Address) -> ABIValue { .word(address.padded.number) }
    public static func number(_ number: UInt64) -> ABIValue { .word(UInt256(number)) }
    public static func flag(_ flag: Bool) -> ABIValue { .word(flag ? .one : .zero) }
    public static func text(_ text: String) -> ABIValue { .bytes(Array(text.utf8)) }

    /// Values as the Solidity ABI lays them out.
    public static func encode(_ values: [ABIValue]) -> [UInt8] {
        var (head, tail): ([UInt8], [UInt8]) = ([], [])
        for value in values {
            if case .word(let word) = value {
                Hash(word).append(to: &head)
            } else {
                Hash(UInt256(UInt64(32 * values.count + tail.count))).append(to: &head)
                tail += value.tail
            }
        }
        return head + tail
    }

    private var tail: [UInt8] {
        switch self {
        case .word: []
        case .bytes(let bytes):
            Hash(UInt256(UInt64(bytes.count))).bytes + bytes + [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
        case .words(let words): words.reduce(into: Hash(UInt256(UInt64(words.count))).bytes) { Hash($1).append(to: &$0) }
        case .tuple(let values): Self.encode(values)
        case .array(let values): Hash(UInt256(UInt64(values.count))).bytes + Self.encode(values)
        }
    }
}

extension ABI {
    /// Calldata of a function with any arguments.
    public static func call(_ signature: String, values: [ABIValue]) -> [UInt8] { selector(signature) + ABIValue.encode(values) }
}

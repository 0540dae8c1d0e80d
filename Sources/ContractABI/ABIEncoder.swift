import Cryptography
import Primitives

/// Why values cannot be encoded, or bytes not decoded.
public enum ABIError: Error, Hashable, Sendable, CustomStringConvertible {
    case wrongCount(expected: Int, got: Int)
    case wrongValue(ABIType)
    case outOfRange(ABIType)
    /// The bytes end before the value does.
    case truncated
    /// An offset or length points outside.
    case invalidOffset
    /// Padding that must be zero is not, or a bool is neither 0 nor 1, or a string is not UTF-8.
    case invalidPadding(ABIType)
    /// More values than any message has.
    case tooLarge

    public var description: String {
        switch self {
        case .wrongCount(let expected, let got): "\(expected) values are needed, not \(got)"
        case .wrongValue(let type): "a value does not fit \(type)"
        case .outOfRange(let type): "a number is out of \(type)'s range"
        case .truncated: "the data end too early"
        case .invalidOffset: "an offset points outside the data"
        case .invalidPadding(let type): "the bytes of a value are not a \(type)"
        case .tooLarge: "the data hold too many values"
        }
    }
}

/// Solidity's contract ABI (Contract ABI Specification, "Formal Specification of the Encoding").
public enum ContractABI {
    /// The first four bytes of the signature's Keccak-256.
    public static func selector(_ signature: ABISignature) -> [UInt8] { Array(topic(signature).bytes.prefix(4)) }

    /// The signature's Keccak-256: topic 0 of an event.
    public static func topic(_ signature: ABISignature) -> Hash { Keccak256.hash(Array(signature.description.utf8)) }

    /// Call data.
    public static func call(_ signature: ABISignature, _ values: [ABIValue]) throws(ABIError) -> [UInt8] {
        selector(signature) + (try encode(values, as: signature.inputs))
    }

    /// Values as arguments or results.
    public static func encode(_ values: [ABIValue], as types: [ABIType]) throws(ABIError) -> [UInt8] {
        guard values.count == types.count else { throw .wrongCount(expected: types.count, got: values.count) }
        var (head, tail): ([UInt8], [UInt8]) = ([], [])
        let headBytes = types.reduce(0) { $0 + $1.headBytes }
        for (value, type) in zip(values, types) {
            let bytes = try encode(value, as: type)
            if type.isDynamic {
                head += word(headBytes + tail.count)
                tail += bytes
            } else {
                head += bytes
            }
        }
        return head + tail
    }

    private static func encode(_ value: ABIValue, as type: ABIType) throws(ABIError) -> [UInt8] {
        switch (type, value) {
        case (.unsigned(let bits), .number(let number)):
            guard bits == 256 || number >> bits == .zero else { throw .outOfRange(type) }
            return number.bytes
        case (.signed(let bits), .number(let number)):
            guard number.isSigned(bits: bits) else { throw .outOfRange(type) }
            return number.bytes
        case (.address, .address(let address)): return address.padded.bytes
        case (.bool, .bool(let flag)): return word(flag ? 1 : 0)
        case (.fixedBytes(let count), .bytes(let bytes)):
            guard bytes.count == count else { throw .wrongValue(type) }
            return padded(bytes)
        case (.bytes, .bytes(let bytes)): return word(bytes.count) + padded(bytes)
        case (.string, .string(let text)):
            let bytes = Array(text.utf8)
            return word(bytes.count) + padded(bytes)
        case (.array(let element), .list(let items)):
            return word(items.count) + (try encode(items, as: Array(repeating: element, count: items.count)))
        case (.fixedArray(let element, let count), .list(let items)):
            return try encode(items, as: Array(repeating: element, count: count))
        case (.tuple(let members), .list(let items)): return try encode(items, as: members)
        default: throw .wrongValue(type)
        }
    }

    private static func word(_ number: Int) -> [UInt8] { UInt256(UInt64(number)).bytes }

    private static func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32) }
}

extension UInt256 {
    fileprivate var bytes: [UInt8] { Hash(self).bytes }

    /// Whether, read in two's complement, it fits so many bits.
    func isSigned(bits: Int) -> Bool {
        let high = self >> (bits - 1)
        return high == .zero || high == .max >> (bits - 1)
    }
}

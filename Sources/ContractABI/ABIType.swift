import Primitives

/// A type of Solidity's contract ABI (Contract ABI Specification, "Types").
public indirect enum ABIType: Hashable, Sendable {
    /// 8 to 256 bits, in steps of 8.
    case unsigned(bits: Int)
    case signed(bits: Int)
    case address
    case bool
    /// 1 to 32 bytes; also `function`, which has 24.
    case fixedBytes(Int)
    case bytes
    case string
    case array(ABIType)
    case fixedArray(ABIType, count: Int)
    case tuple([ABIType])

    public static let uint256 = ABIType.unsigned(bits: 256)
    public static let bytes32 = ABIType.fixedBytes(32)

    /// Whether its value stands in the tail, with an offset in the head.
    public var isDynamic: Bool {
        switch self {
        case .bytes, .string, .array: true
        case .fixedArray(let element, let count): count > 0 && element.isDynamic
        case .tuple(let members): members.contains(where: \.isDynamic)
        default: false
        }
    }

    /// Bytes that it takes in the head.
    var headBytes: Int {
        guard !isDynamic else { return 32 }
        switch self {
        case .fixedArray(let element, let count): return element.headBytes * count
        case .tuple(let members): return members.reduce(0) { $0 + $1.headBytes }
        default: return 32
        }
    }
}

extension ABIType: CustomStringConvertible {
    /// The canonical name, as in signatures.
    public var description: String {
        switch self {
        case .unsigned(let bits): "uint\(bits)"
        case .signed(let bits): "int\(bits)"
        case .address: "address"
        case .bool: "bool"
        case .fixedBytes(let count): "bytes\(count)"
        case .bytes: "bytes"
        case .string: "string"
        case .array(let element): "\(element)[]"
        case .fixedArray(let element, let count): "\(element)[\(count)]"
        case .tuple(let members): "(" + members.map(\.description).joined(separator: ",") + ")"
        }
    }
}

import Primitives

/// A value of some ABI type.
public enum ABIValue: Hashable, Sendable {
    /// An unsigned number, or a signed one in two's complement over 256 bits.
    case number(UInt256)
    case address(Address)
    case bool(Bool)
    /// `bytes` and `bytesN`.
    case bytes([UInt8])
    case string(String)
    /// Elements of an array, or members of a tuple.
    case list([ABIValue])

    public var number: UInt256? { if case .number(let value) = self { value } else { nil } }
    public var address: Address? { if case .address(let value) = self { value } else { nil } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var bytes: [UInt8]? { if case .bytes(let value) = self { value } else { nil } }
    public var text: String? { if case .string(let value) = self { value } else { nil } }
    public var list: [ABIValue]? { if case .list(let value) = self { value } else { nil } }

    /// A 32-byte value.
    public var hash: Hash? { bytes.flatMap { Hash($0) } }
    public static func hash(_ value: Hash) -> ABIValue { .bytes(value.bytes) }
}

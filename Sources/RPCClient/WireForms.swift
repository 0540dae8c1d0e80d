import Foundation
import Primitives

/// A JSON quantity (`0x1f`) that fits into 64 bits.
struct WireNumber: Decodable {
    let value: UInt64

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let number = Hex.decodeQuantity(try container.decode(String.self))?.asUInt64 else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a 64-bit quantity")
        }
        value = number
    }
}

/// A JSON quantity of up to 256 bits.
struct WireAmount: Decodable {
    let value: UInt256

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let amount = Hex.decodeQuantity(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a quantity")
        }
        value = amount
    }
}

/// JSON data (`0x00ff`).
struct WireBytes: Decodable {
    let value: [UInt8]

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard text.hasPrefix("0x"), let bytes = Hex.decode(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not hexadecimal data")
        }
        value = bytes
    }
}

/// JSON data of a fixed length: a hash or an address.
struct WireFixed<Value: FixedBytes>: Decodable {
    let value: Value

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard text.hasPrefix("0x"), let fixed = Value(hex: text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not \(Value.byteCount) bytes")
        }
        value = fixed
    }
}

typealias WireHash = WireFixed<Hash>
typealias WireAddress = WireFixed<Address>

/// An answer's frame (JSON-RPC 2.0).
struct WireAnswer<Result: Decodable>: Decodable {
    struct Failure: Decodable {
        let code: Int
        let message: String
        let data: FailureData?
    }

    /// `{"reason": …}`, or a revert's bytes.
    struct FailureData: Decodable {
        private struct Reason: Decodable { let reason: String? }

        let reason: String?
        let text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
            reason = (try? decoder.singleValueContainer().decode(Reason.self))?.reason
        }
    }

    let result: Result?
    let error: Failure?
}

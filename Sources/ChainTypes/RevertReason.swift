import Cryptography
import Primitives

/// The payload of Solidity's `revert("…")`: `Error(string)`.
public enum RevertReason {
    private static let selector: [UInt8] = [0x08, 0xc3, 0x79, 0xa0]

    public static func encode(_ reason: String) -> [UInt8] {
        let text = Array(reason.utf8)
        let padding = [UInt8](repeating: 0, count: (32 - text.count % 32) % 32)
        return selector + Hash(UInt256(32)).bytes + Hash(UInt256(UInt64(text.count))).bytes + text + padding
    }

    /// The text; nil where the payload is something else.
    public static func decode(_ payload: [UInt8]) -> String? {
        guard payload.starts(with: selector), payload.count >= 68, UInt256(bigEndian: payload[4..<36]) == 32,
            let length = UInt256(bigEndian: payload[36..<68])?.asUInt64, length <= UInt64(payload.count - 68)
        else { return nil }
        return String(validating: payload[68..<68 + Int(length)], as: UTF8.self)
    }
}

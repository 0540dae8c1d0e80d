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
}

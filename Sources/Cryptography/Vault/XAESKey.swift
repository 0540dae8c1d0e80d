import Crypto
import CryptoExtras

/// The key of AES-256-GCM for one message, derived from a 256-bit key and 96 bits as in XAES-256-GCM (C2SP).
///
/// CMAC-AES-256 in the counter KDF of SP 800-108r1: label `X`, context the salt, 16-bit counter, one block each.
package struct XAESKey {
    /// The first subkey of CMAC (SP 800-38B, 6.1).
    private let subkey: [UInt8]
    private let key: SymmetricKey

    /// - Parameter key: 32 bytes.
    package init(_ key: [UInt8]) {
        precondition(key.count == 32, "AES-256")
        self.key = SymmetricKey(data: key)
        subkey = Self.doubled(Self.encrypt([UInt8](repeating: 0, count: 16), under: self.key))
    }

    /// `K_x` of the specification: 32 bytes.
    package func derived(salt: AttemptSalt) -> [UInt8] {
        [UInt8(1), 2].flatMap { counter in
            let message = [0, counter, 0x58, 0] + salt.bytes
            return encrypt(zip(message, subkey).map { $0 ^ $1 })
        }
    }

    /// AES-256 of one block of 16 bytes.
    func encrypt(_ block: [UInt8]) -> [UInt8] { Self.encrypt(block, under: key) }

    private static func encrypt(_ block: [UInt8], under key: SymmetricKey) -> [UInt8] {
        var block = block
        do {
            try AES.permute(&block, key: key)
        } catch {
            preconditionFailure("one block and a 256-bit key: \(error)")
        }
        return block
    }

    /// Doubling in GF(2^128), most significant bit first, without a branch on the secret.
    private static func doubled(_ block: [UInt8]) -> [UInt8] {
        let number = block.reduce(0 as UInt128) { $0 << 8 | UInt128($1) }
        let doubled = number << 1 ^ (0x87 & (0 &- (number >> 127)))
        return (0..<16).map { UInt8(truncatingIfNeeded: doubled >> UInt128(120 - 8 * $0)) }
    }
}

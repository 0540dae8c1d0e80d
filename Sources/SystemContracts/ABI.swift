import Cryptography
import Primitives

/// The parts of the Solidity contract ABI that the system contracts use: static 32-byte words.
public enum ABI {
    /// The first four bytes of the Keccak-256 of a function's signature.
    public static func selector(_ signature: String) -> [UInt8] {
        Array(Keccak256.hash(Array(signature.utf8)).bytes.prefix(4))
    }

    /// Topic 0 of an event.
    public static func topic(_ signature: String) -> Hash { Keccak256.hash(Array(signature.utf8)) }

    /// Calldata of a function whose arguments are static words.
    public static func call(_ signature: String, _ words: [Hash] = []) -> [UInt8] {
        words.reduce(into: selector(signature)) { $0 += $1.bytes }
    }
}

/// Where Solidity keeps the value of a mapping: `keccak256(key ‖ slot)`.
public enum StorageLayout {
    public static func slot(_ number: UInt64) -> Hash { Hash(UInt256(number)) }
    public static func mapping(_ key: Hash, at slot: Hash) -> Hash {
        // Most of what a contract's read costs is this, so nothing is allocated.
        let (key, slot) = (key.number, slot.number)
        let words = (
            key.limb3.bigEndian, key.limb2.bigEndian, key.limb1.bigEndian, key.limb0.bigEndian,
            slot.limb3.bigEndian, slot.limb2.bigEndian, slot.limb1.bigEndian, slot.limb0.bigEndian
        )
        return withUnsafeBytes(of: words) { Keccak256.hash($0) }
    }

    /// The slot of member `offset` of a struct that begins at a slot.
    public static func member(_ offset: UInt64, of slot: Hash) -> Hash {
        Hash(slot.number.addingReportingOverflow(UInt256(offset)).partialValue)
    }
}

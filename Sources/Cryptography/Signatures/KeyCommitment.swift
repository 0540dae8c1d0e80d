import Primitives

/// Binds an account to the one key that may sign its next transaction.
public enum KeyCommitment {
    /// SHA3-256(suite byte ‖ public key).
    public static func of(suite: SignatureSuite, publicKey: [UInt8]) -> Hash { SHA3_256.hash(parts: [suite.rawValue], publicKey) }
}

extension Address {
    /// The address of an account, fixed for good by the commitment to its first key: the last 20 bytes of Keccak-256 over it.
    public init(firstCommitment commitment: Hash) { self.init(lastBytesOf: Keccak256.hash(commitment.bytes)) }
}

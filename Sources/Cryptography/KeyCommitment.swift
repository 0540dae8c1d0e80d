import Primitives

/// Binds an account to the one key that may sign its next transaction.
public enum KeyCommitment {
    public static func of(suite: SignatureSuite, publicKey: [UInt8]) -> Hash { SHA3_256.hash(parts: [suite.rawValue], publicKey) }
}

extension Address {
    public init(firstCommitment commitment: Hash) { self.init(lastBytesOf: Keccak256.hash(commitment.bytes)) }
}

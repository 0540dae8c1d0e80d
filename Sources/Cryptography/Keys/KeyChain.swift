import Primitives

/// The 32-byte secret that all of an account's signing keys grow from.
public struct AccountSeed: Hashable, Sendable, CustomStringConvertible {
    public static let byteCount = 32
    /// Secret.
    public let bytes: [UInt8]

    /// Nil unless there are 32 bytes.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// The seed of one of a phrase's accounts: SHAKE256(tag ‖ BIP-39 seed ‖ account index as 8 bytes, big-endian).
    /// - Parameter passphrase: BIP-39's, printable ASCII.
    public init(phrase: RecoveryPhrase, passphrase: String = "", account: UInt64) throws(PhraseError) {
        self.init(phraseSeed: try phrase.seed(passphrase: passphrase), account: account)
    }

    /// As above, from the 64 bytes of `RecoveryPhrase.seed`, which are slow to make: for reading many accounts.
    public init(phraseSeed: [UInt8], account: UInt64) {
        precondition(phraseSeed.count == 64)
        var index: [UInt8] = []
        index.append(bigEndian: account)
        bytes = DomainTag.account.derive(count: Self.byteCount, from: phraseSeed, index)
    }

    public var description: String { "AccountSeed" }
}

/// An account's sequence of signing keys: the key at index i signs the transaction with nonce i and no other.
public struct KeyChain: Hashable, Sendable, CustomStringConvertible {
    public let seed: AccountSeed
    /// The suite of the first key, which the address rests on, and of the others unless one is asked for.
    public let suite: SignatureSuite

    public init(seed: AccountSeed, suite: SignatureSuite = .mldsa65) {
        (self.seed, self.suite) = (seed, suite)
    }

    /// The 32-byte seed of a key: SHAKE256(tag ‖ account seed ‖ suite ‖ index as 8 bytes, big-endian); secret.
    public func seed(at index: UInt64, suite: SignatureSuite) -> [UInt8] {
        var place = [suite.rawValue]
        place.append(bigEndian: index)
        return DomainTag.signingKey.derive(count: 32, from: seed.bytes, place)
    }

    /// The key at an index. Costs a key generation, some 0.4 ms.
    public func key(at index: UInt64, suite: SignatureSuite? = nil) -> MLDSAPrivateKey {
        let suite = suite ?? self.suite
        do {
            return try MLDSAPrivateKey(suite: suite, seed: seed(at: index, suite: suite))
        } catch {
            preconditionFailure("every seed of 32 bytes makes a key: \(error)")
        }
    }

    /// The commitment to the key at an index. Costs a key generation.
    public func commitment(at index: UInt64, suite: SignatureSuite? = nil) -> Hash { key(at: index, suite: suite).commitment }

    /// The account's address, fixed by its first key. Costs a key generation.
    public var address: Address { Address(firstCommitment: commitment(at: 0)) }

    public var description: String { "KeyChain(\(suite))" }
}

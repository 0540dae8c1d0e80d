import Primitives

/// Every string that separates one use of a hash or signature from all others, in one table.
///
/// No tag is the beginning of another, so a tag in front of data of a known form says which form it is.
public enum DomainTag: String, CaseIterable, Sendable {
    /// Account seeds from a BIP-39 seed.
    case account = "qs-account-1"
    /// Seeds of an account's one-time signing keys.
    case signingKey = "qs-signing-key-1"
    /// Checksum of the sheet of words of a client root.
    case clientRootSheet = "qs-client-root-sheet-1"
    /// Context of a transaction's signature, before the genesis hash.
    case transaction = "qs-tx-1"
    /// Context of a consensus vote's signature, before the genesis hash.
    case vote = "qs-vote-1"
    /// Digest of a segment header, which authenticates the segment.
    case segmentHeader = "qs-segment-header-1"
    /// Order of encryption nodes for a key.
    case rendezvous = "qs-rendezvous-1"
    /// Context of a device's signature under a request to an encryption node.
    case keyRequest = "qs-request-1"
    /// Context of an encryption node's signature under a receipt.
    case keyReceipt = "qs-receipt-1"
    /// Keys of vault manifests, from a wallet's secret and a key id.
    case manifest = "qs-manifest-1"
    /// One-time identifiers of requests to encryption nodes.
    case requestID = "qs-request-id-1"
    /// Digest of the access policy of a key.
    case policy = "qs-policy-1"
    /// Key of a sealed keystore file, before the password.
    case keystore = "qs-keystore-1"
    /// Secrets for one purpose, from an account's phrase.
    case walletSecret = "qs-wallet-1"
    /// What a validator's numbers for the chain's randomness grow from, from its consensus key's seed.
    case randomSeed = "qs-random-seed-1"
    /// Numbers that a validator commits to for the chain's randomness.
    case randomNumber = "qs-random-number-1"
    /// Context of a validator's or encryption node's signature that shows that its operator has a key.
    case keyPossession = "qs-key-possession-1"
    /// Context of an encryption node's signature under its answer to a challenge.
    case challengeAnswer = "qs-challenge-answer-1"

    /// The tag's bytes (ASCII).
    public var bytes: [UInt8] { Array(rawValue.utf8) }

    /// SHA3-256(tag ‖ parts). Parts must have lengths fixed by the tag, or delimit themselves.
    public func hash(_ parts: [UInt8]...) -> Hash {
        var sponge = SHA3_256.sponge
        sponge.absorb(rawValue.utf8)
        for part in parts { sponge.absorb(part) }
        return sponge.hash
    }

    /// The first `count` bytes of SHAKE256(tag ‖ parts). Parts as for `hash`.
    public func derive(count: Int, from parts: [UInt8]...) -> [UInt8] {
        var sponge = SHAKE256.sponge
        sponge.absorb(rawValue.utf8)
        for part in parts { sponge.absorb(part) }
        return sponge.squeeze(count)
    }
}

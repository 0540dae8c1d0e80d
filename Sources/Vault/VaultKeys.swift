import Cryptography
import Entropy
import KeyService
import Primitives

/// The secrets of a vault's owner.
public struct VaultKeys: Sendable {
    /// The account that requests keys.
    public var owner: Address
    /// Signs requests to nodes; linked to the owner in the registry.
    public var device: MLDSAPrivateKey
    /// The manifests' keys grow from it: 32 bytes or more that the wallet's phrase brings back.
    public var manifestSecret: [UInt8]
    /// W; nil in a wallet without its sheet.
    public var root: ClientRoot?
    /// What the root was made from; nil where that is not known.
    public var rootSources: EntropyRecord?

    /// - Throws: when the device seed is not 32 bytes.
    public init(
        owner: Address, deviceSeed: [UInt8], manifestSecret: [UInt8], root: ClientRoot?, rootSources: EntropyRecord? = nil
    ) throws(MLDSAPrivateKey.Failure) {
        self.owner = owner
        device = try MLDSAPrivateKey(suite: .mldsa65, seed: deviceSeed)
        self.manifestSecret = manifestSecret
        (self.root, self.rootSources) = (root, rootSources)
    }

    /// The key that seals one vault's manifest: the phrase alone brings it back.
    func manifestKey(_ keyID: KeyID) -> KeyMaterial {
        let bytes = DomainTag.manifest.derive(count: KeyMaterial.byteCount, from: keyID.bytes, manifestSecret)
        guard let material = KeyMaterial(bytes) else { preconditionFailure("as many bytes as were asked for") }
        return material
    }

    /// The key that seals the contents of a root-bound vault's manifest once more: it takes the phrase and the root.
    func contentsKey(_ keyID: KeyID, _ root: ClientRoot) -> KeyMaterial {
        manifestKey(keyID).bound(to: root.permutationKey, id: keyID, domain: .prf)
    }
}

/// Where a client's randomness comes from, with what it rests on.
public struct VaultEntropy: Sendable {
    private let source: @Sendable (Int) throws -> [UInt8]
    private let rating: @Sendable (Int) -> EntropyRecord

    public init(source: @escaping @Sendable (Int) throws -> [UInt8], rating: @escaping @Sendable (Int) -> EntropyRecord) {
        (self.source, self.rating) = (source, rating)
    }

    public init(_ pool: EntropyPool) {
        self.init(source: { try pool.draw(count: $0) }, rating: { pool.record(forBytes: $0) })
    }

    func draw(_ count: Int) throws -> [UInt8] {
        do { return try source(count) } catch { throw VaultError.entropy("\(error)") }
    }

    func hash() throws -> Hash {
        guard let hash = Hash(try draw(Hash.byteCount)) else { throw VaultError.entropy("a short draw") }
        return hash
    }

    /// What a draw of so many bytes rests on.
    func record(forBytes count: Int) -> EntropyRecord { rating(count) }
}

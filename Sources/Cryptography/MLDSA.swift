import Crypto
import Primitives

/// ML-DSA signatures (FIPS 204).
public enum MLDSA {
    /// Whether a signature holds. Malformed keys and signatures do not hold; nothing traps.
    public static func verify(
        suite: SignatureSuite, publicKey: [UInt8], message: [UInt8], context: [UInt8], signature: [UInt8]
    ) -> Bool {
        guard publicKey.count == suite.publicKeyBytes, signature.count == suite.signatureBytes, context.count <= 255 else { return false }
        switch suite {
        case .mldsa65:
            guard let key = try? MLDSA65.PublicKey(rawRepresentation: publicKey) else { return false }
            return key.isValidSignature(signature, for: message, context: context)
        case .mldsa87:
            guard let key = try? MLDSA87.PublicKey(rawRepresentation: publicKey) else { return false }
            return key.isValidSignature(signature, for: message, context: context)
        }
    }
}

/// An ML-DSA signing key made from a seed.
///
/// Signing is hedged: the library mixes fresh randomness of its own into each signature (FIPS 204, section 3.4).
public struct MLDSAPrivateKey: Sendable {
    public enum Failure: Error, Hashable, Sendable {
        case seedLength
        case signing
    }

    private enum Key: Sendable {
        case mldsa65(MLDSA65.PrivateKey)
        case mldsa87(MLDSA87.PrivateKey)
    }

    public let suite: SignatureSuite
    public let publicKey: [UInt8]
    private let key: Key

    /// - Parameter seed: 32 bytes (ξ of FIPS 204, algorithm 1).
    public init(suite: SignatureSuite, seed: [UInt8]) throws(Failure) {
        self.suite = suite
        do {
            switch suite {
            case .mldsa65:
                let made = try MLDSA65.PrivateKey(seedRepresentation: seed, publicKey: nil)
                (key, publicKey) = (.mldsa65(made), [UInt8](made.publicKey.rawRepresentation))
            case .mldsa87:
                let made = try MLDSA87.PrivateKey(seedRepresentation: seed, publicKey: nil)
                (key, publicKey) = (.mldsa87(made), [UInt8](made.publicKey.rawRepresentation))
            }
        } catch { throw .seedLength }
    }

    /// Signs a message under a context of at most 255 bytes.
    public func sign(_ message: [UInt8], context: [UInt8]) throws(Failure) -> [UInt8] {
        do {
            switch key {
            case .mldsa65(let key): return [UInt8](try key.signature(for: message, context: context))
            case .mldsa87(let key): return [UInt8](try key.signature(for: message, context: context))
            }
        } catch { throw .signing }
    }

    public var commitment: Hash { KeyCommitment.of(suite: suite, publicKey: publicKey) }
}

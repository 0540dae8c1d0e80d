import Crypto
import Primitives

/// An ML-DSA signing key that grows from a seed.
///
/// Signing is hedged: the library mixes fresh randomness of its own into each signature (FIPS 204, section 3.4), so two
/// signatures of one message differ. Only targets that may draw randomness call `sign`.
public struct MLDSAPrivateKey: Sendable, CustomStringConvertible {
    public enum Failure: Error, Hashable, Sendable {
        case seedLength
        case contextLength
        case signing
    }

    private enum Key: Sendable {
        case mldsa65(MLDSA65.PrivateKey)
        case mldsa87(MLDSA87.PrivateKey)
    }

    public static let seedBytes = 32

    public let suite: SignatureSuite
    public let publicKey: [UInt8]
    private let key: Key

    /// Makes the key pair (FIPS 204, algorithm 1). Costs 0.4 ms.
    /// - Parameter seed: 32 bytes, ξ of algorithm 1.
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

    /// Signs a message. Costs about 1 ms.
    /// - Parameter context: at most 255 bytes; the verifier must give the same.
    public func sign(_ message: [UInt8], context: [UInt8]) throws(Failure) -> [UInt8] {
        guard context.count <= MLDSA.longestContext else { throw .contextLength }
        do {
            switch key {
            case .mldsa65(let key): return [UInt8](try key.signature(for: message, context: context))
            case .mldsa87(let key): return [UInt8](try key.signature(for: message, context: context))
            }
        } catch { throw .signing }
    }

    /// What the chain records of the key before its use.
    public var commitment: Hash { KeyCommitment.of(suite: suite, publicKey: publicKey) }

    public var description: String { "MLDSAPrivateKey(\(suite), \(commitment))" }
}

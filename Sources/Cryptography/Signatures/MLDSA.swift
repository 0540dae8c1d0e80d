import Crypto
import Primitives

/// ML-DSA signatures (FIPS 204).
public enum MLDSA {
    /// The longest context that FIPS 204 (section 5.2) allows.
    public static let longestContext = 255

    /// Whether a signature holds. Malformed keys, signatures and contexts do not hold; nothing traps.
    /// Costs 0.2 ms (ML-DSA-65) or 0.3 ms (ML-DSA-87).
    /// - Parameter context: at most 255 bytes, mixed into what is signed (FIPS 204, section 5.2).
    public static func verify(
        suite: SignatureSuite, publicKey: [UInt8], message: [UInt8], context: [UInt8], signature: [UInt8]
    ) -> Bool {
        guard publicKey.count == suite.publicKeyBytes, signature.count == suite.signatureBytes, context.count <= longestContext
        else { return false }
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

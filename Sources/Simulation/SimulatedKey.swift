import CMLDSA
import Cryptography
import Primitives
import Synchronization

/// An ML-DSA-65 key whose signatures follow from what it signs, so that a seed repeats a run to the byte (FIPS 204, the
/// deterministic variant of algorithm 2). Whoever verifies sees no difference.
final class SimulatedKey: Sendable {
    let publicKey: [UInt8]
    /// What the chain records of the key before its use.
    let commitment: Hash
    private nonisolated(unsafe) let expanded: OpaquePointer

    /// All runs have the same keys: each is made once in a process.
    private static let known = Mutex<[[UInt8]: SimulatedKey]>([:])

    /// - Parameter seed: 32 bytes.
    static func of(seed: [UInt8]) throws(MLDSAPrivateKey.Failure) -> SimulatedKey {
        if let key = known.withLock({ $0[seed] }) { return key }
        let key = try SimulatedKey(seed: seed)
        known.withLock { $0[seed] = key }
        return key
    }

    private init(seed: [UInt8]) throws(MLDSAPrivateKey.Failure) {
        let key = try MLDSAPrivateKey(suite: .mldsa65, seed: seed)
        guard let expanded = cmldsa_key(seed) else { throw .signing }
        (publicKey, commitment, self.expanded) = (key.publicKey, key.commitment, expanded)
    }

    deinit { cmldsa_free(expanded) }

    /// - Parameter context: at most 255 bytes.
    func sign(_ message: [UInt8], context: [UInt8]) throws(MLDSAPrivateKey.Failure) -> [UInt8] {
        guard context.count <= MLDSA.longestContext else { throw .contextLength }
        var signature = [UInt8](repeating: 0, count: Int(CMLDSA_SIGNATURE_BYTES))
        guard cmldsa_sign(&signature, expanded, message, message.count, context, context.count) == 1 else { throw .signing }
        return signature
    }
}

import ChainTypes
import Cryptography
import Primitives

/// Why a certificate or proof does not show finality.
public enum LightClientError: Error, Hashable, Sendable {
    case unknownValidator(Int)
    case noQuorum
    case invalidSignature(validator: Int)
    case notAFinalization
    case brokenChain
    case wrongGenesis
    case wrongEpoch
    /// The proof is older than what has been verified already.
    case older(than: UInt64)
    case invalidStateProof(String)
}

/// Checks certificates against a validator set.
public enum CertificateVerifier {
    /// Verifies a quorum of signatures: one ML-DSA-65 verification each.
    public static func verify(_ certificate: Certificate, validators: ValidatorSet, genesis: Hash) throws(LightClientError) {
        var power: UInt64 = 0
        for share in certificate.shares {
            guard validators.validators.indices.contains(share.validator) else { throw .unknownValidator(share.validator) }
            power += validators.validators[share.validator].power
        }
        guard validators.isQuorum(power) else { throw .noQuorum }
        let message = certificate.ballot.signingPayload(genesis: genesis)
        for share in certificate.shares {
            let key = validators.validators[share.validator].consensusKey
            guard
                MLDSA.verify(
                    suite: .mldsa65, publicKey: key, message: message, context: Ballot.signingContext, signature: share.signature)
            else { throw .invalidSignature(validator: share.validator) }
        }
    }
}

import ChainTypes
import Cryptography
import Primitives

/// Why a certificate or proof does not show finality.
public enum LightClientError: Error, Hashable, Sendable {
    case unknownValidator(Int)
    /// A certificate names a validator twice.
    case repeatedValidator(Int)
    case noQuorum
    case invalidSignature(validator: Int)
    case notAFinalization
    case brokenChain
    case wrongGenesis
    case wrongEpoch
    /// The validators of this epoch are not known: the changes of epochs up to it come first.
    case unknownEpoch(UInt64)
    /// Not the validators that the header names.
    case wrongValidators
    case wrongView
    /// The proof is older than what has been verified already.
    case older(than: UInt64)
    case invalidStateProof(String)
}

/// Checks certificates against a validator set.
public enum CertificateVerifier {
    /// Verifies that distinct validators of more than two thirds of the power signed the ballot. Costs one ML-DSA-65
    /// verification a share, and none before members and power are right.
    /// - Parameter genesis: envelope hash of the genesis block, which every ballot binds.
    public static func verify(_ certificate: Certificate, validators: ValidatorSet, genesis: Hash) throws(LightClientError) {
        for (share, next) in zip(certificate.shares, certificate.shares.dropFirst()) where share.validator >= next.validator {
            throw .repeatedValidator(next.validator)
        }
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

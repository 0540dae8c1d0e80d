import ChainTypes
import Primitives

/// Follows the chain by certificates alone, from a checkpoint that the user trusts.
public struct LightClient: Sendable {
    /// Envelope hash of the genesis block.
    public let genesis: Hash
    public let validators: ValidatorSet
    /// The newest header that was verified; nil at the beginning.
    public private(set) var finalized: SealedHeader?

    public init(genesis: Hash, validators: ValidatorSet) {
        (self.genesis, self.validators) = (genesis, validators)
    }

    /// Verifies that a header is final, without remembering it. Costs a quorum of signature verifications.
    public func verify(_ proof: FinalityProof) throws(LightClientError) -> SealedHeader {
        guard let certified = proof.headers.first, let proven = proof.headers.last else { throw .brokenChain }
        guard proof.certificate.ballot.kind == .finalize, proof.certificate.ballot.block == certified.id else { throw .notAFinalization }
        guard proof.certificate.ballot.epoch == certified.envelope.epoch else { throw .wrongEpoch }
        guard proof.certificate.ballot.view == certified.envelope.view else { throw .wrongView }
        for (child, parent) in zip(proof.headers, proof.headers.dropFirst()) {
            // Headers are anyone's until the certificate holds: the parent's number may be the last there is.
            guard child.envelope.parent == parent.id, child.number > 0, child.number - 1 == parent.number else { throw .brokenChain }
        }
        try CertificateVerifier.verify(proof.certificate, validators: validators, genesis: genesis)
        return proven
    }

    /// Verifies a proof and moves forward; a header that is not newer is refused.
    @discardableResult
    public mutating func advance(_ proof: FinalityProof) throws(LightClientError) -> SealedHeader {
        if let finalized, let offered = proof.sealed, offered.number <= finalized.number {
            if offered == finalized { return finalized }
            throw .older(than: finalized.number)
        }
        let header = try verify(proof)
        finalized = header
        return header
    }
}

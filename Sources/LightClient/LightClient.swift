import ChainTypes
import Primitives

/// Follows the chain by certificates alone, from a checkpoint that the user trusts, through every change of validators.
///
/// It knows the validators of its epoch, of the one before, and, once a final header has named them, of the next one.
public struct LightClient: Sendable {
    /// Envelope hash of the genesis block.
    public let genesis: Hash
    /// The epoch of the newest header that moved the client forward.
    public private(set) var epoch: UInt64
    private var previous: ValidatorSet?
    public private(set) var validators: ValidatorSet
    private var next: ValidatorSet?
    /// The newest header that was verified; nil at the beginning.
    public private(set) var finalized: SealedHeader?

    public init(genesis: Hash, validators: ValidatorSet) {
        (self.genesis, self.validators) = (genesis, validators)
        // The first two epochs have the chain spec's validators.
        (epoch, next) = (0, validators)
    }

    /// Takes up where a checkpoint was made.
    public init(genesis: Hash, checkpoint: Checkpoint) {
        self.genesis = genesis
        (epoch, validators, finalized) = (checkpoint.epoch, checkpoint.validators, checkpoint.finalized)
        learnNext(from: checkpoint.finalized)
    }

    /// What a client keeps to go on from; nil before the first header.
    public var checkpoint: Checkpoint? { finalized.map { Checkpoint(epoch: epoch, validators: validators, finalized: $0) } }

    /// The first epoch after which the client does not know who validates: whose change it needs to go on.
    public var wantedEpoch: UInt64 { next == nil || epoch == .max ? epoch : epoch + 1 }

    /// Verifies that a header is final, without remembering it. Costs a quorum of signature verifications.
    /// - Throws: `unknownEpoch` where the certificate is of an epoch whose validators this client does not know.
    public func verify(_ proof: FinalityProof) throws(LightClientError) -> SealedHeader {
        guard let certified = proof.headers.first, let proven = proof.headers.last else { throw .brokenChain }
        let ballot = proof.certificate.ballot
        guard ballot.kind == .finalize, ballot.block == certified.id else { throw .notAFinalization }
        guard ballot.epoch == certified.envelope.epoch else { throw .wrongEpoch }
        // The last block of an epoch may be finalised in a later view than its own.
        guard ballot.view >= certified.envelope.view else { throw .wrongView }
        for (child, parent) in zip(proof.headers, proof.headers.dropFirst()) {
            // Headers are anyone's until the certificate holds: the parent's number may be the last there is.
            guard child.envelope.parent == parent.id, child.number > 0, child.number - 1 == parent.number else { throw .brokenChain }
        }
        guard let validators = validators(ofEpoch: ballot.epoch) else { throw .unknownEpoch(ballot.epoch) }
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
        follow(header)
        return header
    }

    /// Learns from a final header of an epoch who validates the one after it.
    ///
    /// The client enters an epoch with a final header of it, and never before: the chain may still be in the one that it knows, and
    /// what it keeps as a checkpoint has to verify the headers of that. Changes are taken one after another, so that a client that was
    /// away passes every epoch.
    public mutating func advance(_ change: EpochChange) throws(LightClientError) {
        let header = try verify(change.proof)
        guard header.envelope.epoch >= epoch, let present = validators(ofEpoch: header.envelope.epoch) else { throw .wrongEpoch }
        let following = change.validators ?? present
        guard following.hash == header.envelope.nextSetHash else { throw .wrongValidators }
        if header.number > finalized?.number ?? 0 {
            finalized = header
            follow(header)
        }
        if header.envelope.epoch == epoch { next = following }
    }

    /// The validators of an epoch that are known.
    public func validators(ofEpoch number: UInt64) -> ValidatorSet? {
        if number == epoch { return validators }
        if epoch < .max, number == epoch + 1 { return next }
        return number < epoch && number == epoch - 1 ? previous : nil
    }

    private mutating func follow(_ header: SealedHeader) {
        if epoch < .max, header.envelope.epoch == epoch + 1 { step() }
        learnNext(from: header)
    }

    private mutating func step() {
        guard let following = next else { return }
        (previous, validators, next) = (validators, following, nil)
        epoch += 1
    }

    /// A header names the next validators by their hash: most often they are the same.
    private mutating func learnNext(from header: SealedHeader) {
        guard next == nil, header.envelope.epoch == epoch, header.envelope.nextSetHash == validators.hash else { return }
        next = validators
    }
}

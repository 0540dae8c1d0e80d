import ChainTypes
import LightClient
import Primitives

/// Decides which headers are final and fresh enough to read the registry under.
struct FinalityGate: Sendable {
    /// Headers older than this are stale, unless the chain stands still.
    static let freshMilliseconds: UInt64 = 30_000
    private static let remembered = 64

    private var client: LightClient
    /// Headers whose certificates held, so that they need not be verified again; newest last.
    private var verified: [Hash] = []

    init(_ client: LightClient) { self.client = client }

    /// The newest header shown final by the node's own peers, never by a client: a client must not choose how old is fresh.
    var newest: SealedHeader? { client.finalized }

    /// Moves forward; false when the proof is not newer.
    mutating func follow(_ proof: FinalityProof) throws(LightClientError) -> Bool {
        guard let offered = proof.sealed, offered.number > newest?.number ?? 0 || newest == nil else { return false }
        let header = try client.advance(proof)
        remember(header)
        return true
    }

    /// Goes on to the next epoch.
    mutating func follow(_ change: EpochChange) throws(LightClientError) {
        guard let header = change.proof.sealed, header.envelope.epoch >= client.epoch else { return }
        try client.advance(change)
    }

    var epoch: UInt64 { client.epoch }
    var validators: ValidatorSet { client.validators }
    var checkpoint: Checkpoint? { client.checkpoint }

    /// The header names other validators for the next epoch, and they are not known.
    var wantedEpoch: UInt64? {
        newest != nil && client.wantedEpoch == client.epoch ? client.epoch : nil
    }

    /// The epoch to go on from where a header is of one that is not known.
    var unknownAfter: UInt64 { client.wantedEpoch }

    /// Whether a header may be used now, if it is final.
    func isFresh(_ header: SealedHeader, now: UInt64) -> Bool {
        header == newest || header.envelope.timeMilliseconds.addingReportingOverflow(Self.freshMilliseconds).partialValue >= now
    }

    /// The proven header. Costs a quorum of signature verifications the first time.
    func verify(_ proof: FinalityProof) throws(KeyRefusal) -> SealedHeader {
        guard let header = proof.sealed else { throw .notFinal }
        if verified.contains(header.id) { return header }
        do { return try client.verify(proof) } catch { throw .notFinal }
    }

    mutating func remember(_ header: SealedHeader) {
        guard !verified.contains(header.id) else { return }
        if verified.count >= Self.remembered { verified.removeFirst() }
        verified.append(header.id)
    }
}

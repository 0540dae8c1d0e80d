import ChainTypes
import Cryptography
import LightClient
import Mempool
import Primitives
import StoreAPI

/// What can happen to a replica. Peers are named by the hash of their node key.
public enum ReplicaEvent: Sendable {
    case start
    case connected(Hash)
    case disconnected(Hash)
    case message(WireMessage, from: Hash)
    /// A transaction from a user of this node; `admitted` answers with the same ticket.
    case submit(SignedTransaction, ticket: UInt64)
    case checked(CheckResult)
    /// A ballot that was signed on request, after the signer stored it.
    case signed(Vote)
    case timer(ReplicaTimer)
}

public enum ReplicaTimer: Hashable, Sendable {
    case view(UInt64, epoch: UInt64)
    /// Time to look again whether this leader should propose.
    case propose(UInt64)
    /// A block from slightly in the future may be valid now.
    case block(Hash)
    /// Sends what has been admitted on to the validators.
    case gossip
    /// Asks peers again for what has not come.
    case retry
}

/// Work for other threads: signatures to verify. Its result is a function of its content.
public enum Check: Sendable {
    case transaction(SignedTransaction, Origin)
    case vote(Vote, from: Hash)
    case proposal(Proposal, from: Hash)
    case certificate(Certificate, from: Hash)
    /// Blocks that a peer says are final, with a linked proof for the last one.
    case finalized([Block], FinalityProof, from: Hash)

    public enum Origin: Hashable, Sendable {
        case user(ticket: UInt64)
        case peer(Hash)
        /// Fetched because a proposal names it.
        case proposal
    }

    /// Verifies. Costs about 0.2 ms a signature; runs on any thread.
    public func run(genesis: Hash, validators: ValidatorSet) -> CheckResult {
        switch self {
        case .transaction(let signed, let origin):
            .transaction(signed, VerifiedTransaction(signed, genesis: genesis), origin)
        case .vote(let vote, let peer):
            .vote(vote, holds: Self.holds(vote, genesis, validators), from: peer)
        case .proposal(let proposal, let peer):
            .proposal(proposal, holds: Self.holds(proposal.vote, genesis, validators), from: peer)
        case .certificate(let certificate, let peer):
            .certificate(certificate, holds: Self.holds(certificate, genesis, validators), from: peer)
        case .finalized(let blocks, let proof, let peer):
            .finalized(blocks, proof, holds: Self.holds(proof.certificate, genesis, validators), from: peer)
        }
    }

    private static func holds(_ vote: Vote, _ genesis: Hash, _ validators: ValidatorSet) -> Bool {
        guard validators.validators.indices.contains(vote.validator) else { return false }
        return MLDSA.verify(
            suite: .mldsa65, publicKey: validators.validators[vote.validator].consensusKey,
            message: vote.ballot.signingPayload(genesis: genesis), context: Ballot.signingContext, signature: vote.signature)
    }

    private static func holds(_ certificate: Certificate, _ genesis: Hash, _ validators: ValidatorSet) -> Bool {
        (try? CertificateVerifier.verify(certificate, validators: validators, genesis: genesis)) != nil
    }
}

public enum CheckResult: Sendable {
    /// nil when the signature does not hold.
    case transaction(SignedTransaction, VerifiedTransaction?, Check.Origin)
    case vote(Vote, holds: Bool, from: Hash)
    case proposal(Proposal, holds: Bool, from: Hash)
    case certificate(Certificate, holds: Bool, from: Hash)
    case finalized([Block], FinalityProof, holds: Bool, from: Hash)
}

/// What a replica wants done, in order: nothing may leave before an earlier durable commit is on disk.
public enum ReplicaEffect: Sendable {
    case send(WireMessage, to: Hash)
    case broadcast(WireMessage, to: Audience)
    /// Votes are those of these validators.
    case check(Check, ValidatorSet)
    /// Sign with the consensus key as the validator with this index, and answer with `signed`.
    case sign(Ballot, as: Int)
    case commit(WriteBatch, durable: Bool)
    case setTimer(ReplicaTimer, atMilliseconds: UInt64)
    case admitted(ticket: UInt64, Result<Hash, AdmissionError>)
    /// A transaction waits in the mempool from now on, whoever sent it.
    case waiting(Transaction)
    /// A peer's transaction was taken into the mempool: it is worth what it has cost.
    case useful(SignedTransaction, from: Hash)
    /// A block became final and is on disk.
    case finalized(ExecutedBlock)
    case evidence(Evidence)
    /// The next block is of a version of the protocol that this node does not know: it has to stop.
    case upgradeNeeded(UpgradePlan)
    /// A peer sent what no correct node sends.
    case misbehaved(Hash, String)
    /// This replica cannot go on: its own state is unreadable, or differs from what a quorum has finalised. It neither votes nor
    /// blames anybody, and does nothing more.
    case halted(String)
    /// From here on these are the validators: the first epoch after a start, and each new one.
    case epochStarted(EpochState)
    case viewEntered(view: UInt64, leader: Int)
    case missedProposal(validator: Int)
    /// Worth doing on another thread before the next block. It only fills caches, so it may be left out.
    case rehearse(Rehearsal)

    public enum Audience: Hashable, Sendable {
        case validators
        case everyone
        /// Peers that do not vote: full nodes and encryption nodes.
        case followers
    }
}

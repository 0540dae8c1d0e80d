import ChainTypes
import Primitives

/// Peers that are behind: lost messages are sent again to whoever says that it lacks them.
extension Simplex {
    /// About as many votes, alone or in certificates, are sent at a time.
    static let maximumVotesSent = 1024

    /// Votes of the current view that are held here, for `PeerStatus`.
    public var votesHeld: [UInt256] {
        Self.decisiveKinds.map { rounds[view]?.held($0) ?? .zero }
    }

    /// Peers that vote to finalize a block of a view which is still open here: they have the notarization that is missing.
    public var peersAhead: [Hash] {
        let open = rounds.filter { $0.key >= view }.values
        return peerIndex.filter { peer in open.contains { $0.first(.finalize, of: peer.value) != nil } }.map(\.key).sorted()
    }

    private static let decisiveKinds = [VoteKind.notarize, .nullify, .finalize]

    /// News this fresh is on its way to everyone already.
    private var quietMilliseconds: UInt64 { configuration.viewTimeoutMilliseconds / 8 }

    private var maximumViewsSent: UInt64 { UInt64(max(4, Self.maximumVotesSent / configuration.validators.count)) }

    /// Sends a peer what it lacks to reach this view, or to decide it.
    mutating func answer(_ status: PeerStatus, to peer: Hash) {
        guard let index = peerIndex[peer], now >= answeredAt[index] + quietMilliseconds else { return }
        answeredAt[index] = now
        if let lastFinalization, status.epoch < configuration.epoch, status.epoch == lastFinalization.ballot.epoch {
            return emit(.send(.certificate(lastFinalization), to: peer))
        }
        guard status.epoch == configuration.epoch, status.view <= view, status.votesHeld.count == Self.decisiveKinds.count else { return }
        if status.view <= finalizedView, let lastFinalization { emit(.send(.certificate(lastFinalization), to: peer)) }
        if status.view < view { return sendDecisions(after: status.view, to: peer) }
        let changedAt = max(enteredAt, rounds[view]?.changedAt ?? 0)
        guard now >= changedAt + quietMilliseconds else { return }
        if status.view > finalizedView, status.finalizedBlock != finalizedBlock, let lastFinalization {
            emit(.send(.certificate(lastFinalization), to: peer))
        }
        sendProposal(status, to: peer)
        for (kind, held) in zip(Self.decisiveKinds, status.votesHeld) {
            for vote in rounds[view]?.votes(kind) ?? [] where (held >> vote.validator & .one).isZero { emit(.send(.vote(vote), to: peer)) }
        }
        sendFinalizeVotes(to: peer)
    }

    /// To a peer in an earlier view: the newest notarization and the nullifications since, as many as it may take at a
    /// time, and then what we have to say in our own view.
    private mutating func sendDecisions(after earlier: UInt64, to peer: Hash) {
        guard earlier + 1 < view || now >= enteredAt + quietMilliseconds else { return }
        var start = max(earlier, finalizedView + 1)
        for candidate in start..<view where rounds[candidate]?.notarization != nil { start = candidate }
        for candidate in start..<min(view, start + maximumViewsSent) { sendDecision(of: candidate, to: peer) }
        sendFinalizeVotes(to: peer)
        guard let round = rounds[view] else { return }
        pass(round, to: peer)
        for kind in Self.decisiveKinds {
            if let vote = round.first(kind, of: configuration.me) { emit(.send(.vote(vote), to: peer)) }
        }
    }

    private mutating func sendDecision(of view: UInt64, to peer: Hash) {
        if let notarization = rounds[view]?.notarization { emit(.send(.certificate(notarization), to: peer)) }
        if let nullification = rounds[view]?.nullification { emit(.send(.certificate(nullification), to: peer)) }
    }

    /// To a peer in this view: the proposal, and the certificates that show its parent to be the right one. A peer that
    /// voted notarize has both.
    private mutating func sendProposal(_ status: PeerStatus, to peer: Hash) {
        guard let round = rounds[view], let proposal = round.proposal else { return }
        if let index = peerIndex[peer], !(status.votesHeld[0] >> index & .one).isZero { return }
        if let parentView = viewOfParent(proposal.base, in: view) {
            let start = max(parentView, finalizedView + 1)
            for candidate in start..<min(view, start + maximumViewsSent) { sendDecision(of: candidate, to: peer) }
        }
        pass(round, to: peer)
    }

    /// Sends a view's proposal on. Of one that was found invalid only the leader's word: the peer needs no second opinion, but the
    /// word may show that the leader gave others another.
    private mutating func pass(_ round: Round, to peer: Hash) {
        guard let proposal = round.proposal else { return }
        emit(.send(round.isRefused ? .vote(proposal.vote) : .proposal(proposal), to: peer))
    }

    /// Finalize votes of earlier views decide blocks that are notarized already.
    private mutating func sendFinalizeVotes(to peer: Hash) {
        let oldest = view > Self.horizon ? view - Self.horizon : 0
        for earlier in max(oldest, finalizedView + 1)..<view {
            for vote in rounds[earlier]?.votes(.finalize) ?? [] { emit(.send(.vote(vote), to: peer)) }
        }
    }
}

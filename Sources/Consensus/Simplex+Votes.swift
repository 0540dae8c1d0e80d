import ChainTypes
import Primitives

/// Own votes, others' votes, and the certificates that they make.
extension Simplex {
    /// Asks for a signature. From here on the vote counts as cast.
    mutating func sign(_ kind: VoteKind, _ view: UInt64, _ block: Hash) {
        rounds[view, default: Round()].own.mark(kind)
        emit(.sign(Ballot(epoch: configuration.epoch, view: view, kind: kind, block: block)))
    }

    /// Votes to end the view without a block, unless this validator votes to finalize it.
    mutating func nullify(_ view: UInt64) {
        let own = rounds[view]?.own ?? .init()
        guard !own.nullified, !own.finalized else { return }
        sign(.nullify, view, .zero)
    }

    mutating func signed(_ vote: Vote) {
        guard vote.validator == configuration.me, isOpen(vote.ballot) else { return }
        guard vote.ballot.kind == .propose else {
            emit(.persist(.vote(vote)))
            emit(.broadcast(.vote(vote)))
            return add(vote)
        }
        guard let (sealed, hashes) = unsigned, sealed.id == vote.ballot.block else { return }
        unsigned = nil
        let proposal = Proposal(sealed: sealed, transactionHashes: hashes, vote: vote)
        emit(.persist(.proposal(proposal)))
        emit(.broadcast(.proposal(proposal)))
        received(proposal)
    }

    mutating func add(_ vote: Vote) {
        guard isOpen(vote.ballot), isMember(vote.validator) else { return }
        guard insert(vote) else { return }
        shareLeadersWord(after: vote)
        settle(vote.ballot)
    }

    /// Whoever votes for another block than the one that the leader gave us has heard something else from it. With our word of
    /// the leader beside theirs everybody can tell: votes alone would not show it, because each names one block.
    private mutating func shareLeadersWord(after vote: Vote) {
        let view = vote.ballot.view
        guard vote.ballot.kind == .notarize, let round = rounds[view], !round.hasSharedWord,
            let word = round.first(.propose, of: schedule.leader(of: view)), word.ballot.block != vote.ballot.block
        else { return }
        rounds[view]?.hasSharedWord = true
        emit(.broadcast(.vote(word)))
    }

    /// Keeps a vote and reports contradictions; whether it is new.
    private mutating func insert(_ vote: Vote) -> Bool {
        let view = vote.ballot.view
        let (added, evidence) = rounds[view, default: Round()].insert(vote)
        if let evidence { emit(.evidence(evidence)) }
        guard added else { return false }
        rounds[view]?.changedAt = now
        patience.spoke(vote.validator, in: view)
        // A vote of ours that the log does not have can only come from a lost disk; it binds all the same.
        if vote.validator == configuration.me { rounds[view]?.own.mark(vote.ballot.kind) }
        return true
    }

    /// Looks whether a ballot has its quorum now.
    private mutating func settle(_ ballot: Ballot) {
        guard let round = rounds[ballot.view] else { return }
        switch ballot.kind {
        case .propose: return
        case .notarize: if round.notarization != nil { return }
        case .nullify:
            if round.nullification != nil { return }
            joinNullify(ballot.view, round)
        case .finalize: break
        }
        if let certificate = round.certificate(for: ballot, in: configuration.validators) { accept(certificate) }
    }

    /// When a third of the power has given a view up, its block cannot become final any more, and at least one honest timer has
    /// run out: waiting for our own, which may be longer, gains nothing.
    private mutating func joinNullify(_ view: UInt64, _ round: Round) {
        let power = round.votes(.nullify).reduce(0) { $0 + configuration.validators.validators[$1.validator].power }
        if view == self.view, 3 * power > configuration.validators.totalPower { nullify(view) }
    }

    /// A certificate from a peer. It counts as a whole: one of its votes may contradict what that validator told us.
    mutating func received(_ certificate: Certificate) {
        guard wants(certificate) else { return }
        for vote in certificate.votes { _ = insert(vote) }
        accept(certificate)
    }

    func isQuorum(_ certificate: Certificate) -> Bool {
        let members = certificate.shares.map(\.validator)
        guard members.allSatisfy(isMember), zip(members, members.dropFirst()).allSatisfy({ $0 < $1 }) else { return false }
        return configuration.validators.isQuorum(members.reduce(0) { $0 + configuration.validators.validators[$1].power })
    }

    private mutating func accept(_ certificate: Certificate) {
        guard certificate.ballot.kind != .finalize else { return finalize(certificate) }
        keep(certificate)
        emit(.persist(.certificate(certificate)))
        if certificate.ballot.kind == .notarize {
            emit(.gatherNotarized(certificate.ballot.block, view: certificate.ballot.view))
            finalizeOwn(certificate.ballot)
        }
        advance()
        considerProposal()
    }

    private mutating func finalizeOwn(_ notarized: Ballot) {
        let own = rounds[notarized.view]?.own ?? .init()
        guard !own.nullified, !own.finalized else { return }
        sign(.finalize, notarized.view, notarized.block)
    }

    /// Moves on past decided views. A notarization proves that the views before it are: a validator that is behind goes
    /// right past it.
    mutating func advance() {
        let notarized = rounds.reduce(0) { $1.value.notarization == nil ? $0 : max($0, $1.key) }
        var next = max(view, finalizedView + 1)
        while next <= notarized || rounds[next]?.isDecided ?? false {
            judgeLeader(of: next)
            next += 1
        }
        if next > view { enter(next) }
    }

    private mutating func judgeLeader(of view: UInt64) {
        guard let round = rounds[view], round.isDecided else { return }
        let leader = schedule.leader(of: view)
        guard round.notarization == nil else { return patience.delivered(leader) }
        patience.missed(leader, in: view)
        emit(.missedProposal(validator: leader))
    }
}

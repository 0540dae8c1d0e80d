import ChainTypes
import Primitives

/// Simplex consensus (Chan & Pass 2023) of one validator as a state machine.
///
/// In each view the leader proposes a block on the newest notarized one. A validator votes notarize
/// for a valid proposal, or nullify when the view's time is over. A quorum of either opens the next
/// view; whoever saw a notarization and did not nullify votes finalize, and a quorum of that makes the
/// block and its ancestors final. Signatures are verified before events get here.
public struct Simplex: Sendable {
    public struct Configuration: Sendable {
        public var genesis: Hash
        public var epoch: UInt64
        public var validators: ValidatorSet
        public var me: Int
        public var viewTimeoutMilliseconds: UInt64

        public init(genesis: Hash, epoch: UInt64, validators: ValidatorSet, me: Int, viewTimeoutMilliseconds: UInt64) {
            self.genesis = genesis
            self.epoch = epoch
            self.validators = validators
            self.me = me
            self.viewTimeoutMilliseconds = viewTimeoutMilliseconds
        }
    }

    public enum Event: Sendable {
        case start
        case proposal(Proposal)
        case vote(Vote)
        case certificate(Certificate)
        /// Answers to `validate`.
        case blockValid(Hash)
        case blockInvalid(Hash)
        /// The block for which `propose` asked is executed and stored.
        case built(SealedHeader, transactionHashes: [Hash])
        case signed(Vote)
        case timer(view: UInt64)
        case peerStatus(PeerStatus, from: Hash)
        /// Blocks up to this one were fetched as final.
        case finalizedBySync(SealedHeader, Certificate)
    }

    public enum Effect: Sendable {
        /// Must be on disk before any later effect is carried out.
        case persist(WALRecord)
        case sign(Ballot)
        case broadcast(WireMessage)
        case send(WireMessage, to: Hash)
        case propose(view: UInt64, parent: Hash)
        case validate(Hash)
        case setTimer(view: UInt64, atMilliseconds: UInt64)
        case finalized(Hash, Certificate)
        case evidence(Evidence)
        case viewEntered(view: UInt64, leader: Int)
        case missedProposal(validator: Int)
    }

    /// Views beyond the current one whose messages are kept.
    static let horizon: UInt64 = 64
    /// How many views of certificates a peer that is behind gets at a time.
    static let maximumViewsSent: UInt64 = 16

    let configuration: Configuration
    let schedule: LeaderSchedule
    public private(set) var view: UInt64
    var enteredAt: UInt64 = 0
    var rounds: [UInt64: Round] = [:]
    var finalizedView: UInt64
    var finalizedBlock: Hash
    var lastFinalization: Certificate?
    /// Consecutive views that each leader let pass without a block.
    var misses: [Int]
    /// Our own block until its ballot is signed.
    var unsigned: (sealed: SealedHeader, hashes: [Hash])?
    var effects: [Effect] = []
    var now: UInt64 = 0

    /// - Parameters:
    ///   - finalized: the newest final block.
    ///   - log: the records that were persisted, in order.
    public init(_ configuration: Configuration, finalized: SealedHeader, finalization: Certificate?, log: [WALRecord]) {
        self.configuration = configuration
        schedule = LeaderSchedule(genesis: configuration.genesis, epoch: configuration.epoch, validators: configuration.validators)
        finalizedView = finalized.envelope.view
        finalizedBlock = finalized.id
        lastFinalization = finalization
        view = finalizedView + 1
        misses = Array(repeating: 0, count: configuration.validators.count)
        for record in log where record.view > finalizedView { restore(record) }
    }

    public func leader(of view: UInt64) -> Int { schedule.leader(of: view) }

    /// Whether a vote could still matter: asked before its signature is verified.
    public func wants(_ vote: Vote) -> Bool {
        isOpen(vote.ballot) && !(rounds[vote.ballot.view]?.votes(vote.ballot.kind).contains(vote) ?? false)
    }

    func isOpen(_ ballot: Ballot) -> Bool {
        ballot.epoch == configuration.epoch && ballot.view > finalizedView && ballot.view <= view + Self.horizon
    }

    /// Takes one event and returns what to do, in order.
    public mutating func handle(_ event: Event, now: UInt64) -> [Effect] {
        self.now = now
        switch event {
        case .start: enter(view)
        case .proposal(let proposal): received(proposal)
        case .vote(let vote): add(vote)
        case .certificate(let certificate): for vote in certificate.votes { add(vote) }
        case .blockValid(let id): validated(id)
        case .blockInvalid(let id): for (view, round) in rounds where round.proposal?.sealed.id == id { rounds[view]?.invalid = true }
        case .built(let sealed, let hashes): built(sealed, hashes)
        case .signed(let vote): signed(vote)
        case .timer(let view): if view == self.view { nullify(view) }
        case .peerStatus(let status, let peer): answer(status, to: peer)
        case .finalizedBySync(let sealed, let certificate): finalized(sealed.id, certificate)
        }
        advance()
        defer { effects = [] }
        return effects
    }

    mutating func emit(_ effect: Effect) { effects.append(effect) }

    private mutating func restore(_ record: WALRecord) {
        switch record {
        case .vote(let vote):
            markOwn(vote)
            _ = rounds[vote.ballot.view, default: Round()].insert(vote)
        case .certificate(let certificate):
            for vote in certificate.votes { _ = rounds[vote.ballot.view, default: Round()].insert(vote) }
            keep(certificate)
        case .proposal(let proposal):
            rounds[proposal.vote.ballot.view, default: Round()].proposal = proposal
            rounds[proposal.vote.ballot.view]?.proposed = true
        }
        while rounds[view]?.notarization != nil || rounds[view]?.nullification != nil { view += 1 }
    }

    private mutating func markOwn(_ vote: Vote) {
        let view = vote.ballot.view
        switch vote.ballot.kind {
        case .propose: rounds[view, default: Round()].proposed = true
        case .notarize: rounds[view, default: Round()].ownNotarize = vote.ballot.block
        case .nullify: rounds[view, default: Round()].ownNullify = true
        case .finalize: rounds[view, default: Round()].ownFinalize = true
        }
    }

    mutating func keep(_ certificate: Certificate) {
        switch certificate.ballot.kind {
        case .notarize: rounds[certificate.ballot.view, default: Round()].notarization = certificate
        case .nullify: rounds[certificate.ballot.view, default: Round()].nullification = certificate
        case .propose, .finalize: break
        }
    }
}

// MARK: - Views

extension Simplex {
    /// Moves on while the current view is decided.
    private mutating func advance() {
        while rounds[view]?.notarization != nil || rounds[view]?.nullification != nil {
            let leader = schedule.leader(of: view)
            if rounds[view]?.notarization == nil {
                misses[leader] += 1
                emit(.missedProposal(validator: leader))
            } else {
                misses[leader] = 0
            }
            enter(view + 1)
        }
    }

    private mutating func enter(_ next: UInt64) {
        view = next
        enteredAt = now
        let leader = schedule.leader(of: next)
        emit(.viewEntered(view: next, leader: leader))
        emit(.setTimer(view: next, atMilliseconds: now + configuration.viewTimeoutMilliseconds))
        if leader == configuration.me {
            if let parent = parent(of: next), rounds[next]?.proposed != true { emit(.propose(view: next, parent: parent)) }
        } else if misses[leader] >= 2, rounds[next]?.proposal == nil {
            // It has missed its last two views and said nothing since: do not wait for it again.
            nullify(next)
        }
        considerProposal(next)
    }

    /// The newest notarized block such that every view between it and this one is nullified.
    private func parent(of view: UInt64) -> Hash? {
        var candidate = view - 1
        while candidate > finalizedView {
            if let notarization = rounds[candidate]?.notarization { return notarization.ballot.block }
            guard rounds[candidate]?.nullification != nil else { return nil }
            candidate -= 1
        }
        return finalizedBlock
    }

    /// Whether a block may stand on a parent in a view; nil while that is not known yet.
    private func extends(_ parent: Hash, in view: UInt64) -> Bool {
        var candidate = view - 1
        while candidate > finalizedView {
            if rounds[candidate]?.notarization?.ballot.block == parent { return true }
            guard rounds[candidate]?.nullification != nil else { return false }
            candidate -= 1
        }
        return parent == finalizedBlock
    }
}

// MARK: - Proposals

extension Simplex {
    private mutating func received(_ proposal: Proposal) {
        let ballot = proposal.vote.ballot
        guard isOpen(ballot), proposal.vote.validator == schedule.leader(of: ballot.view) else { return }
        add(proposal.vote)
        if rounds[ballot.view]?.proposal == nil { rounds[ballot.view, default: Round()].proposal = proposal }
        considerProposal(ballot.view)
    }

    /// Asks for the validity of the current view's proposal once its parent is certified.
    private mutating func considerProposal(_ candidate: UInt64) {
        guard candidate == view, let round = rounds[candidate], let proposal = round.proposal, !round.validationAsked,
            round.ownNotarize == nil, !round.ownNullify, extends(proposal.sealed.envelope.parent, in: candidate)
        else { return }
        rounds[candidate]?.validationAsked = true
        emit(.validate(proposal.sealed.id))
    }

    private mutating func validated(_ id: Hash) {
        guard let round = rounds[view], round.proposal?.sealed.id == id, round.validationAsked, round.ownNotarize == nil, !round.ownNullify
        else { return }
        rounds[view]?.ownNotarize = id
        sign(.notarize, view, id)
    }

    private mutating func built(_ sealed: SealedHeader, _ hashes: [Hash]) {
        let view = sealed.envelope.view
        guard view == self.view, schedule.leader(of: view) == configuration.me, rounds[view]?.proposed != true else { return }
        rounds[view, default: Round()].proposed = true
        unsigned = (sealed, hashes)
        sign(.propose, view, sealed.id)
    }
}

// MARK: - Votes

extension Simplex {
    private mutating func sign(_ kind: VoteKind, _ view: UInt64, _ block: Hash) {
        emit(.sign(Ballot(epoch: configuration.epoch, view: view, kind: kind, block: block)))
    }

    private mutating func nullify(_ view: UInt64) {
        guard rounds[view]?.ownNullify != true, rounds[view]?.ownFinalize != true else { return }
        rounds[view, default: Round()].ownNullify = true
        sign(.nullify, view, .zero)
    }

    private mutating func signed(_ vote: Vote) {
        if vote.ballot.kind == .propose {
            guard let (sealed, hashes) = unsigned, sealed.id == vote.ballot.block else { return }
            unsigned = nil
            let proposal = Proposal(sealed: sealed, transactionHashes: hashes, vote: vote)
            emit(.persist(.proposal(proposal)))
            emit(.broadcast(.proposal(proposal)))
            received(proposal)
        } else {
            emit(.persist(.vote(vote)))
            emit(.broadcast(.vote(vote)))
            add(vote)
        }
    }

    private mutating func add(_ vote: Vote) {
        guard isOpen(vote.ballot) else { return }
        let view = vote.ballot.view
        switch rounds[view, default: Round()].insert(vote) {
        case .known: return
        case .conflicting(let evidence): return emit(.evidence(evidence))
        case .added: break
        }
        // Whoever speaks in a recent view is alive and gets its turns back.
        if view + 1 >= self.view, vote.validator != configuration.me { misses[vote.validator] = 0 }
        settle(vote.ballot)
    }

    /// Looks whether a ballot has its quorum now.
    private mutating func settle(_ ballot: Ballot) {
        guard ballot.kind != .propose, let round = rounds[ballot.view] else { return }
        if ballot.kind == .notarize, round.notarization != nil { return }
        if ballot.kind == .nullify, round.nullification != nil { return }
        guard let certificate = round.certificate(for: ballot, in: configuration.validators) else { return }
        switch ballot.kind {
        case .propose: break
        case .nullify, .notarize:
            keep(certificate)
            emit(.persist(.certificate(certificate)))
            if ballot.kind == .notarize { finalizeOwn(ballot) }
            considerProposal(view)
        case .finalize: finalized(ballot.block, certificate)
        }
    }

    private mutating func finalizeOwn(_ notarized: Ballot) {
        guard rounds[notarized.view]?.ownNullify != true, rounds[notarized.view]?.ownFinalize != true else { return }
        rounds[notarized.view]?.ownFinalize = true
        sign(.finalize, notarized.view, notarized.block)
    }

    private mutating func finalized(_ block: Hash, _ certificate: Certificate) {
        guard certificate.ballot.view > finalizedView else { return }
        finalizedView = certificate.ballot.view
        finalizedBlock = block
        lastFinalization = certificate
        rounds = rounds.filter { $0.key > finalizedView }
        emit(.finalized(block, certificate))
        if view <= finalizedView { enter(finalizedView + 1) }
    }
}

// MARK: - Peers that are behind

extension Simplex {
    /// Votes of the current view that are held here, for `PeerStatus`.
    public var votesHeld: [UInt256] {
        [VoteKind.notarize, .nullify, .finalize].map { rounds[view]?.held($0) ?? .zero }
    }

    /// Sends a peer what it lacks to reach this view, or to decide it.
    private mutating func answer(_ status: PeerStatus, to peer: Hash) {
        guard status.epoch == configuration.epoch, status.view <= view else { return }
        if status.view <= finalizedView {
            if let lastFinalization { emit(.send(.certificate(lastFinalization), to: peer)) }
        }
        let start = max(status.view, finalizedView + 1)
        for behind in start..<max(start, min(view, start + Self.maximumViewsSent)) {
            if let round = rounds[behind] { sendDecision(round, to: peer) }
        }
        if status.view == view { sendMissingVotes(status, to: peer) }
    }

    private mutating func sendDecision(_ round: Round, to peer: Hash) {
        if let notarization = round.notarization { emit(.send(.certificate(notarization), to: peer)) }
        if let nullification = round.nullification { emit(.send(.certificate(nullification), to: peer)) }
        for vote in round.votes(.finalize) { emit(.send(.vote(vote), to: peer)) }
    }

    private mutating func sendMissingVotes(_ status: PeerStatus, to peer: Hash) {
        guard let round = rounds[view], status.votesHeld.count == 3 else { return }
        if let proposal = round.proposal { emit(.send(.proposal(proposal), to: peer)) }
        for (kind, held) in zip([VoteKind.notarize, .nullify, .finalize], status.votesHeld) {
            for vote in round.votes(kind) where (held >> vote.validator & .one).isZero { emit(.send(.vote(vote), to: peer)) }
        }
        // Finalize votes of the views before decide blocks that are notarized already.
        for earlier in rounds.keys.sorted() where earlier < view {
            for vote in rounds[earlier]?.votes(.finalize) ?? [] { emit(.send(.vote(vote), to: peer)) }
        }
    }
}

import ChainTypes
import Cryptography
import Primitives

/// Simplex consensus (Chan & Pass 2023) of one validator as a state machine.
///
/// In each view the leader proposes a block on the newest notarized one. A validator votes notarize
/// for a valid proposal, or nullify when the view's time is over. A quorum of either opens the next
/// view; whoever saw a notarization and did not nullify votes finalize, and a quorum of that makes the
/// block and its ancestors final. Signatures are verified before events get here, and made outside.
///
/// One value rules one epoch. Nothing may stand on the epoch's last block before that is final: leaders propose the
/// same block again. So whichever view finalizes it, the next epoch begins on the same block, in the view after its own.
public struct Simplex: Sendable {
    public struct Configuration: Sendable {
        public var genesis: Hash
        public var epoch: UInt64
        public var validators: ValidatorSet
        /// Index in the validator set.
        public var me: Int
        /// How long the leader of a view has; longer after views without finality.
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
        /// With a verified signature of the leader.
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
        /// Answered by `signed`, or never.
        case sign(Ballot)
        case broadcast(WireMessage)
        case send(WireMessage, to: Hash)
        /// Build a block on the parent, or take the parent again when it is the last block of the epoch; when is the
        /// shell's business. Answered by `built`, or never.
        case propose(view: UInt64, parent: Hash)
        /// The leader's block of an open view, of each view one: worth fetching, verifying, executing and storing.
        case gather(Proposal)
        /// A quorum has voted for this block of a view: later ones stand on it, so it is worth fetching too.
        case gatherNotarized(Hash, view: UInt64)
        /// Say whether a block that was to be gathered is valid. A repeated one is valid only if it is the last block of
        /// the epoch.
        case validate(Hash, isRepeated: Bool)
        case setTimer(view: UInt64, atMilliseconds: UInt64)
        /// The block and its ancestors are final. They need not be here yet.
        case finalized(Hash, Certificate)
        case evidence(Evidence)
        case viewEntered(view: UInt64, leader: Int)
        case missedProposal(validator: Int)
    }

    /// Views beyond the current one whose votes and proposals are kept.
    public static let horizon: UInt64 = 16

    let configuration: Configuration
    let schedule: LeaderSchedule
    /// Index of each validator by its name as a peer: Keccak-256 of the node key.
    let peerIndex: [Hash: Int]
    public private(set) var view: UInt64
    private(set) var enteredAt: UInt64 = 0
    var rounds: [UInt64: Round] = [:]
    private(set) var finalizedView: UInt64
    private(set) var finalizedBlock: Hash
    private(set) var lastFinalization: Certificate?
    var patience: LeaderPatience
    /// When each validator's status was answered last: an answer costs much more than a question.
    var answeredAt: [UInt64]
    /// Our own block until its ballot is signed.
    var unsigned: (sealed: SealedHeader, hashes: [Hash])?
    private var effects: [Effect] = []
    private(set) var now: UInt64 = 0

    /// - Parameters:
    ///   - finalized: the newest final block.
    ///   - finalization: its certificate; nil for the genesis block.
    ///   - log: the records that were persisted, in order.
    public init(_ configuration: Configuration, finalized: SealedHeader, finalization: Certificate?, log: [WALRecord]) {
        precondition(configuration.validators.validators.indices.contains(configuration.me), "no such validator")
        self.configuration = configuration
        schedule = LeaderSchedule(genesis: configuration.genesis, epoch: configuration.epoch, validators: configuration.validators)
        let names = configuration.validators.validators.enumerated().map { (Keccak256.hash($1.nodeKey), $0) }
        peerIndex = Dictionary(names, uniquingKeysWith: { first, _ in first })
        patience = LeaderPatience(validators: configuration.validators, viewsPerCycle: schedule.viewsPerCycle)
        answeredAt = Array(repeating: 0, count: configuration.validators.count)
        finalizedView = finalized.envelope.view
        finalizedBlock = finalized.id
        lastFinalization = finalization
        view = finalizedView + 1
        for record in log where record.epoch == configuration.epoch && record.view > finalizedView { restore(record) }
        while rounds[view]?.isDecided ?? false { view += 1 }
    }

    public func leader(of view: UInt64) -> Int { schedule.leader(of: view) }

    /// Whether a vote could still matter: asked before its signature is verified.
    public func wants(_ vote: Vote) -> Bool {
        isOpen(vote.ballot) && isMember(vote.validator) && rounds[vote.ballot.view]?.wants(vote) ?? true
    }

    /// Whether a proposal could still matter: it is the leader's, for a view whose block is not decided, and says something new.
    /// Asked before its signature is verified.
    public func wants(_ proposal: Proposal) -> Bool {
        let ballot = proposal.vote.ballot
        guard isOpen(ballot), proposal.vote.validator == schedule.leader(of: ballot.view) else { return false }
        guard let round = rounds[ballot.view] else { return ballot.view >= view }
        guard round.proposal == nil else { return round.wants(proposal.vote) }
        return ballot.view >= view || round.notarization?.ballot.block == ballot.block
    }

    /// Whether a certificate tells anything: asked before its signatures are verified.
    public func wants(_ certificate: Certificate) -> Bool {
        let ballot = certificate.ballot
        guard ballot.epoch == configuration.epoch, ballot.view > finalizedView, isQuorum(certificate) else { return false }
        switch ballot.kind {
        case .propose: return false
        case .notarize: return rounds[ballot.view]?.notarization == nil
        case .nullify: return rounds[ballot.view]?.nullification == nil
        case .finalize: return true
        }
    }

    /// Blocks above the final one for which a quorum has voted, with their views.
    public var notarizedBlocks: [(view: UInt64, block: Hash)] {
        rounds.keys.sorted().compactMap { view in rounds[view]?.notarization.map { (view, $0.ballot.block) } }
    }

    /// Whether a vote, if it is signed, shows that its validator voted twice: asked before its signature is verified.
    public func isContradicted(by vote: Vote) -> Bool {
        isOpen(vote.ballot) && isMember(vote.validator) && rounds[vote.ballot.view]?.isContradicted(by: vote) ?? false
    }

    /// Takes one event and returns what to do, in order.
    /// - Parameter now: milliseconds of any clock that does not go back.
    public mutating func handle(_ event: Event, now: UInt64) -> [Effect] {
        self.now = now
        switch event {
        case .start: enter(view)
        case .proposal(let proposal): received(proposal)
        case .vote(let vote): add(vote)
        case .certificate(let certificate): received(certificate)
        case .blockValid(let id): validated(id)
        case .blockInvalid(let id): refused(id)
        case .built(let sealed, let hashes): built(sealed, hashes)
        case .signed(let vote): signed(vote)
        case .timer(let view): if view == self.view { nullify(view) }
        case .peerStatus(let status, let peer): answer(status, to: peer)
        case .finalizedBySync(_, let certificate): received(certificate)
        }
        defer { effects = [] }
        return effects
    }

    mutating func emit(_ effect: Effect) { effects.append(effect) }

    func isMember(_ validator: Int) -> Bool { configuration.validators.validators.indices.contains(validator) }

    /// Whether loose messages about a view are kept: it is not final, and not too far ahead.
    func isOpen(_ ballot: Ballot) -> Bool {
        ballot.epoch == configuration.epoch && ballot.view > finalizedView && ballot.view <= view &+ Self.horizon
    }

    private mutating func restore(_ record: WALRecord) {
        switch record {
        case .vote(let vote):
            rounds[vote.ballot.view, default: Round()].own.mark(vote.ballot.kind)
            _ = rounds[vote.ballot.view]?.insert(vote)
        case .certificate(let certificate):
            for vote in certificate.votes { _ = rounds[vote.ballot.view, default: Round()].insert(vote) }
            keep(certificate)
            if certificate.ballot.kind == .notarize { view = max(view, certificate.ballot.view + 1) }
        case .proposal(let proposal):
            let view = proposal.vote.ballot.view
            rounds[view, default: Round()].proposal = proposal
            rounds[view]?.own.mark(.propose)
            _ = rounds[view]?.insert(proposal.vote)
        }
    }

    mutating func keep(_ certificate: Certificate) {
        switch certificate.ballot.kind {
        case .notarize: rounds[certificate.ballot.view, default: Round()].notarization = certificate
        case .nullify: rounds[certificate.ballot.view, default: Round()].nullification = certificate
        case .propose, .finalize: break
        }
    }

    /// Opens a view: starts its timer, and asks for a proposal or looks at the one that is here.
    mutating func enter(_ next: UInt64) {
        view = next
        enteredAt = now
        if next > Self.horizon { rounds[next - Self.horizon]?.compact() }
        let leader = schedule.leader(of: next)
        emit(.viewEntered(view: next, leader: leader))
        emit(.setTimer(view: next, atMilliseconds: now + viewTimeout))
        if leader == configuration.me {
            if let parent = parent(of: next), rounds[next]?.own.proposed != true { emit(.propose(view: next, parent: parent)) }
        } else if rounds[next]?.proposal == nil, patience.skips(leader, in: next) {
            rounds[next, default: Round()].wasSkipped = true
            nullify(next)
        }
        considerProposal()
    }

    /// Where views end without finality, blocks, clocks or links may be slower than the timer thinks: each such view gives the
    /// next half as much time again, within a bound. Views that nobody waited for say nothing about that.
    ///
    /// The view before this one is not final yet where all goes well.
    private var viewTimeout: UInt64 {
        let waited = (finalizedView + 1..<max(view, finalizedView + 1)).count { !(rounds[$0]?.wasSkipped ?? false) }
        let maximum = configuration.viewTimeoutMilliseconds * Self.maximumTimeoutGrowth
        return (0..<max(0, waited - 1)).reduce(configuration.viewTimeoutMilliseconds) { timeout, _ in
            min(maximum, timeout + timeout / 2)
        }
    }

    /// The longest view timer, in multiples of the first.
    static let maximumTimeoutGrowth: UInt64 = 16

    /// Makes a block final and moves to a view after it.
    mutating func finalize(_ certificate: Certificate) {
        guard certificate.ballot.view > finalizedView else { return }
        finalizedView = certificate.ballot.view
        finalizedBlock = certificate.ballot.block
        lastFinalization = certificate
        rounds = rounds.filter { $0.key > finalizedView }
        emit(.finalized(finalizedBlock, certificate))
        patience.delivered(schedule.leader(of: finalizedView))
        advance()
        considerProposal()
    }
}

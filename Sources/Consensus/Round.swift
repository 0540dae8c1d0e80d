import ChainTypes
import Primitives

/// What is known of one view.
struct Round: Sendable {
    /// Votes of one validator that conflict with its first ones are reported this often in a view.
    static let maximumAccusations = 4

    var proposal: Proposal?
    /// First vote of each validator, by kind.
    private var votes: [[Int: Vote]] = Array(repeating: [:], count: VoteKind.allCases.count)
    /// Later ballots of a validator that contradict its first, so that each is reported once.
    private var contradictions: [Int: [Ballot]] = [:]

    var notarization: Certificate?
    var nullification: Certificate?

    /// What this validator has said or is about to say.
    var own = OwnVotes()
    /// Whether the validity of the proposal was asked for.
    var validationAsked = false
    /// Whether the proposal was found invalid: then it is not passed on, only the leader's word for it.
    var isRefused = false
    /// Whether this view was not waited for, because its leader has been silent.
    var wasSkipped = false
    /// Whether the leader's vote for its block was sent on, because somebody voted for another.
    var hasSharedWord = false
    /// When something new was learned last, in milliseconds.
    var changedAt: UInt64 = 0

    struct OwnVotes: Sendable {
        var proposed = false
        var notarized = false
        var nullified = false
        var finalized = false

        mutating func mark(_ kind: VoteKind) {
            switch kind {
            case .propose: proposed = true
            case .notarize: notarized = true
            case .nullify: nullified = true
            case .finalize: finalized = true
            }
        }
    }

    /// Whether the view is over.
    var isDecided: Bool { notarization != nil || nullification != nil }

    /// Whether a vote says something new, true or contradictory.
    func wants(_ vote: Vote) -> Bool {
        guard let first = first(vote.ballot.kind, of: vote.validator) else { return true }
        let seen = contradictions[vote.validator] ?? []
        return first.ballot != vote.ballot && seen.count < Self.maximumAccusations && !seen.contains(vote.ballot)
    }

    /// Whether a vote is a validator's second word where it may have only one.
    func isContradicted(by vote: Vote) -> Bool {
        wants(vote) && VoteKind.allCases.contains { kind in first(kind, of: vote.validator).map { Evidence($0, vote) != nil } ?? false }
    }

    /// Keeps a vote unless the validator has voted in this kind already.
    /// - Returns: whether it was kept, and the proof of a contradiction the first time that it shows.
    mutating func insert(_ vote: Vote) -> (added: Bool, evidence: Evidence?) {
        guard wants(vote) else { return (false, nil) }
        let evidence = VoteKind.allCases.compactMap { first($0, of: vote.validator).flatMap { Evidence($0, vote) } }.first
        let added = first(vote.ballot.kind, of: vote.validator) == nil
        if added { votes[Int(vote.ballot.kind.rawValue)][vote.validator] = vote }
        if evidence != nil { contradictions[vote.validator, default: []].append(vote.ballot) }
        return (added, evidence)
    }

    func first(_ kind: VoteKind, of validator: Int) -> Vote? { votes[Int(kind.rawValue)][validator] }

    /// Votes of a kind in order of validators.
    func votes(_ kind: VoteKind) -> [Vote] {
        votes[Int(kind.rawValue)].values.sorted { $0.validator < $1.validator }
    }

    /// Bit i stands for validator i.
    func held(_ kind: VoteKind) -> UInt256 {
        votes[Int(kind.rawValue)].keys.reduce(.zero) { $0 | UInt256.one << $1 }
    }

    /// A certificate for a ballot, if its votes are a quorum.
    func certificate(for ballot: Ballot, in validators: ValidatorSet) -> Certificate? {
        let matching = votes(ballot.kind).filter { $0.ballot == ballot }
        let power = matching.reduce(0) { $0 + validators.validators[$1.validator].power }
        guard validators.isQuorum(power) else { return nil }
        return Certificate(ballot: ballot, shares: matching.map { .init(validator: $0.validator, signature: $0.signature) })
    }

    /// Drops what the certificates make superfluous, once the view is long over.
    mutating func compact() {
        guard isDecided else { return }
        for kind in [VoteKind.notarize, .nullify] { votes[Int(kind.rawValue)] = [:] }
        contradictions = [:]
    }
}

import ChainTypes
import Primitives

/// What is known of one view.
struct Round: Sendable {
    var proposal: Proposal?
    /// First vote of each validator, by kind.
    private var votes: [[Int: Vote]] = Array(repeating: [:], count: VoteKind.allCases.count)

    /// Formed certificates.
    var notarization: Certificate?
    var nullification: Certificate?

    /// What this validator has said or is about to say.
    var proposed = false
    var ownNotarize: Hash?
    var ownNullify = false
    var ownFinalize = false
    /// Whether validity of the proposal was asked for, and the answer.
    var validationAsked = false
    var invalid = false

    enum Insertion { case added, known, conflicting(Evidence) }

    mutating func insert(_ vote: Vote) -> Insertion {
        let index = Int(vote.ballot.kind.rawValue)
        if let first = votes[index][vote.validator] {
            return Evidence(first, vote).map { .conflicting($0) } ?? .known
        }
        for kind in VoteKind.allCases where kind != vote.ballot.kind {
            if let other = votes[Int(kind.rawValue)][vote.validator], let evidence = Evidence(other, vote) { return .conflicting(evidence) }
        }
        votes[index][vote.validator] = vote
        return .added
    }

    func has(_ kind: VoteKind, of validator: Int) -> Bool { votes[Int(kind.rawValue)][validator] != nil }

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
}

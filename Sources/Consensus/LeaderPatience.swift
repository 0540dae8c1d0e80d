import ChainTypes

/// Whose turn is not worth waiting for: one validator's own view of the others, never a matter of safety.
///
/// A leader that let two of its views in a row pass is skipped (the others nullify at once). It gets its
/// turns back when it speaks again after having been silent since before the first of them, or by a
/// block in one of the turns on probation that it keeps. When those to be skipped have a third of the
/// power, the network is to blame and nobody is skipped.
struct LeaderPatience: Sendable {
    static let maximumMisses = 2
    /// One round in this many is on probation; a cycle of the rotation has `LeaderSchedule.averageTurns` rounds, one less, so that
    /// the turns of everyone come to be on probation. Rounds are counted by view: all validators wait in the same ones.
    static let probationRounds = LeaderSchedule.averageTurns + 1

    private struct Standing: Sendable {
        var misses = 0
        var firstMissedView: UInt64 = 0
        var lastSpokenView: UInt64 = 0

        var isBenched: Bool { misses >= LeaderPatience.maximumMisses }
    }

    private let validators: ValidatorSet
    private let viewsPerRound: UInt64
    private var standings: [Standing]

    init(validators: ValidatorSet, viewsPerCycle: UInt64) {
        (self.validators, viewsPerRound) = (validators, max(1, viewsPerCycle / LeaderSchedule.averageTurns))
        standings = Array(repeating: Standing(), count: validators.count)
    }

    mutating func missed(_ leader: Int, in view: UInt64) {
        if standings[leader].misses == 0 { standings[leader].firstMissedView = view }
        standings[leader].misses += 1
    }

    mutating func delivered(_ leader: Int) { standings[leader].misses = 0 }

    /// Takes note of any vote.
    mutating func spoke(_ validator: Int, in view: UInt64) {
        let standing = standings[validator]
        if standing.isBenched, standing.lastSpokenView < standing.firstMissedView, view > standing.firstMissedView {
            standings[validator].misses = 0
        }
        standings[validator].lastSpokenView = max(standing.lastSpokenView, view)
    }

    /// Whether to nullify a view of this leader without waiting.
    func skips(_ leader: Int, in view: UInt64) -> Bool {
        guard standings[leader].isBenched, view / viewsPerRound % Self.probationRounds != 0 else { return false }
        let benched = zip(standings, validators.validators).reduce(0 as UInt64) { $1.0.isBenched ? $0 + $1.1.power : $0 }
        return 3 * benched < validators.totalPower
    }
}

import ChainTypes
import Primitives
import WorldState

/// The outcome of a vote in wei, and all wei that are bonded.
struct Tally: Equatable, Sendable {
    var yes, abstain, no, veto, bonded: UInt256

    enum Outcome { case passed, rejected, vetoed }

    /// - Parameters: fractions of 10^18.
    func outcome(quorum: UInt256, threshold: UInt256, vetoThreshold: UInt256) throws(NativeFailure) -> Outcome {
        let decided = try yes.plus(no).plus(veto)
        let all = try decided.plus(abstain)
        guard !all.isZero, try all.times(QST.one) >= quorum.times(bonded) else { return .rejected }
        if try veto.times(QST.one) > vetoThreshold.times(all) { return .vetoed }
        return try yes.times(QST.one) > threshold.times(decided) ? .passed : .rejected
    }
}

extension Governance {
    /// Adds a vote up. Every bonded wei votes once: as its delegator does, or else as its validator does unless that is jailed.
    static func tally(_ id: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> Tally {
        var wei = [UInt256](repeating: .zero, count: VoteOption.allCases.count)
        for validator in try Staking.validators.all(&state) {
            let (staked, votes) = (Staking.validator(validator), votes(id, for: validator))
            let shares = try staked.get(.shares, &state)
            let deducted = try votes.get(.deducted, &state)
            let inherited = try staked.flag(.isJailed, &state) ? .none : try ballot(id, validator, &state)
            guard !deducted.isZero || (inherited != .none && !shares.isZero) else { continue }
            let (tokens, rest) = (try staked.get(.tokens, &state), try shares.minus(deducted))
            for (place, option) in VoteOption.allCases.enumerated() {
                let sum = try votes.get(TallyField(option), &state).plus(try rest.times(UInt256(inherited[option])))
                // Whole shares first, so that the product fits: what is lost is less than two shares.
                wei[place] = try wei[place].plus(try sum.divided(by: QST.one).quotient.scaled(tokens, over: shares))
            }
        }
        let bonded = try state.load(Staking.bondedSlot, of: Staking.address)
        return Tally(yes: wei[0], abstain: wei[1], no: wei[2], veto: wei[3], bonded: bonded)
    }

    static func write(_ tally: Tally, of id: UInt64, _ state: inout some ContractState) throws(NativeFailure) {
        let record = proposal(id)
        try record.set(.yes, tally.yes, &state)
        try record.set(.abstain, tally.abstain, &state)
        try record.set(.no, tally.no, &state)
        try record.set(.veto, tally.veto, &state)
        try record.set(.bonded, tally.bonded, &state)
    }

    /// The tally as it would be now while the vote runs, afterwards as it was at the end.
    static func presentTally(_ id: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> Tally {
        if try requireProposal(id, &state) == .voting { return try tally(id, &state) }
        let record = proposal(id)
        return Tally(
            yes: try record.get(.yes, &state), abstain: try record.get(.abstain, &state), no: try record.get(.no, &state),
            veto: try record.get(.veto, &state), bonded: try record.get(.bonded, &state))
    }
}

import Primitives
import WorldState

/// What delegations have together, of each validator.
struct DelegationSums {
    private struct Sum {
        var shares = UInt256.zero
        /// Wei that delegators could withdraw.
        var due = UInt256.zero
        var count: UInt64 = 0
    }

    /// In the order of `EconomyAccounts.validators`.
    private var sums: [Sum]
    private var leaving = UInt256.zero

    init(_ accounts: EconomyAccounts?) { sums = Array(repeating: Sum(), count: accounts?.validators.count ?? 0) }

    mutating func add(
        _ delegations: ArraySlice<EconomyAccounts.Delegation>, _ accounts: EconomyAccounts, _ hook: inout HookState
    ) throws(NativeFailure) {
        for delegation in delegations {
            let (delegator, validator) = (delegation.delegator, delegation.validator)
            guard let place = accounts.place(validator) else { continue }
            sums[place].shares = sums[place].shares + (try Staking.shares(delegator, validator, &hook))
            sums[place].due = sums[place].due + (try Distribution.rewards(delegator, validator, &hook))
            sums[place].count += 1
            let entries = Staking.unbonding(delegator, validator)
            for index in 0..<(try entries.count(&hook)) { leaving = leaving + (try entries.at(index).get(.tokens, &hook)) }
        }
    }

    func check(_ accounts: EconomyAccounts, _ hook: inout HookState, _ faults: inout [String]) throws(NativeFailure) {
        for (validator, sum) in zip(accounts.validators, sums) {
            let all = try Staking.validator(validator).get(.shares, &hook)
            if sum.shares != all { faults.append("delegations to \(validator) have \(sum.shares) shares of \(all)") }
            let reward = Distribution.validator(validator)
            let due = sum.due + (try reward.get(.commissionDue, &hook)) >> Distribution.factorBits
            let outstanding = try reward.get(.outstanding, &hook)
            guard due <= outstanding else {
                faults.append("\(validator) owes \(due) wei of \(outstanding)")
                continue
            }
            try checkDust(outstanding - due, validator, delegations: sum.count, blocks: accounts.blocks, &hook, &faults)
        }
        let sum = try hook.load(Staking.unbondingSlot, of: Staking.address)
        if leaving != sum { faults.append("\(leaving) wei are leaving, \(sum) are on record") }
    }

    /// Each amount that is due is rounded down once; each close rounds up once; and in each block at most once the earnings
    /// are divided by the shares, which loses less than 2^-96 wei a share, times the period's factor.
    private func checkDust(
        _ dust: UInt256, _ validator: Address, delegations: UInt64, blocks: UInt64, _ hook: inout HookState, _ faults: inout [String]
    ) throws(NativeFailure) {
        let periods = try Distribution.validator(validator).number(.periods, &hook)
        let each = UInt256(delegations) + UInt256(periods) + UInt256(2)
        // Shares may have been more than now, but they are below this.
        let division = UInt256(blocks) * (Staking.maximumShares >> Distribution.shareBits)
        guard dust > each + division else { return }
        var largest = UInt256.one
        for period in 0..<periods {
            let factor = try Distribution.closed(validator, period + 1).get(.factor, &hook) >> Distribution.factorBits
            largest = max(largest, factor + .one)
        }
        if dust > each + division * largest { faults.append("\(dust) wei of \(validator) belong to nobody") }
    }
}

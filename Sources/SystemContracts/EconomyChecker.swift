import ChainTypes
import Primitives
import WorldState

/// Adds the economy up over a whole state: for tests, simulation and nodes that are told to. Costs a read for everything
/// that it looks at, so it needs to be told the accounts of interest.
public struct EconomyChecker: Sendable {
    /// Every account that ever delegated, in any order; nil leaves out what must be added over delegators.
    public var delegators: [Address]?

    public init(delegators: [Address]? = nil) { self.delegators = delegators }

    /// What does not add up; empty for a sound state. Valid between blocks and between transactions.
    public func faults(in state: inout WorldState) throws(StateError) -> [String] {
        try HookState.run(seconds: 0, height: 0, in: &state) { (hook) throws(NativeFailure) in
            var faults: [String] = []
            try checkStakes(&hook, &faults)
            try checkRewards(&hook, &faults)
            try checkGovernance(&hook, &faults)
            if let delegators { try checkDelegators(delegators, &hook, &faults) }
            return faults
        }
    }

    private func checkStakes(_ hook: inout HookState, _ faults: inout [String]) throws(NativeFailure) {
        var tokens = UInt256.zero
        for validator in try Staking.validators.all(&hook) { tokens = tokens + (try Staking.validator(validator).get(.tokens, &hook)) }
        let bonded = try hook.load(Staking.bondedSlot, of: Staking.address)
        if tokens != bonded { faults.append("validators have \(tokens) wei, \(bonded) are bonded") }
        let (leaving, nodes) = (
            try hook.load(Staking.unbondingSlot, of: Staking.address), try hook.load(Staking.nodeStakeSlot, of: Staking.address)
        )
        let (balance, sum) = (try hook.balance(Staking.address), bonded + leaving + nodes)
        // Wei that somebody forced into the contract belong to nobody.
        if balance < sum { faults.append("staking holds \(balance) wei and owes \(sum)") }
    }

    private func checkRewards(_ hook: inout HookState, _ faults: inout [String]) throws(NativeFailure) {
        let ledger = Distribution.ledger
        var owed = UInt256.zero
        let pools: [Ledger] = [.communityPool, .reserve, .buyback, .operations, .validatorsPool, .emissionRest, .nodeRest]
        for pool in pools { owed = owed + (try ledger.get(pool, &hook)) }
        let index = try ledger.get(.emissionIndex, &hook)
        var active = UInt256.zero
        for validator in try Staking.validators.all(&hook) {
            let record = Distribution.validator(validator)
            owed = owed + (try record.get(.accrued, &hook)) + (try record.get(.outstanding, &hook))
            guard try record.flag(.isActive, &hook) else { continue }
            active = active + .one
            owed = owed + index - (try record.get(.mark, &hook))
        }
        if active != (try ledger.get(.activeValidators, &hook)) { faults.append("the number of active validators is wrong") }
        let (accounted, balance) = (try ledger.get(.accounted, &hook), try hook.balance(Distribution.address))
        if balance < accounted { faults.append("distribution holds \(balance) wei and accounts for \(accounted)") }
        if owed > accounted { faults.append("distribution owes \(owed) wei and accounts for \(accounted)") }
    }

    private func checkGovernance(_ hook: inout HookState, _ faults: inout [String]) throws(NativeFailure) {
        let (count, sum) = (try Governance.numbers.number(.proposals, &hook), try Governance.numbers.get(.deposits, &hook))
        var deposits = UInt256.zero
        for id in 0..<count { deposits = deposits + (try Governance.proposal(id + 1).get(.deposit, &hook)) }
        if deposits != sum { faults.append("proposals hold \(deposits) wei, \(sum) are on record") }
        let balance = try hook.balance(Governance.address)
        if balance < sum { faults.append("governance holds \(balance) wei and owes \(sum)") }
        for id in try Governance.voting.ids(&hook) {
            for validator in try Staking.validators.all(&hook) {
                let votes = Governance.votes(id, for: validator)
                let (deducted, shares) = (try votes.get(.deducted, &hook), try Staking.validator(validator).get(.shares, &hook))
                var weighted = UInt256.zero
                for option in VoteOption.allCases { weighted = weighted + (try votes.get(TallyField(option), &hook)) }
                if weighted != deducted * QST.one || deducted > shares {
                    faults.append("the votes on proposal \(id) for \(validator) do not add up")
                }
            }
        }
    }

    private func checkDelegators(_ delegators: [Address], _ hook: inout HookState, _ faults: inout [String]) throws(NativeFailure) {
        var leaving = UInt256.zero
        for validator in try Staking.validators.all(&hook) {
            let reward = Distribution.validator(validator)
            var (shares, due) = (UInt256.zero, try reward.get(.commissionDue, &hook) >> Distribution.factorBits)
            for delegator in delegators {
                shares = shares + (try Staking.shares(delegator, validator, &hook))
                due = due + (try Distribution.rewards(delegator, validator, &hook))
                let entries = Staking.unbonding(delegator, validator)
                for index in 0..<(try entries.count(&hook)) { leaving = leaving + (try entries.at(index).get(.tokens, &hook)) }
            }
            let all = try Staking.validator(validator).get(.shares, &hook)
            if shares != all { faults.append("delegations to \(validator) have \(shares) shares of \(all)") }
            let outstanding = try reward.get(.outstanding, &hook)
            if due > outstanding { faults.append("\(validator) owes \(due) wei of \(outstanding)") }
            let dust = outstanding - min(due, outstanding)
            // A wei for each amount that was rounded down.
            if dust > UInt256(UInt64(delegators.count + 1)) * (try reward.get(.periods, &hook) + .one) + UInt256(10_000) {
                faults.append("\(dust) wei of \(validator) belong to nobody")
            }
        }
        let sum = try hook.load(Staking.unbondingSlot, of: Staking.address)
        if leaving > sum { faults.append("\(leaving) wei are leaving, \(sum) are on record") }
    }
}

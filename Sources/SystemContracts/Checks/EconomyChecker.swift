import ChainTypes
import Primitives
import WorldState

/// Adds the economy up over a state: for tests, simulation and nodes that are told to.
public struct EconomyChecker: Sendable {
    /// Who has anything at stake; nil leaves out what must be added over delegations and nodes.
    public var accounts: EconomyAccounts?

    public init(accounts: EconomyAccounts? = nil) { self.accounts = accounts }

    /// What does not add up; empty for a sound state. Valid between blocks and between transactions.
    public func faults(in state: inout WorldState) throws(StateError) -> [String] {
        var sums = DelegationSums(accounts)
        try HookState.run(seconds: 0, height: 0, in: &state) { (hook) throws(NativeFailure) in
            if let accounts { try sums.add(accounts.delegations[...], accounts, &hook) }
        }
        return try faults(sums, in: &state)
    }

    /// The same for a state on disk of any size: what has been read of delegations is forgotten again and again.
    public func faults(of state: TrieState) throws(StateError) -> [String] {
        var sums = DelegationSums(accounts)
        if let accounts {
            for start in stride(from: 0, to: accounts.delegations.count, by: 4096) {
                var world = WorldState(reader: state)
                let part = accounts.delegations[start..<min(start + 4096, accounts.delegations.count)]
                try HookState.run(seconds: 0, height: 0, in: &world) { (hook) throws(NativeFailure) in try sums.add(part, accounts, &hook) }
                try world.check()
            }
        }
        var world = WorldState(reader: state)
        return try faults(sums, in: &world)
    }

    private func faults(_ sums: DelegationSums, in state: inout WorldState) throws(StateError) -> [String] {
        let faults = try HookState.run(seconds: 0, height: 0, in: &state) { (hook) throws(NativeFailure) in
            var faults: [String] = []
            try checkStakes(&hook, &faults)
            try checkRewards(&hook, &faults)
            try checkTurns(&hook, &faults)
            try checkGovernance(&hook, &faults)
            try checkChallenges(&hook, &faults)
            guard let accounts else { return faults }
            try sums.check(accounts, &hook, &faults)
            try checkNodes(accounts, &hook, &faults)
            try checkVesting(accounts, &hook, &faults)
            return faults
        }
        try state.check()
        return faults
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
        // A validator that was taken off the list may still owe what delegators have not called for.
        let validators = if let accounts { accounts.validators } else { try Staking.validators.all(&hook) }
        for validator in validators {
            let record = Distribution.validator(validator)
            owed = owed + (try record.get(.accrued, &hook)) + (try record.get(.outstanding, &hook))
            guard try record.flag(.isActive, &hook) else { continue }
            active = active + .one
            owed = owed + index - (try record.get(.mark, &hook))
        }
        if active != (try ledger.get(.activeValidators, &hook)) { faults.append("the number of active validators is wrong") }
        let (accounted, balance) = (try ledger.get(.accounted, &hook), try hook.balance(Distribution.address))
        if balance < accounted { faults.append("distribution holds \(balance) wei and accounts for \(accounted)") }
        if let accounts {
            owed = owed + (try owedToNodes(accounts, &hook))
            if owed != accounted { faults.append("distribution owes \(owed) wei and accounts for \(accounted)") }
        } else if owed > accounted {
            faults.append("distribution owes \(owed) wei and accounts for \(accounted)")
        }
    }

    /// The period's revenue is divided by all turns: turns of somebody whom its close passes over would be counted twice.
    private func checkTurns(_ hook: inout HookState, _ faults: inout [String]) throws(NativeFailure) {
        let validators = if let accounts { accounts.validators } else { try Staking.validators.all(&hook) }
        var delivered = UInt256.zero
        for validator in validators { delivered = try delivered.plus(try Distribution.validator(validator).get(.delivered, &hook)) }
        let turns = try Distribution.ledger.get(.turns, &hook)
        if delivered != turns { faults.append("validators have delivered \(delivered) turns of \(turns) in the period") }
    }

    private func owedToNodes(_ accounts: EconomyAccounts, _ hook: inout HookState) throws(NativeFailure) -> UInt256 {
        let index = try Distribution.ledger.get(.nodeIndex, &hook)
        var owed = UInt256.zero
        for node in accounts.nodes {
            let record = Distribution.node(node)
            owed = owed + (try record.get(.due, &hook)) + (try record.get(.carried, &hook))
            if try record.flag(.isActive, &hook) { owed = owed + index - (try record.get(.mark, &hook)) }
        }
        return owed
    }

    private func checkNodes(_ accounts: EconomyAccounts, _ hook: inout HookState, _ faults: inout [String]) throws(NativeFailure) {
        var (stakes, active) = (UInt256.zero, UInt256.zero)
        for node in accounts.nodes {
            stakes = stakes + (try Staking.node(node).get(.stake, &hook))
            if try Distribution.node(node).flag(.isActive, &hook) { active = active + .one }
        }
        let sum = try hook.load(Staking.nodeStakeSlot, of: Staking.address)
        if stakes != sum { faults.append("encryption nodes have \(stakes) wei at stake, \(sum) are on record") }
        if active != (try Distribution.ledger.get(.activeNodes, &hook)) { faults.append("the number of active encryption nodes is wrong") }
    }

    private func checkVesting(_ accounts: EconomyAccounts, _ hook: inout HookState, _ faults: inout [String]) throws(NativeFailure) {
        var owed = UInt256.zero
        for beneficiary in accounts.beneficiaries {
            let sums = try Vesting.sums(beneficiary, &hook)
            guard sums.claimed <= sums.all else {
                faults.append("\(beneficiary) has claimed \(sums.claimed) wei of \(sums.all)")
                continue
            }
            owed = owed + sums.all - sums.claimed
        }
        let balance = try hook.balance(Vesting.address)
        if balance < owed { faults.append("vesting holds \(balance) wei and owes \(owed)") }
    }
}

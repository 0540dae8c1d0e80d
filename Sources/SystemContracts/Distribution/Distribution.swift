import ChainTypes
import Primitives
import WorldState

/// `0x…0801`: holds emission, revenue, unclaimed rewards and the pools, and divides them.
///
/// Emission is counted per active node by one index, and inside a validator per share by another (F1), so that a block,
/// a delegation and a slash cost the same whatever the number of delegations. What a validator earned in a period becomes
/// free at the period's close, multiplied by one factor: the part that its uptime leaves of the emission, and its part of
/// the period's revenue by the turns that it delivered. Revenue thus goes by stake and time like emission: whoever joins
/// just before a close gets the part of that moment. Amounts per share have 96, factors 64 binary places, and their products
/// are kept whole: when somebody touches a delegation makes no difference to a wei.
public enum Distribution: SystemContract {
    public static let address = SystemContracts.distribution
    static let shareBits = 96
    static let factorBits = 64
    /// Of what is due to delegators.
    static let wholeBits = 160

    // MARK: Accruing

    /// Brings a validator's rewards up to now. Everything on which the division depends — shares, commission, being
    /// active — calls this before it changes.
    static func settle(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) {
        let record = self.validator(validator)
        guard try record.flag(.isActive, &state) else { return }
        let index = try ledger.get(.emissionIndex, &state)
        let earned = try index.minus(try record.get(.mark, &state))
        guard !earned.isZero else { return }
        try record.set(.mark, index, &state)
        try record.add(.accrued, earned, &state)
        let (commission, perShare) = try division(of: earned, validator, &state)
        try record.add(.commission, commission, &state)
        if let perShare { try record.add(.perShare, perShare, &state) }
    }

    /// What of earnings is the validator's commission, and what comes to a share; nil where there are none to share with.
    static func division(
        of earned: UInt256, _ validator: Address, _ state: inout some ContractState
    ) throws(NativeFailure) -> (commission: UInt256, perShare: UInt256?) {
        let staked = Staking.validator(validator)
        let shares = try staked.get(.shares, &state)
        guard !shares.isZero else { return (earned, nil) }
        let commission = try earned.fraction(try staked.get(.commission, &state))
        return (commission, try (try earned.minus(commission) << shareBits).divided(by: shares).quotient)
    }

    /// Gives a delegation what it has earned up to now by its old shares.
    static func sharesWillChange(
        _ delegator: Address, _ validator: Address, old shares: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) {
        try settle(validator, &state)
        try roll(delegator, validator, shares: shares, &state)
        let record = delegation(delegator, validator)
        let now = try self.validator(validator).get(.perShare, &state)
        try record.add(.carried, try shares.times(try now.minus(try record.get(.perShare, &state))), &state)
        try record.set(.perShare, now, &state)
    }

    /// Makes free what the periods gave that were closed since a delegation was touched.
    static func roll(
        _ delegator: Address, _ validator: Address, shares: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) {
        let record = delegation(delegator, validator)
        let (first, periods) = (try record.number(.periods, &state), try self.validator(validator).number(.periods, &state))
        guard first < periods else { return }
        let carried = try record.get(.carried, &state)
        if !shares.isZero || !carried.isZero {
            let close = closed(validator, first &+ 1)
            let rest = try shares.times(try close.get(.perShare, &state).minus(try record.get(.perShare, &state)))
            let inFirst = try carried.plus(rest).times(try close.get(.factor, &state))
            let later = try closed(validator, periods).get(.settled, &state).minus(try close.get(.settled, &state))
            try record.add(.due, try inFirst.plus(try shares.times(later)), &state)
            try record.set(.carried, .zero, &state)
        }
        try record.set(.periods, UInt256(periods), &state)
        try record.set(.perShare, .zero, &state)
    }

    // MARK: Being active

    static func activate(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) {
        let record = self.validator(validator)
        guard !(try record.flag(.isActive, &state)) else { return }
        try record.set(.isActive, .one, &state)
        try record.set(.mark, try ledger.get(.emissionIndex, &state), &state)
        try ledger.add(.activeValidators, .one, &state)
    }

    static func deactivate(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) {
        let record = self.validator(validator)
        guard try record.flag(.isActive, &state) else { return }
        try settle(validator, &state)
        try record.set(.isActive, .zero, &state)
        try ledger.subtract(.activeValidators, .one, &state)
    }

    // MARK: Encryption nodes

    /// Brings a node's rewards up to now.
    static func settleNode(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) {
        let record = self.node(node)
        let isActive = try record.flag(.isActive, &state)
        let (first, now) = (try record.number(.period, &state), try ledger.number(.period, &state))
        var mark = try record.get(.mark, &state)
        var carried = try record.get(.carried, &state)
        if first < now {
            var later = UInt256.zero
            if isActive {
                let close = try nodeIndex(atCloseOf: first).get(&state)
                let last = try nodeIndex(atCloseOf: now &- 1).get(&state)
                carried = try carried.plus(close.minus(mark))
                (later, mark) = (try last.minus(close), last)
            }
            let lost = try carried.fraction(try record.get(.downtime, &state))
            try ledger.add(.communityPool, lost, &state)
            try record.add(.due, try later.plus(try carried.minus(lost)), &state)
            try record.set(.downtime, .zero, &state)
            try record.set(.period, UInt256(now), &state)
            carried = .zero
        }
        if isActive {
            let index = try ledger.get(.nodeIndex, &state)
            carried = try carried.plus(index.minus(mark))
            mark = index
        }
        try record.set(.carried, carried, &state)
        try record.set(.mark, mark, &state)
    }

    static func activateNode(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) {
        guard !(try self.node(node).flag(.isActive, &state)) else { return }
        try settleNode(node, &state)
        try self.node(node).set(.isActive, .one, &state)
        try self.node(node).set(.mark, try ledger.get(.nodeIndex, &state), &state)
        try ledger.add(.activeNodes, .one, &state)
    }

    static func deactivateNode(_ node: Address, _ state: inout some ContractState) throws(NativeFailure) {
        guard try self.node(node).flag(.isActive, &state) else { return }
        try settleNode(node, &state)
        try self.node(node).set(.isActive, .zero, &state)
        try ledger.subtract(.activeNodes, .one, &state)
    }

    /// Says which part of 10^18 of the present period's rewards a node loses; the largest that is said counts.
    public static func reportDowntime(_ node: Address, fraction: UInt256, _ state: inout some ContractState) throws(NativeFailure) {
        guard fraction <= QST.one else { throw .revert("more than the whole cannot be lost") }
        try settleNode(node, &state)
        try self.node(node).set(.downtime, max(fraction, try self.node(node).get(.downtime, &state)), &state)
    }

    // MARK: Wei in and out

    /// Moves wei that another system contract took into the community pool.
    static func receiveForCommunity(_ wei: UInt256, from contract: Address, _ state: inout some ContractState) throws(NativeFailure) {
        guard !wei.isZero else { return }
        try state.pay(wei, to: address, from: contract)
        try ledger.add(.accounted, wei, &state)
        try ledger.add(.communityPool, wei, &state)
    }

    static func payOut(_ wei: UInt256, to account: Address, _ state: inout some ContractState) throws(NativeFailure) {
        guard !wei.isZero else { return }
        try ledger.subtract(.accounted, wei, &state)
        try state.pay(wei, to: account, from: address)
    }

    /// Where an account's rewards go.
    static func receiver(_ account: Address, _ state: inout some ContractState) throws(NativeFailure) -> Address {
        let word = try state.load(withdrawSlot(account), of: address)
        return word.isZero ? account : Address(word)
    }

    /// Spends from the community pool: for governance.
    public static func spendCommunityPool(_ wei: UInt256, to account: Address, _ state: inout some ContractState) throws(NativeFailure) {
        guard try wei <= ledger.get(.communityPool, &state) else { throw .revert("the community pool is smaller than the amount") }
        try ledger.subtract(.communityPool, wei, &state)
        try payOut(wei, to: account, &state)
    }

    /// Burns from the buyback reserve: for governance. The wei cease to exist.
    public static func burnBuyback(_ wei: UInt256, _ state: inout some ContractState) throws(NativeFailure) {
        guard try wei <= ledger.get(.buyback, &state) else { throw .revert("the buyback reserve is smaller than the amount") }
        try ledger.subtract(.buyback, wei, &state)
        try ledger.subtract(.accounted, wei, &state)
        try ledger.add(.burned, wei, &state)
        try state.burn(wei, from: address)
    }
}

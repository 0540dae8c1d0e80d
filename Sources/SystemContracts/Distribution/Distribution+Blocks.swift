import ChainTypes
import Primitives
import WorldState

// What happens at the end of blocks and of reward periods.
extension Distribution {
    /// A reward period's number; wei of revenue that its validators got; turns that they delivered.
    static let periodClosed = ABI.topic("ClosePeriod(uint256,uint256,uint256)")

    /// Makes a block's emission, divides what has come in, counts turns, and closes the period when its time is over. What is
    /// refused of it is left out: revenue waits for the next block, emission of the block's time is not made.
    static func endBlock(_ facts: BlockFacts, _ hook: inout HookState) throws(NativeFailure) {
        try hook.attempt(.revenue, divideRevenue)
        try hook.attempt(.emission) { (hook) throws(NativeFailure) in try emit(facts, &hook) }
        try hook.attempt(.turns) { (hook) throws(NativeFailure) in try count(facts, &hook) }
        let end = try ledger.number(.periodStart, &hook).later(by: try Parameters.number(.rewardPeriodMilliseconds, &hook))
        guard facts.timeMilliseconds >= end else { return }
        try hook.attempt(.period) { (hook) throws(NativeFailure) in try closePeriod(at: facts.timeMilliseconds, &hook) }
    }

    /// Divides wei that came into the contract since the block before: fees of transactions and of key requests.
    private static func divideRevenue(_ hook: inout HookState) throws(NativeFailure) {
        let balance = try hook.balance(address)
        let revenue = try balance.minus(try ledger.get(.accounted, &hook))
        guard !revenue.isZero else { return }
        try ledger.set(.accounted, balance, &hook)
        let validators = try revenue.fraction(try Parameters.get(.validatorsShare, &hook))
        let nodes = try revenue.fraction(try Parameters.get(.nodesShare, &hook))
        let kept = try revenue.fraction(try Parameters.get(.reserveShare, &hook))
        let buyback = try kept.fraction(try Parameters.get(.buybackShare, &hook))
        try ledger.add(.validatorsPool, validators, &hook)
        try ledger.add(.buyback, buyback, &hook)
        try ledger.add(.reserve, try kept.minus(buyback), &hook)
        try ledger.add(.operations, try revenue.minus(validators).minus(nodes).minus(kept), &hook)
        // What no node is there to receive waits for one.
        let waiting = try ledger.get(.nodeRest, &hook).plus(nodes)
        let count = try ledger.get(.activeNodes, &hook)
        guard !count.isZero else { return try ledger.set(.nodeRest, waiting, &hook) }
        let (each, rest) = try waiting.divided(by: count)
        try ledger.add(.nodeIndex, each, &hook)
        try ledger.set(.nodeRest, rest, &hook)
    }

    private static func emit(_ facts: BlockFacts, _ hook: inout HookState) throws(NativeFailure) {
        let start = facts.genesisTimeMilliseconds
        let minted = try Emission.between(
            facts.parentTimeMilliseconds.since(start), facts.timeMilliseconds.since(start), supply: try supply(&hook),
            lateRate: try Parameters.get(.lateEmissionRate, &hook))
        try hook.mint(minted, to: address)
        try ledger.add(.accounted, minted, &hook)
        try ledger.add(.emitted, minted, &hook)
        let nodes = try ledger.get(.activeNodes, &hook)
        let count = try ledger.get(.activeValidators, &hook).plus(nodes)
        let waiting = try ledger.get(.emissionRest, &hook).plus(minted)
        guard !count.isZero else { return try ledger.set(.emissionRest, waiting, &hook) }
        let (each, rest) = try waiting.divided(by: count)
        try ledger.add(.emissionIndex, each, &hook)
        if !nodes.isZero { try ledger.add(.nodeIndex, each, &hook) }
        try ledger.set(.emissionRest, rest, &hook)
    }

    static func supply(_ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        try ledger.get(.genesisSupply, &state).plus(try ledger.get(.emitted, &state)).minus(try ledger.get(.burned, &state))
    }

    /// Of who is not on the list nothing is counted: only what is on it is closed with the period.
    private static func count(_ facts: BlockFacts, _ hook: inout HookState) throws(NativeFailure) {
        if try Staking.validators.contains(facts.proposer, &hook) {
            try validator(facts.proposer).add(.delivered, .one, &hook)
            try ledger.add(.turns, .one, &hook)
        }
        for leader in facts.missed where try Staking.validators.contains(leader, &hook) {
            try validator(leader).add(.missed, .one, &hook)
        }
    }

    /// What all validators' closes are computed from.
    private struct Closing {
        /// Wei of revenue, and the turns that it goes by.
        let pool, turns: UInt256
        let threshold: UInt256
        /// Wei of the pool that nobody has got yet: whatever the turns say, no more is given.
        var left: UInt256
    }

    private static func closePeriod(at time: UInt64, _ hook: inout HookState) throws(NativeFailure) {
        let pool = try ledger.get(.validatorsPool, &hook)
        var closing = Closing(
            pool: pool, turns: try ledger.get(.turns, &hook), threshold: try Parameters.get(.uptimeThreshold, &hook), left: pool)
        for validator in try Staking.validators.all(&hook) {
            let turns = try takeTurns(validator, &hook)
            // Who cannot be closed keeps what it has earned for the next close; its part of the pool stays.
            let given = try hook.attempt(.period) { (hook) throws(NativeFailure) in try close(validator, turns, closing, &hook) }
            closing.left = try closing.left.minus(given ?? .zero)
        }
        try ledger.set(.validatorsPool, closing.left, &hook)
        try ledger.set(.turns, .zero, &hook)
        let period = try ledger.number(.period, &hook)
        let paid = Hash(try pool.minus(closing.left))
        try hook.emit(topics: [periodClosed, Hash(period)], data: paid.bytes + Hash(closing.turns).bytes, of: address)
        try nodeIndex(atCloseOf: period).set(try ledger.get(.nodeIndex, &hook), &hook)
        try ledger.set(.period, UInt256(period &+ 1), &hook)
        try ledger.set(.periodStart, UInt256(time), &hook)
    }

    /// A validator's turns in the period that ends: those of the next count from zero.
    private static func takeTurns(
        _ validator: Address, _ hook: inout HookState
    ) throws(NativeFailure) -> (delivered: UInt256, missed: UInt256) {
        let record = self.validator(validator)
        let turns = (delivered: try record.get(.delivered, &hook), missed: try record.get(.missed, &hook))
        try record.set(.delivered, .zero, &hook)
        try record.set(.missed, .zero, &hook)
        return turns
    }

    /// Closes a validator's period; returns its part of the pool.
    private static func close(
        _ validator: Address, _ turns: (delivered: UInt256, missed: UInt256), _ closing: Closing, _ hook: inout HookState
    ) throws(NativeFailure) -> UInt256 {
        try settle(validator, &hook)
        let record = self.validator(validator)
        let earned = try record.get(.accrued, &hook)
        // Who was suspended for the whole period earned nothing, whatever turns it had; its part stays in the pool.
        guard !earned.isZero else { return .zero }
        let (delivered, all) = (turns.delivered, try turns.delivered.plus(turns.missed))
        let isUp = try delivered.times(QST.one) >= closing.threshold.times(all)
        let kept = isUp ? earned : try earned.scaled(delivered, over: all)
        let part = closing.turns.isZero ? .zero : try closing.pool.scaled(delivered, over: closing.turns)
        let revenue = min(part, closing.left)
        let factor = try (try kept.plus(revenue) << factorBits).divided(by: earned).quotient
        let given = try earned.scaledUp(factor, over: .one << factorBits)
        try ledger.add(.communityPool, try earned.plus(revenue).minus(given), &hook)
        try record.add(.outstanding, given, &hook)
        try write(validator, factor: factor, &hook)
        return revenue
    }

    private static func write(_ validator: Address, factor: UInt256, _ hook: inout HookState) throws(NativeFailure) {
        let record = self.validator(validator)
        let period = try record.number(.periods, &hook) &+ 1
        let perShare = try record.get(.perShare, &hook)
        try record.add(.settled, try perShare.times(factor), &hook)
        let close = closed(validator, period)
        try close.set(.perShare, perShare, &hook)
        try close.set(.factor, factor, &hook)
        try close.set(.settled, try record.get(.settled, &hook), &hook)
        try record.add(.commissionDue, try record.get(.commission, &hook).times(factor), &hook)
        try record.set(.accrued, .zero, &hook)
        try record.set(.perShare, .zero, &hook)
        try record.set(.commission, .zero, &hook)
        try record.set(.periods, UInt256(period), &hook)
    }
}

extension HookState {
    mutating func balance(_ account: Address) throws(NativeFailure) -> UInt256 {
        do { return try state.balance(account) } catch { throw .state(error) }
    }

    /// Makes wei.
    mutating func mint(_ wei: UInt256, to account: Address) throws(NativeFailure) {
        guard !wei.isZero else { return }
        do { try state.credit(account, wei) } catch { throw .state(error) }
    }
}

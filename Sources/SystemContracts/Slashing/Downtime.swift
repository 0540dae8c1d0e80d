import ChainTypes
import Primitives
import WorldState

// Turns that validators deliver and miss. The reward period's factor is the distribution contract's; here is who is suspended.
extension Slashing {
    /// Counts the turns of a block, and suspends those that have missed too many.
    static func countTurns(_ facts: BlockFacts, _ hook: inout HookState) throws(NativeFailure) {
        let part = try currentPart(atMilliseconds: facts.timeMilliseconds, &hook)
        try hook.attempt(.turns) { (hook) throws(NativeFailure) in try countDelivered(facts.proposer, part: part, &hook) }
        for leader in facts.missed {
            try hook.attempt(.turns) { (hook) throws(NativeFailure) in try countMissed(leader, part: part, &hook) }
        }
    }

    private static func countDelivered(_ proposer: Address, part: UInt64, _ hook: inout HookState) throws(NativeFailure) {
        guard try begin(proposer, &hook) else { return }
        var turns = try turns(proposer, part: part, &hook)
        turns.delivered &+= 1
        try set(turns, of: proposer, &hook)
        try signing(proposer).set(.missedInARow, .zero, &hook)
    }

    private static func countMissed(_ leader: Address, part: UInt64, _ hook: inout HookState) throws(NativeFailure) {
        guard try begin(leader, &hook) else { return }
        var turns = try turns(leader, part: part, &hook)
        turns.missed &+= 1
        try set(turns, of: leader, &hook)
        try signing(leader).add(.missedInARow, .one, &hook)
        try judge(leader, part: part, &hook)
    }

    /// Begins a validator's record where there is none. Of those that are suspended already nothing is counted.
    private static func begin(_ validator: Address, _ hook: inout HookState) throws(NativeFailure) -> Bool {
        guard !(try Staking.validator(validator).flag(.isJailed, &hook)) else { return false }
        if try signing(validator).get(.since, &hook).isZero { try signing(validator).set(.since, UInt256(hook.seconds), &hook) }
        return true
    }

    static func currentPart(atMilliseconds time: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> UInt64 {
        time / max(1, try Parameters.number(.downtimeWindowMilliseconds, &state) / parts)
    }

    /// All turns in the window that ends with a part.
    static func window(_ validator: Address, endingWith part: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> Turns {
        var sum = Turns(part: part)
        for each in part.since(parts &- 1)...part {
            let turns = try turns(validator, part: each, &state)
            sum.delivered = sum.delivered.later(by: turns.delivered)
            sum.missed = sum.missed.later(by: turns.missed)
        }
        return sum
    }

    private static func judge(_ validator: Address, part: UInt64, _ hook: inout HookState) throws(NativeFailure) {
        let record = signing(validator)
        if try record.get(.missedInARow, &hook) >= Parameters.get(.maximumMissedProposals, &hook) {
            return try suspend(validator, &hook)
        }
        let length = try Parameters.seconds(.downtimeWindowMilliseconds, &hook)
        guard hook.seconds.since(try record.number(.since, &hook)) >= length else { return }
        let turns = try window(validator, endingWith: part, &hook)
        let threshold = try Parameters.get(.downtimeThreshold, &hook)
        guard try UInt256(turns.delivered).times(QST.one) < threshold.times(UInt256(turns.total)) else { return }
        // What left during the outage pays too, unless it is free by now.
        let reach = min(length, try Parameters.seconds(.unbondingMilliseconds, &hook).since(1))
        // Who cannot be slashed is suspended all the same.
        try hook.attempt(.suspension) { (hook) throws(NativeFailure) in
            try Staking.slash(
                validator, fraction: try Parameters.get(.downtimeSlash, &hook), infractionAt: hook.seconds.since(reach), &hook)
        }
        try suspend(validator, &hook)
    }

    private static func suspend(_ validator: Address, _ hook: inout HookState) throws(NativeFailure) {
        let pause = try Parameters.seconds(.jailMilliseconds, &hook)
        try Staking.jail(validator, until: hook.seconds.later(by: pause), &hook)
    }

    /// Begins anew for a validator that comes back.
    static func forget(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) {
        for field in SigningField.allCases { try signing(validator).set(field, .zero, &state) }
        for part in 0..<parts { try set(Turns(part: part), of: validator, &state) }
    }
}

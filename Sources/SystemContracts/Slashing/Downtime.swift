import ChainTypes
import Primitives
import WorldState

// Turns that validators deliver and miss. The reward period's factor is the distribution contract's; here is who is suspended.
extension Slashing {
    /// Counts the turns of a block, and suspends those that have missed too many.
    static func countTurns(_ facts: BlockFacts, _ hook: inout HookState) throws(NativeFailure) {
        let part = try currentPart(atMilliseconds: facts.timeMilliseconds, &hook)
        if try begin(facts.proposer, &hook) {
            var turns = try turns(facts.proposer, part: part, &hook)
            turns.delivered += 1
            try set(turns, of: facts.proposer, &hook)
            try signing(facts.proposer).set(.missedInARow, .zero, &hook)
        }
        for leader in facts.missed where try begin(leader, &hook) {
            var turns = try turns(leader, part: part, &hook)
            turns.missed += 1
            try set(turns, of: leader, &hook)
            try signing(leader).add(.missedInARow, .one, &hook)
            try judge(leader, part: part, &hook)
        }
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
        for each in part + 1 - min(part + 1, parts)...part {
            let turns = try turns(validator, part: each, &state)
            (sum.delivered, sum.missed) = (sum.delivered + turns.delivered, sum.missed + turns.missed)
        }
        return sum
    }

    private static func judge(_ validator: Address, part: UInt64, _ hook: inout HookState) throws(NativeFailure) {
        let record = signing(validator)
        if try record.get(.missedInARow, &hook) >= Parameters.get(.maximumMissedProposals, &hook) {
            return try suspend(validator, &hook)
        }
        let length = try Parameters.seconds(.downtimeWindowMilliseconds, &hook)
        guard hook.seconds - min(hook.seconds, try record.number(.since, &hook)) >= length else { return }
        let turns = try window(validator, endingWith: part, &hook)
        let threshold = try Parameters.get(.downtimeThreshold, &hook)
        guard UInt256(turns.delivered) * QST.one < threshold * UInt256(turns.total) else { return }
        // What left during the outage pays too, unless it is free by now.
        let reach = min(length, try Parameters.seconds(.unbondingMilliseconds, &hook) - 1)
        try Staking.slash(
            validator, fraction: try Parameters.get(.downtimeSlash, &hook), infractionAt: hook.seconds - min(hook.seconds, reach), &hook)
        try suspend(validator, &hook)
    }

    private static func suspend(_ validator: Address, _ hook: inout HookState) throws(NativeFailure) {
        let pause = try Parameters.seconds(.jailMilliseconds, &hook)
        try Staking.jail(validator, until: hook.seconds + pause, &hook)
    }

    /// Begins anew for a validator that comes back.
    static func forget(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) {
        for field in SigningField.allCases { try signing(validator).set(field, .zero, &state) }
        for part in 0..<parts { try set(Turns(part: part), of: validator, &state) }
    }
}

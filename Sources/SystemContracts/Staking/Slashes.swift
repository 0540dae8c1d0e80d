import ChainTypes
import Primitives
import WorldState

// Penalties. The slashing contract and governance decide about them; here they are carried out.
extension Staking {
    static let slashed = ABI.topic("Slash(address,uint256,uint256)")
    static let jailed = ABI.topic("Jail(address,uint256)")
    static let tombstoned = ABI.topic("Tombstone(address)")
    static let unjailed = ABI.topic("Unjail(address)")

    /// Takes a fraction (of 10^18) of a validator's stake for a fault at a time in seconds, and of all that was bonded to it
    /// then and has begun to leave since. The wei go to the community pool. Costs the same whatever the number of delegations.
    /// - Throws: a revert where the fault is older than the unbonding time or lies in the future.
    public static func slash(
        _ validator: Address, fraction: UInt256, infractionAt: UInt64, _ state: inout some ContractState
    ) throws(NativeFailure) {
        try requireValidator(validator, &state)
        guard fraction <= QST.one else { throw .revert("more than the whole cannot be slashed") }
        let age = try Parameters.seconds(.unbondingMilliseconds, &state)
        guard infractionAt <= state.seconds, state.seconds.since(infractionAt) < age else { throw .revert("the fault is out of time") }
        let record = self.validator(validator)
        let tokens = try record.get(.tokens, &state)
        let taken = try tokens.fraction(fraction)
        try record.set(.tokens, try tokens.minus(taken), &state)
        try sum(bondedSlot, subtract: taken, &state)
        try slashes(validator).append([UInt256(infractionAt), fraction, taken, UInt256(state.seconds)], &state)
        try Distribution.receiveForCommunity(taken, from: address, &state)
        try state.emit(topics: [slashed, validator.padded], data: Hash(taken).bytes + Hash(infractionAt).bytes, of: address)
    }

    /// Suspends a validator: it earns nothing from now on, and is left out of the next set that is chosen.
    public static func jail(_ validator: Address, until: UInt64, _ state: inout some ContractState) throws(NativeFailure) {
        let record = self.validator(validator)
        try record.set(.isJailed, .one, &state)
        try record.set(.jailedUntil, UInt256(max(until, try record.number(.jailedUntil, &state))), &state)
        try Distribution.deactivate(validator, &state)
        try state.emit(topics: [jailed, validator.padded], data: Hash(until).bytes, of: address)
    }

    /// Removes a validator for good; its delegators can still leave.
    public static func tombstone(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) {
        try self.validator(validator).set(.isTombstoned, .one, &state)
        try jail(validator, until: .max, &state)
        try state.emit(topics: [tombstoned, validator.padded], data: [], of: address)
    }

    /// Lets a validator be chosen again once its time is over.
    public static func unjail(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) {
        let record = self.validator(validator)
        guard try record.flag(.isJailed, &state) else { throw .revert("the validator is not jailed") }
        guard !(try record.flag(.isTombstoned, &state)) else { throw .revert("the validator is removed for good") }
        guard try record.number(.jailedUntil, &state) <= state.seconds else { throw .revert("the validator is jailed for longer") }
        guard try balance(validator, validator, &state) >= Parameters.get(.minimumSelfStake, &state) else {
            throw .revert("the validator's own stake is below the minimum")
        }
        try record.set(.isJailed, .zero, &state)
        try Slashing.forget(validator, &state)
        try state.emit(topics: [unjailed, validator.padded], data: [], of: address)
    }

    /// What is left of wei that were bonded to a validator until `leftAt`, after the slashes from number `first` on that
    /// reach back before it.
    private static func afterSlashes(
        _ wei: UInt256, _ validator: Address, leftAt: UInt64, first: UInt64, count: UInt64, _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt256 {
        var left = wei
        for index in first..<max(first, count) {
            let slash = slashes(validator).at(index)
            guard try slash.number(.infractionAt, &state) <= leftAt else { continue }
            left = try left.minus(try left.fraction(try slash.get(.fraction, &state)))
        }
        return left
    }

    /// Takes the slashes that an unbonding entry has not paid yet.
    static func slashEntry(
        _ entry: Record<UnbondingField>, _ validator: Address, _ state: inout some ContractState
    ) throws(NativeFailure) {
        let (first, count) = (try entry.number(.slashes, &state), try slashes(validator).count(&state))
        guard first < count else { return }
        let wei = try entry.get(.tokens, &state)
        let left = try afterSlashes(
            wei, validator, leftAt: try entry.number(.createdAt, &state), first: first, count: count, &state)
        try entry.set(.slashes, UInt256(count), &state)
        try takeUnbonding(try wei.minus(left), from: entry, &state)
    }

    private static func takeUnbonding(
        _ wei: UInt256, from entry: Record<UnbondingField>, _ state: inout some ContractState
    ) throws(NativeFailure) {
        guard !wei.isZero else { return }
        try entry.subtract(.tokens, wei, &state)
        try sum(unbondingSlot, subtract: wei, &state)
        try Distribution.receiveForCommunity(wei, from: address, &state)
    }

    /// Takes from a pair what its redelegations owe for slashes of where they came from, and forgets those that have matured:
    /// from the delegation, and where that is not enough from what has begun to leave it.
    static func settleRedelegations(
        _ delegator: Address, to destination: Address, _ state: inout some ContractState
    ) throws(NativeFailure) {
        let entries = redelegations(delegator, to: destination)
        var (index, debt): (UInt64, UInt256) = (0, .zero)
        while index < (try entries.count(&state)) {
            let entry = entries.at(index)
            let source = Address(try entry.get(.source, &state))
            let (first, count) = (try entry.number(.slashes, &state), try slashes(source).count(&state))
            if first < count {
                let wei = try entry.get(.tokens, &state)
                let left = try afterSlashes(
                    wei, source, leftAt: try entry.number(.createdAt, &state), first: first, count: count, &state)
                try entry.set(.tokens, left, &state)
                try entry.set(.slashes, UInt256(count), &state)
                debt = try debt.plus(try wei.minus(left))
            }
            if try entry.number(.completesAt, &state) <= state.seconds { try entries.remove(index, &state) } else { index &+= 1 }
        }
        try collect(debt, delegator, destination, &state)
    }

    private static func collect(
        _ debt: UInt256, _ delegator: Address, _ destination: Address, _ state: inout some ContractState
    ) throws(NativeFailure) {
        guard !debt.isZero else { return }
        let bonded = min(debt, try balance(delegator, destination, &state))
        if !bonded.isZero {
            _ = try removeShares(delegator, destination, wei: bonded, &state)
            try Distribution.receiveForCommunity(bonded, from: address, &state)
        }
        var rest = try debt.minus(bonded)
        let entries = unbonding(delegator, destination)
        for index in 0..<(try entries.count(&state)) where !rest.isZero {
            let part = min(rest, try entries.at(index).get(.tokens, &state))
            try takeUnbonding(part, from: entries.at(index), &state)
            rest = try rest.minus(part)
        }
    }
}

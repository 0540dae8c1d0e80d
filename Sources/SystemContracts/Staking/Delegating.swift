import ChainTypes
import Primitives
import WorldState

// What delegators do.
extension Staking {
    static let delegated = ABI.topic("Delegate(address,address,uint256,uint256)")
    static let unbonded = ABI.topic("Unbond(address,address,uint256,uint256)")
    static let redelegated = ABI.topic("Redelegate(address,address,address,uint256,uint256)")
    static let cancelled = ABI.topic("CancelUnbondingDelegation(address,address,uint256,uint256)")
    static let unbondingCompleted = ABI.topic("CompleteUnbonding(address,address,uint256)")

    /// Bonds the wei that came with the call.
    static func delegate(
        _ delegator: Address, to validator: Address, wei: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) {
        try requireValidator(validator, &state)
        guard !(try self.validator(validator).flag(.isTombstoned, &state)) else { throw .revert("the validator is removed for good") }
        try settleRedelegations(delegator, to: validator, &state)
        let shares = try addShares(delegator, validator, wei: wei, &state)
        try state.emit(topics: [delegated, delegator.padded, validator.padded], data: Hash(wei).bytes + Hash(shares).bytes, of: address)
    }

    /// Begins to unbond; returns when the wei are free, in seconds.
    static func undelegate(
        _ delegator: Address, from validator: Address, wei: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt64 {
        try requireValidator(validator, &state)
        try settle(delegator, validator, &state)
        let entries = unbonding(delegator, validator)
        guard try entries.count(&state) < Parameters.number(.maximumEntries, &state) else { throw .revert("too many unbonding entries") }
        _ = try removeShares(delegator, validator, wei: wei, &state)
        try sum(unbondingSlot, add: wei, &state)
        let end = try unbondingEnd(&state)
        let slashes = try slashes(validator).count(&state)
        try entries.append([wei, UInt256(state.seconds), UInt256(end), UInt256(state.height), UInt256(slashes)], &state)
        try jailWithoutSelfStake(delegator, validator, &state)
        try state.emit(topics: [unbonded, delegator.padded, validator.padded], data: Hash(wei).bytes + Hash(end).bytes, of: address)
        return end
    }

    /// Gives wei of an unbonding entry back to the delegation. The entry is named by the height at which it was made.
    static func cancelUnbonding(
        _ delegator: Address, _ validator: Address, wei: UInt256, height: UInt64, _ state: inout some ContractState
    ) throws(NativeFailure) {
        guard !(try self.validator(validator).flag(.isTombstoned, &state)) else { throw .revert("the validator is removed for good") }
        try settle(delegator, validator, &state)
        let entries = unbonding(delegator, validator)
        for index in 0..<(try entries.count(&state)) where try entries.at(index).number(.height, &state) == height {
            try slashEntry(entries.at(index), validator, &state)
            let tokens = try entries.at(index).get(.tokens, &state)
            guard wei <= tokens else { continue }
            let left = try tokens.minus(wei)
            if left.isZero { try entries.remove(index, &state) } else { try entries.at(index).set(.tokens, left, &state) }
            try sum(unbondingSlot, subtract: wei, &state)
            _ = try addShares(delegator, validator, wei: wei, &state)
            try state.emit(topics: [cancelled, delegator.padded, validator.padded], data: Hash(wei).bytes + Hash(height).bytes, of: address)
            return
        }
        throw .revert("there is no such unbonding entry")
    }

    /// Moves a delegation at once. What came by a redelegation cannot go on until that one has matured.
    static func redelegate(
        _ delegator: Address, from source: Address, to destination: Address, wei: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt64 {
        guard source != destination else { throw .revert("source and destination are the same") }
        try requireValidator(source, &state)
        try requireValidator(destination, &state)
        guard !(try self.validator(destination).flag(.isTombstoned, &state)) else { throw .revert("the validator is removed for good") }
        try settle(delegator, source, &state)
        try settle(delegator, destination, &state)
        guard try redelegations(delegator, to: source).count(&state) == 0 else {
            throw .revert("the delegation was redelegated too recently")
        }
        let entries = redelegations(delegator, to: destination)
        try requireRoom(entries, source, &state)
        _ = try removeShares(delegator, source, wei: wei, &state)
        _ = try addShares(delegator, destination, wei: wei, &state)
        let end = try unbondingEnd(&state)
        let slashes = try slashes(source).count(&state)
        try entries.append([source.word, wei, UInt256(state.seconds), UInt256(end), UInt256(slashes)], &state)
        try jailWithoutSelfStake(delegator, source, &state)
        try state.emit(
            topics: [redelegated, delegator.padded, source.padded, destination.padded], data: Hash(wei).bytes + Hash(end).bytes, of: address)
        return end
    }

    private static func requireRoom(
        _ entries: EntryList<RedelegationField>, _ source: Address, _ state: inout some ContractState
    ) throws(NativeFailure) {
        let (count, maximum) = (try entries.count(&state), try Parameters.number(.maximumEntries, &state))
        var same: UInt64 = 0
        for index in 0..<count where try entries.at(index).get(.source, &state) == source.word { same &+= 1 }
        // The second bound keeps the cost of a touch small however many sources there are.
        guard same < maximum, count / 4 < maximum else { throw .revert("too many redelegations") }
    }

    /// Pays what has unbonded; anyone may call it for anyone. Returns the wei.
    @discardableResult
    static func completeUnbonding(
        _ delegator: Address, _ validator: Address, _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt256 {
        try settleRedelegations(delegator, to: validator, &state)
        let entries = unbonding(delegator, validator)
        var (index, paid): (UInt64, UInt256) = (0, .zero)
        while index < (try entries.count(&state)) {
            guard try entries.at(index).number(.completesAt, &state) <= state.seconds else {
                index &+= 1
                continue
            }
            try slashEntry(entries.at(index), validator, &state)
            paid = try paid.plus(try entries.at(index).get(.tokens, &state))
            try entries.remove(index, &state)
        }
        guard !paid.isZero else { return .zero }
        try sum(unbondingSlot, subtract: paid, &state)
        try state.pay(paid, to: delegator, from: address)
        try state.emit(topics: [unbondingCompleted, delegator.padded, validator.padded], data: Hash(paid).bytes, of: address)
        return paid
    }

    /// Brings a pair up to date before its owner does anything with it.
    static func settle(_ delegator: Address, _ validator: Address, _ state: inout some ContractState) throws(NativeFailure) {
        try completeUnbonding(delegator, validator, &state)
    }

    static func unbondingEnd(_ state: inout some ContractState) throws(NativeFailure) -> UInt64 {
        state.seconds.later(by: try Parameters.seconds(.unbondingMilliseconds, &state))
    }

    /// A validator whose operator takes its own stake below the minimum is suspended at once.
    private static func jailWithoutSelfStake(
        _ delegator: Address, _ validator: Address, _ state: inout some ContractState
    ) throws(NativeFailure) {
        guard delegator == validator, try balance(delegator, validator, &state) < Parameters.get(.minimumSelfStake, &state) else { return }
        try jail(validator, until: state.seconds, &state)
    }
}

import ChainTypes
import Cryptography
import Primitives
import WorldState

/// `0x…0800`: validators, delegations and encryption nodes.
///
/// Delegations hold shares of a validator's wei. A slash takes wei and leaves the shares, so it costs the same whatever
/// the number of delegations; what is unbonding or was redelegated pays when it is next touched, by the validator's log of
/// slashes. Nothing waits in a queue: whoever is owed wei, or anyone else, calls for it.
public enum Staking: SystemContract {
    public static let address = Address(low: 0x0800)
    /// A validator's shares stay below this; a validator whose wei have been slashed so often takes no more.
    static let maximumShares = UInt256.one << 112

    static func sum(
        _ slot: Hash, add: UInt256 = .zero, subtract: UInt256 = .zero, _ state: inout some ContractState
    ) throws(NativeFailure) {
        try state.store(slot, try state.load(slot, of: address).plus(add).minus(subtract), of: address)
    }

    static func shares(_ delegator: Address, _ validator: Address, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        try sharesCell(delegator, validator).get(&state)
    }

    /// What a delegation is worth, in wei.
    static func balance(_ delegator: Address, _ validator: Address, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        let record = Self.validator(validator)
        let (shares, all) = (try shares(delegator, validator, &state), try record.get(.shares, &state))
        return shares.isZero ? .zero : try shares.scaled(try record.get(.tokens, &state), over: all)
    }

    static func requireValidator(_ validator: Address, _ state: inout some ContractState) throws(NativeFailure) {
        guard try self.validator(validator).flag(.isCreated, &state) else { throw .revert("there is no such validator") }
    }

    /// Gives a delegator shares for wei that are in the contract.
    static func addShares(
        _ delegator: Address, _ validator: Address, wei: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt256 {
        let record = self.validator(validator)
        let (tokens, all) = (try record.get(.tokens, &state), try record.get(.shares, &state))
        guard !wei.isZero else { throw .revert("the amount is zero") }
        guard all.isZero || !tokens.isZero else { throw .revert("the validator has lost all its stake") }
        let new = all.isZero ? wei : try wei.scaled(all, over: tokens)
        guard !new.isZero else { throw .revert("the amount is too small") }
        guard try all.plus(new) < maximumShares else { throw .revert("the amount is too large") }
        let old = try shares(delegator, validator, &state)
        try change(delegator, validator, from: old, to: try old.plus(new), &state)
        try record.set(.tokens, try tokens.plus(wei), &state)
        try record.set(.shares, try all.plus(new), &state)
        try sum(bondedSlot, add: wei, &state)
        try validators.insert(validator, &state)
        return new
    }

    /// Takes shares worth an amount of wei from a delegation; the wei stay in the contract. Never gives more than the shares' worth.
    static func removeShares(
        _ delegator: Address, _ validator: Address, wei: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt256 {
        let record = self.validator(validator)
        let (tokens, all) = (try record.get(.tokens, &state), try record.get(.shares, &state))
        let old = try shares(delegator, validator, &state)
        let worth = old.isZero ? .zero : try old.scaled(tokens, over: all)
        guard !wei.isZero else { throw .revert("the amount is zero") }
        guard wei <= worth else { throw .revert("the delegation is smaller than the amount") }
        let burnt = wei == worth ? old : min(old, try wei.scaledUp(all, over: tokens))
        try change(delegator, validator, from: old, to: try old.minus(burnt), &state)
        try record.set(.tokens, try tokens.minus(wei), &state)
        try record.set(.shares, try all.minus(burnt), &state)
        try sum(bondedSlot, subtract: wei, &state)
        return burnt
    }

    /// The one place where a delegation's shares change. Rewards up to now go by the old shares, running votes by the new.
    private static func change(
        _ delegator: Address, _ validator: Address, from old: UInt256, to new: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) {
        try Distribution.sharesWillChange(delegator, validator, old: old, &state)
        try sharesCell(delegator, validator).set(new, &state)
        if old.isZero { try delegations(of: delegator).insert(validator, &state) }
        try Governance.sharesChanged(delegator: delegator, validator: validator, old: old, new: new, &state)
    }
}

import ChainTypes
import Primitives
import WorldState

// Validators that voted twice in a view.
extension Slashing {
    /// Slashes and removes a validator for good. What it lost was counted when the epoch's set was chosen, so all stake of
    /// that time pays, also where it has begun to leave since; the evidence expires when the first of it is free.
    static func punish(_ fault: DoubleSign, genesis: Hash, _ state: inout some ContractState) throws(NativeFailure) {
        let validator = try requireBlame(fault, &state)
        guard fault.holds(genesis: genesis) else { throw .revert("the votes are not signed by the key") }
        let fraction = try Parameters.get(.doubleSignSlash, &state)
        try Staking.slash(validator, fraction: fraction, infractionAt: try reach(of: fault, &state), &state)
        try Staking.tombstone(validator, &state)
        let view = fault.evidence.first.ballot.view
        try state.emit(topics: [doubleSigned, validator.padded], data: Hash(fault.epoch).bytes + Hash(view).bytes, of: address)
    }

    /// When the stake was counted that answers for a fault. Whoever decides in the present epoch answers for it however long ago
    /// that was: with what is not free yet.
    private static func reach(of fault: DoubleSign, _ state: inout some ContractState) throws(NativeFailure) -> UInt64 {
        let countedAt = try Epochs.countedAt(fault.epoch, &state)
        guard try fault.epoch == Epochs.current(&state) else { return countedAt }
        return max(countedAt, state.seconds.since(try Parameters.seconds(.unbondingMilliseconds, &state).since(1)))
    }

    private static func requireBlame(_ fault: DoubleSign, _ state: inout some ContractState) throws(NativeFailure) -> Address {
        guard let validator = try Staking.keyOwner(fault.consensusKey, &state),
            try Staking.validator(validator).flag(.isCreated, &state)
        else { throw .revert("the key is no validator's") }
        guard !(try Staking.validator(validator).flag(.isTombstoned, &state)) else { throw .revert("the validator is removed already") }
        guard try fault.epoch <= Epochs.current(&state) else { throw .revert("the epoch has not begun") }
        guard try Staking.keyCounts(fault.consensusKey, inEpoch: fault.epoch, &state) else {
            throw .revert("the key did not count in the epoch")
        }
        return validator
    }

    /// Those of some faults that a block on a state can punish, in order.
    /// - Parameters:
    ///   - seconds: time of the block.
    ///   - height: its number.
    public static func punishable(
        _ faults: [DoubleSign], genesis: Hash, seconds: UInt64, height: UInt64, on reader: any StateReader
    ) throws(StateError) -> [DoubleSign] {
        try acceptable(faults, atMost: Envelope.maximumDoubleSigns, seconds: seconds, height: height, on: reader) {
            (fault, hook) throws(NativeFailure) in
            try punish(fault, genesis: genesis, &hook)
        }
    }
}

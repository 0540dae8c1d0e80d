import ChainTypes
import Primitives
import WorldState

extension Governance {
    /// What a proposal needs before it is voted on.
    static func minimumDeposit(expedited: Bool, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        try Parameters.get(expedited ? .expeditedDeposit : .minimumDeposit, &state)
    }

    /// Takes the wei that came with the call; opens the vote once there is enough.
    static func deposit(
        on id: UInt64, from depositor: Address, wei: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) {
        let record = proposal(id)
        guard try requireProposal(id, &state) == .deposit else { throw .revert("the proposal takes no deposits any more") }
        guard try state.seconds < record.number(.depositEnd, &state) else { throw .revert("the time for deposits is over") }
        guard !wei.isZero else { throw .revert("the amount is zero") }
        let slot = depositSlot(id, depositor)
        try state.store(slot, try state.load(slot, of: address).plus(wei), of: address)
        try record.add(.deposit, wei, &state)
        try numbers.add(.deposits, wei, &state)
        try state.emit(topics: [deposited, Hash(id), depositor.padded], data: Hash(wei).bytes, of: address)
        let minimum = try minimumDeposit(expedited: try record.flag(.isExpedited, &state), &state)
        if try record.get(.deposit, &state) >= minimum { try startVote(id, &state) }
    }

    /// Pays a depositor back once the vote is over: all, of a cancelled proposal half, of a vetoed one nothing. Returns the wei.
    static func withdrawDeposit(on id: UInt64, to depositor: Address, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        let status = try requireProposal(id, &state)
        guard status != .deposit, status != .voting else { throw .revert("the proposal has not ended yet") }
        guard status != .vetoed else { throw .revert("the deposits of a vetoed proposal are lost") }
        let wei = try state.load(depositSlot(id, depositor), of: address)
        guard !wei.isZero else { throw .revert("there is no deposit to withdraw") }
        let refund = status == .cancelled ? wei >> 1 : wei
        try state.store(depositSlot(id, depositor), .zero, of: address)
        try proposal(id).subtract(.deposit, refund, &state)
        try numbers.subtract(.deposits, refund, &state)
        try state.pay(refund, to: depositor, from: address)
        try state.emit(topics: [depositWithdrawn, Hash(id), depositor.padded], data: Hash(refund).bytes, of: address)
        return refund
    }

    /// Moves deposits to the community pool.
    static func forfeit(_ id: UInt64, wei: UInt256, _ state: inout some ContractState) throws(NativeFailure) {
        try proposal(id).subtract(.deposit, wei, &state)
        try numbers.subtract(.deposits, wei, &state)
        try Distribution.receiveForCommunity(wei, from: address, &state)
    }
}

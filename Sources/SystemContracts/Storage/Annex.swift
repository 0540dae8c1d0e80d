import Primitives
import WorldState

/// Accounts that hold storage of a system contract and nothing else.
///
/// The way to an entry of a trie grows with the number of all its entries. What there is one of for each delegation, or for
/// each day, therefore has tries of its own: those that the ends of epochs and periods read hold validators and encryption
/// nodes alone, and cost the same whatever the number of delegations. A slot costs the same gas in any account.
public enum Annex {
    /// Of staking: delegations, what is leaving and what was moved.
    public static let delegations = Address(low: 0x08_0300)
    /// Of distribution: what delegations have earned.
    public static let delegationRewards = Address(low: 0x08_0301)
    /// Of distribution: what closed periods gave.
    public static let closedPeriods = Address(low: 0x08_0302)

    public static let all = [delegations, delegationRewards, closedPeriods]
}

/// One number in an account's storage.
public struct StorageCell: Sendable {
    public let contract: Address
    public let slot: Hash

    func get(_ state: inout some ContractState) throws(NativeFailure) -> UInt256 { try state.load(slot, of: contract) }

    func set(_ value: UInt256, _ state: inout some ContractState) throws(NativeFailure) { try state.store(slot, value, of: contract) }
}

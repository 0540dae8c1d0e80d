import ChainTypes
import Primitives
import WorldState

/// Follows the final blocks of a chain from its genesis and adds the whole economy up after them.
public struct EconomyWatch: Sendable {
    public private(set) var accounts: EconomyAccounts
    private var supply = SupplyCheck()

    public init(genesis spec: ChainSpec) { accounts = EconomyAccounts(genesis: spec) }

    /// Wei that contracts destroyed with themselves.
    public var destroyed: UInt256 { supply.destroyed }

    /// Learns the next block. All blocks must come, in order; not each needs a check.
    public mutating func learn(_ receipts: [Receipt]) { accounts.learn(receipts) }

    /// What does not add up after the last block that was learnt.
    /// - Parameter delegations: whether every single delegation is looked at; the rest costs the same for any number of them.
    public mutating func faults(of state: TrieState, delegations: Bool = true) throws(StateError) -> [String] {
        let supplyFaults = try supply.faults(of: state)
        return supplyFaults + (try EconomyChecker(accounts: delegations ? accounts : nil).faults(of: state))
    }
}

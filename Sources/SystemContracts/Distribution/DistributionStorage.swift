import Primitives
import WorldState

// Layout of the distribution contract's storage.
//
// 0–19  one number each, see `Ledger`
// 20    address validator => ValidatorReward…
// 23    address => address that its rewards go to; zero for itself
// 24    address node => NodeReward…
//
// In the storage of `Annex.closedPeriods`:
//
// 21    address validator => uint256 period of the validator => ClosedField…
// 25    uint256 period => index of encryption nodes at its close
//
// In the storage of `Annex.delegationRewards`:
//
// 22    address delegator => address validator => DelegationReward…

/// Numbers of the whole contract.
public enum Ledger: UInt64, CaseIterable, Sendable {
    /// All wei that are accounted for below; what the balance has beyond it is revenue that no block has divided yet.
    case accounted
    case communityPool, reserve, buyback, operations
    /// The validators' part of the period's revenue.
    case validatorsPool
    /// Wei of emission per active node since genesis, and what has not been divided evenly yet.
    case emissionIndex, emissionRest
    /// Wei of emission and revenue per active encryption node since genesis, and the rest of the revenue.
    case nodeIndex, nodeRest
    case activeValidators, activeNodes
    /// The number of the reward period, when it began in milliseconds, and the turns delivered in it.
    case period, periodStart, turns
    case genesisSupply, emitted, burned
    case operationsAccount
    /// See `RefusedDuties`.
    case refusedDuties
}

/// A validator's rewards. Its own periods are numbered from 1 and count those in which it earned.
public enum ValidatorReward: UInt64, CaseIterable, Sendable {
    case isActive
    /// The emission index up to which it is settled.
    case mark
    /// In this period: wei earned; 2^-96 wei per share; wei of commission; turns.
    case accrued, perShare, commission, delivered, missed
    /// Periods closed so far.
    case periods
    /// 2^-160 wei per share over all closed periods.
    case settled
    /// 2^-64 wei of commission, free to withdraw.
    case commissionDue
    /// Wei that closed periods gave and nobody has withdrawn.
    case outstanding
}

/// What a validator's closed period gave.
public enum ClosedField: UInt64, CaseIterable, Sendable {
    /// 2^-96 wei per share at its end; by how much to multiply (2^64 for the whole); 2^-160 wei per share up to its end.
    case perShare, factor, settled
}

public enum DelegationReward: UInt64, CaseIterable, Sendable {
    /// The number of periods that were closed when it was touched last; `perShare` then.
    case periods, perShare
    /// Earned in that period, not multiplied yet, in 2^-96 wei; free to withdraw, in 2^-160 wei.
    case carried, due
}

public enum NodeReward: UInt64, CaseIterable, Sendable {
    case isActive
    /// The index of encryption nodes up to which it is settled, and the period then.
    case mark, period
    /// Wei earned in that period; wei free to withdraw; of 10^18, what the period loses.
    case carried, due, downtime
}

extension Distribution {
    static let ledger = Record<Ledger>(address, StorageLayout.slot(0))

    public static func validator(_ validator: Address) -> Record<ValidatorReward> {
        Record(address, StorageLayout.mapping([validator.padded], at: 20))
    }

    public static func closed(_ validator: Address, _ period: UInt64) -> Record<ClosedField> {
        Record(Annex.closedPeriods, StorageLayout.mapping([validator.padded, Hash(period)], at: 21))
    }

    public static func delegation(_ delegator: Address, _ validator: Address) -> Record<DelegationReward> {
        Record(Annex.delegationRewards, StorageLayout.mapping([delegator.padded, validator.padded], at: 22))
    }

    static func withdrawSlot(_ account: Address) -> Hash { StorageLayout.mapping([account.padded], at: 23) }

    public static func node(_ node: Address) -> Record<NodeReward> { Record(address, StorageLayout.mapping([node.padded], at: 24)) }

    static func nodeIndex(atCloseOf period: UInt64) -> StorageCell {
        StorageCell(contract: Annex.closedPeriods, slot: StorageLayout.mapping([Hash(period)], at: 25))
    }
}

import ChainTypes
import Primitives
import WorldState

// Layout of the staking contract's storage. Wei that are bonded or unbonding are its balance.
//
// 0–2   list of validators                      (count, index => address, address => place)
// 3     address validator => ValidatorField…
// 4     address validator => address itself => shares that it holds of itself: the choice of validators reads them
// 9     address validator => count of slashes
// 10    address validator => uint256 index => SlashField…
// 11    bytes32 keccak256(key) => address of the validator or node that has or had the key
// 12, 13, 14  sums of bonded, unbonding and encryption nodes' wei
// 15    1 where an encryption node's record has changed since the list of nodes was made
// 16–18 list of encryption nodes
// 19    address node => NodeField…
// 20    address => 1 where governance admitted an operator node
// 21    1 where the list of nodes has to be made anew
// 23    bytes32 keccak256(key) => 1 + the last epoch in which a consensus key counts that was replaced
// 24    bytes32 keccak256(key) => when an encryption node replaced the key, in seconds
//
// In the storage of `Annex.delegations`:
//
// 4     address delegator => address validator => shares
// 5     address delegator => address validator => count of unbonding entries
// 6     address delegator => address validator => uint256 index => UnbondingField…
// 7     address delegator => address destination => count of redelegations
// 8     address delegator => address destination => uint256 index => RedelegationField…
// 22    address delegator => list of validators (count, index => address, address => place)
//
// Blobs: keccak256(validator ‖ 3): RLP [moniker, website, contact]; keccak256(validator ‖ 103): RLP [consensus key, node key,
// endpoint]; keccak256(node ‖ 19): RLP of the EncryptionNode.

/// What is on record of a validator, in order of the slots.
public enum ValidatorField: UInt64, CaseIterable, Sendable {
    /// 1 once created.
    case isCreated
    /// Wei, and the shares of them that delegations hold.
    case tokens, shares
    /// Of 10^18, and when the commission changed last, in seconds.
    case commission, maximumCommission, maximumDailyChange, commissionChangedAt
    case isJailed, jailedUntil, isTombstoned
}

public enum UnbondingField: UInt64, CaseIterable, Sendable {
    /// Wei; seconds.
    case tokens, createdAt, completesAt, height
    /// How many slashes of the validator the entry has taken, or was created after.
    case slashes
}

public enum RedelegationField: UInt64, CaseIterable, Sendable {
    case source, tokens, createdAt, completesAt, slashes
}

public enum SlashField: UInt64, CaseIterable, Sendable {
    /// Seconds; of 10^18.
    case infractionAt, fraction
    /// Wei that were taken of what was bonded; when, in seconds.
    case tokens, recordedAt
}

extension Staking {
    static let validators = AddressList(contract: address, base: StorageLayout.slot(0))
    static let bondedSlot = StorageLayout.slot(12)
    static let unbondingSlot = StorageLayout.slot(13)
    static let nodeStakeSlot = StorageLayout.slot(14)

    public static func validator(_ validator: Address) -> Record<ValidatorField> {
        Record(address, StorageLayout.mapping([validator.padded], at: 3))
    }

    /// The shares of a delegation.
    public static func sharesCell(_ delegator: Address, _ validator: Address) -> StorageCell {
        StorageCell(contract: delegator == validator ? address : Annex.delegations, slot: pair(delegator, validator, at: 4))
    }

    static func unbonding(_ delegator: Address, _ validator: Address) -> EntryList<UnbondingField> {
        EntryList(contract: Annex.delegations, countSlot: pair(delegator, validator, at: 5), entries: pair(delegator, validator, at: 6))
    }

    static func redelegations(_ delegator: Address, to destination: Address) -> EntryList<RedelegationField> {
        EntryList(
            contract: Annex.delegations, countSlot: pair(delegator, destination, at: 7), entries: pair(delegator, destination, at: 8))
    }

    static func slashes(_ validator: Address) -> EntryList<SlashField> {
        EntryList(
            contract: address, countSlot: StorageLayout.mapping([validator.padded], at: 9),
            entries: StorageLayout.mapping([validator.padded], at: 10))
    }

    static func delegations(of delegator: Address) -> AddressList {
        AddressList(contract: Annex.delegations, base: StorageLayout.mapping([delegator.padded], at: 22))
    }

    static func descriptionKey(_ validator: Address) -> Hash { StorageLayout.mapping([validator.padded], at: 3) }
    static func keysKey(_ validator: Address) -> Hash { StorageLayout.mapping([validator.padded], at: 103) }

    private static func pair(_ a: Address, _ b: Address, at number: UInt64) -> Hash {
        StorageLayout.mapping([a.padded, b.padded], at: number)
    }
}

/// Structs in a row that grow at the end and of which any can be taken out, in order.
struct EntryList<Field: RawRepresentable & CaseIterable & Sendable>: Sendable where Field.RawValue == UInt64 {
    let contract: Address
    let countSlot: Hash
    let entries: Hash

    func count(_ state: inout some ContractState) throws(NativeFailure) -> UInt64 { try state.load(countSlot, of: contract).limb0 }
    func at(_ index: UInt64) -> Record<Field> { Record(contract, StorageLayout.mapping(Hash(index), at: entries)) }

    /// Adds an entry whose members follow in the order of their slots.
    func append(_ members: [UInt256], _ state: inout some ContractState) throws(NativeFailure) {
        let count = try count(&state)
        for (field, value) in zip(Field.allCases, members) { try at(count).set(field, value, &state) }
        try state.store(countSlot, UInt256(count &+ 1), of: contract)
    }

    /// Takes an entry out; the later ones move up.
    func remove(_ index: UInt64, _ state: inout some ContractState) throws(NativeFailure) {
        let count = try count(&state)
        guard index < count else { throw .revert("there is no such entry") }
        let last = count &- 1
        for moved in index..<last {
            for field in Field.allCases { try at(moved).set(field, try at(moved &+ 1).get(field, &state), &state) }
        }
        for field in Field.allCases { try at(last).set(field, .zero, &state) }
        try state.store(countSlot, UInt256(last), of: contract)
    }
}

import ChainTypes
import Primitives

/// Who has ever had to do with staking. A state cannot say it: its keys are hashes. It is learnt from the genesis and from the
/// events of all blocks since, so that calls pay nothing for it. That nobody is missing shows where the sums agree.
public struct EconomyAccounts: Sendable {
    public struct Delegation: Hashable, Sendable {
        public let delegator, validator: Address
    }

    /// Each once, in the order in which they appeared.
    public private(set) var validators: [Address] = []
    public private(set) var nodes: [Address] = []
    public private(set) var delegations: [Delegation] = []
    /// Whom genesis releases wei to over time.
    public private(set) var beneficiaries: [Address] = []
    /// Blocks that it was learnt from.
    public private(set) var blocks: UInt64 = 0
    private var known: Set<Delegation> = []
    private var places: [Address: Int] = [:]
    private var knownNodes: Set<Address> = []

    public init(genesis spec: ChainSpec) {
        for validator in spec.validators.validators { add(validator.address, validator.address) }
        for node in spec.encryptionNodes { add(node: node.address) }
        var seen: Set<Address> = []
        for allocation in spec.economy.vesting where seen.insert(allocation.beneficiary).inserted {
            beneficiaries.append(allocation.beneficiary)
        }
    }

    /// Where a validator stands in `validators`.
    func place(_ validator: Address) -> Int? { places[validator] }

    /// Learns from the events of the next block.
    public mutating func learn(_ receipts: [Receipt]) {
        blocks += 1
        for receipt in receipts { learn(receipt.logs) }
    }

    /// Learns from events alone.
    public mutating func learn(_ logs: [Log]) {
        for log in logs where log.address == Staking.address && log.topics.count >= 2 {
            let account = log.topics.map { Address(lastBytesOf: $0) }
            switch log.topics[0] {
            case Staking.validatorCreated: add(account[1], account[1])
            case Staking.delegated where account.count == 3: add(account[1], account[2])
            case Staking.redelegated where account.count == 4: add(account[1], account[3])
            case Staking.nodeRegistered: add(node: account[1])
            default: break
            }
        }
    }

    private mutating func add(_ delegator: Address, _ validator: Address) {
        let delegation = Delegation(delegator: delegator, validator: validator)
        guard known.insert(delegation).inserted else { return }
        delegations.append(delegation)
        guard places[validator] == nil else { return }
        places[validator] = validators.count
        validators.append(validator)
    }

    private mutating func add(node: Address) {
        if knownNodes.insert(node).inserted { nodes.append(node) }
    }
}

import ChainTypes
import Primitives

/// A node of genesis with what it has at stake.
public struct Staked<Node: Hashable & Sendable>: Hashable, Sendable {
    public var node: Node
    /// nil: what the chain assumes, a QST for each unit of a validator's power, or the minimum for an encryption node.
    public var stake: GenesisStake?

    public init(_ node: Node, stake: GenesisStake? = nil) { (self.node, self.stake) = (node, stake) }
}

/// What people write down to make a chain: a chain spec before anybody made sure that it can stand.
public struct GenesisDocument: Hashable, Sendable {
    public var name = ""
    public var chainID: UInt64 = 0
    public var timeMilliseconds: UInt64 = 0
    /// Wei that genesis must add up to, stakes and vesting included; nil where nobody promised a sum.
    public var supply: UInt256?
    public var parameters = ChainParameters()
    public var economy = EconomyParameters()
    /// nil: the chain keeps what is for operations until governance names an account.
    public var operationsAccount: Address?
    public var validators: [Staked<Validator>] = []
    public var encryptionNodes: [Staked<EncryptionNode>] = []
    public var allocations: [Allocation] = []
    public var vesting: [VestingAllocation] = []

    public init() {}

    /// The document that builds to a spec. Its stakes come back in the order of the nodes.
    public init(_ spec: ChainSpec) {
        (name, chainID, timeMilliseconds) = (spec.name, spec.chainID, spec.genesisTimeMilliseconds)
        (parameters, economy) = (spec.parameters, spec.economy.parameters)
        operationsAccount = spec.economy.operationsAccount == Self.noAccount ? nil : spec.economy.operationsAccount
        // As the chain does: of several entries the first one counts.
        let stakes = Dictionary(spec.economy.stakes.map { ($0.address, $0) }) { first, _ in first }
        validators = spec.validators.validators.map { Staked($0, stake: stakes[$0.address]) }
        encryptionNodes = spec.encryptionNodes.map { Staked($0, stake: stakes[$0.address]) }
        (allocations, vesting) = (spec.allocations, spec.economy.vesting)
    }

    /// Distribution itself: what it pays itself, it keeps.
    static let noAccount = EconomySpec().operationsAccount

    /// nil where no set of validators can be made of these.
    public var spec: ChainSpec? {
        guard let set = ValidatorSet(validators.map(\.node)) else { return nil }
        return ChainSpec(
            name: name, chainID: chainID, genesisTimeMilliseconds: timeMilliseconds, parameters: parameters, validators: set,
            encryptionNodes: encryptionNodes.map(\.node), allocations: allocations,
            economy: EconomySpec(
                parameters: economy, operationsAccount: operationsAccount ?? Self.noAccount,
                stakes: validators.compactMap(\.stake) + encryptionNodes.compactMap(\.stake), vesting: vesting))
    }

    func count(of nodeClass: NodeClass) -> Int { encryptionNodes.count { $0.node.nodeClass == nodeClass } }
}

// MARK: - Sums

/// What genesis adds up to, in wei.
public struct GenesisTotals: Hashable, Sendable {
    public var allocated, vesting, validatorStakes, nodeStakes: UInt256

    /// nil where a sum leaves 256 bits.
    public var all: UInt256? { Self.sum([allocated, vesting, validatorStakes, nodeStakes]) }

    static func sum(_ amounts: [UInt256]) -> UInt256? {
        amounts.reduce(UInt256.zero as UInt256?) { sum, amount in sum?.checkedAdd(amount) }
    }
}

extension GenesisDocument {
    func wei(_ member: Staked<Validator>) -> UInt256 { member.stake?.amount ?? QST.one * UInt256(member.node.power) }
    func wei(_ member: Staked<EncryptionNode>) -> UInt256 { member.stake?.amount ?? economy[.minimumSelfStake] }

    /// nil where a sum leaves 256 bits.
    public var totals: GenesisTotals? {
        guard let allocated = GenesisTotals.sum(allocations.map(\.balance)), let later = GenesisTotals.sum(vesting.map(\.amount)),
            let validating = GenesisTotals.sum(validators.map { wei($0) }), let encrypting = GenesisTotals.sum(encryptionNodes.map { wei($0) })
        else { return nil }
        let totals = GenesisTotals(allocated: allocated, vesting: later, validatorStakes: validating, nodeStakes: encrypting)
        return totals.all == nil ? nil : totals
    }
}

import ChainTypes
import ContractABI
import Primitives

/// A call of a system contract, ready to be sent.
public struct EconomyCall: Hashable, Sendable {
    public let contract: Address
    /// Sent with the call.
    public let wei: UInt256
    public let data: [UInt8]

    init(_ contract: Address, _ signature: String, _ values: [ABIValue] = [], wei: UInt256 = .zero) throws {
        (self.contract, self.wei, data) = (contract, wei, try ContractABI.call(try ABISignature(signature), values))
    }

    static let staking = Address(low: 0x0800)
    static let distribution = Address(low: 0x0801)
    public static let governance = Address(low: 0x0805)
    static let slashing = Address(low: 0x0806)
}

// MARK: - Delegators

extension EconomyCall {
    public static func delegate(_ wei: UInt256, to validator: Address) throws -> EconomyCall {
        try EconomyCall(staking, "delegate(address)", [.address(validator)], wei: wei)
    }

    public static func redelegate(_ wei: UInt256, from source: Address, to destination: Address) throws -> EconomyCall {
        try EconomyCall(staking, "redelegate(address,address,uint256)", [.address(source), .address(destination), .number(wei)])
    }

    public static func unbond(_ wei: UInt256, from validator: Address) throws -> EconomyCall {
        try EconomyCall(staking, "undelegate(address,uint256)", [.address(validator), .number(wei)])
    }

    /// - Parameter height: of the block in which the unbonding began.
    public static func cancelUnbonding(_ wei: UInt256, from validator: Address, height: UInt64) throws -> EconomyCall {
        try EconomyCall(
            staking, "cancelUnbondingDelegation(address,uint256,uint256)",
            [.address(validator), .number(wei), .number(UInt256(height))])
    }

    public static func completeUnbonding(of delegator: Address, from validator: Address) throws -> EconomyCall {
        try EconomyCall(staking, "completeUnbonding(address,address)", [.address(delegator), .address(validator)])
    }

    public static func claim(from validator: Address) throws -> EconomyCall {
        try EconomyCall(distribution, "withdrawDelegatorRewards(address)", [.address(validator)])
    }

    /// - Parameter maximum: of validators; those that were delegated to last come first.
    public static func claimAll(maximum: UInt32) throws -> EconomyCall {
        try EconomyCall(distribution, "claimRewards(uint32)", [.number(UInt256(UInt64(maximum)))])
    }

    public static func claimCommission() throws -> EconomyCall { try EconomyCall(distribution, "withdrawValidatorCommission()") }
    public static func claimNodeRewards() throws -> EconomyCall { try EconomyCall(distribution, "withdrawNodeRewards()") }

    public static func setWithdrawAddress(_ receiver: Address) throws -> EconomyCall {
        try EconomyCall(distribution, "setWithdrawAddress(address)", [.address(receiver)])
    }
}

// MARK: - Validators

/// What people may know a validator by.
public struct ValidatorProfile: Hashable, Sendable {
    public var moniker, website, contact: String

    public init(moniker: String, website: String, contact: String) { (self.moniker, self.website, self.contact) = (moniker, website, contact) }

    var value: ABIValue { .list([.string(moniker), .string(website), .string(contact)]) }
}

extension EconomyCall {
    /// - Parameters: commission, its maximum and its maximum daily change are of 10^18.
    public static func createValidator(
        _ profile: ValidatorProfile, commission: (rate: UInt256, maximum: UInt256, dailyChange: UInt256), keys: OperatorFile, wei: UInt256
    ) throws -> EconomyCall {
        let (consensus, proof) = try keys.consensus()
        return try EconomyCall(
            staking, "createValidator((string,string,string),(uint256,uint256,uint256),bytes,bytes,string,bytes,bytes)",
            [
                profile.value, .list([.number(commission.rate), .number(commission.maximum), .number(commission.dailyChange)]),
                .bytes(consensus), .bytes(keys.nodeKey), .string(keys.endpoint), .bytes(proof), .bytes(keys.nodeProof),
            ], wei: wei)
    }

    /// - Parameter commission: of 10^18; nil leaves it.
    public static func editValidator(_ profile: ValidatorProfile, commission: UInt256?) throws -> EconomyCall {
        try EconomyCall(staking, "editValidator((string,string,string),uint256)", [profile.value, .number(commission ?? .max)])
    }

    public static func rotateKeys(_ keys: OperatorFile) throws -> EconomyCall {
        let (consensus, proof) = try keys.consensus()
        return try EconomyCall(
            staking, "rotateKeys(bytes,bytes,string,bytes,bytes)",
            [.bytes(consensus), .bytes(keys.nodeKey), .string(keys.endpoint), .bytes(proof), .bytes(keys.nodeProof)])
    }

    public static func unjail() throws -> EconomyCall { try EconomyCall(staking, "unjail()") }
}

// MARK: - Encryption nodes

extension EconomyCall {
    public static func registerNode(_ nodeClass: NodeClass, capacityGiB: UInt64, keys: OperatorFile, wei: UInt256) throws -> EconomyCall {
        try EconomyCall(
            staking, "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)",
            [.number(UInt256(UInt64(nodeClass.rawValue)))] + members(capacityGiB, keys), wei: wei)
    }

    public static func updateNode(capacityGiB: UInt64, keys: OperatorFile) throws -> EconomyCall {
        try EconomyCall(staking, "updateEncryptionNode(uint64,bytes,string,string,bytes)", members(capacityGiB, keys))
    }

    private static func members(_ capacityGiB: UInt64, _ keys: OperatorFile) -> [ABIValue] {
        [.number(UInt256(capacityGiB)), .bytes(keys.nodeKey), .string(keys.endpoint), .string(keys.moniker), .bytes(keys.nodeProof)]
    }

    public static func addNodeStake(_ wei: UInt256) throws -> EconomyCall { try EconomyCall(staking, "addEncryptionStake()", wei: wei) }
    public static func exitNode() throws -> EconomyCall { try EconomyCall(staking, "exitEncryptionNode()") }

    public static func completeExit(of node: Address) throws -> EconomyCall {
        try EconomyCall(staking, "completeExit(address)", [.address(node)])
    }

    /// - Parameter wei: the deposit, as the parameter `challengeDeposit` says.
    public static func challengeNode(_ node: Address, wei: UInt256) throws -> EconomyCall {
        try EconomyCall(slashing, "challengeNode(address)", [.address(node)], wei: wei)
    }

    public static func unjailNode() throws -> EconomyCall { try EconomyCall(staking, "unjailEncryptionNode()") }
}

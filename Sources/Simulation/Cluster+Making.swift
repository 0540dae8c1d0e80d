import ChainTypes
import Cryptography
import Execution
import Primitives
import SystemContracts

/// Chains to simulate.
extension Cluster {
    /// A chain whose validators stay, with accounts that send each other transfers.
    public init(seed: UInt64, validators count: Int, accounts: Int = 3, epochMilliseconds: UInt64 = 3000, faults: Faults) throws {
        let powers = Array(repeating: 200_000 as UInt64, count: count)
        let keys = try Self.keys(count)
        try self.init(seed: seed, try Self.steady(keys, powers, accounts: accounts, epochMilliseconds: epochMilliseconds, faults: faults))
    }

    /// A chain whose validators change: `joining` more come, one leaves, one is suspended and returns, one takes new keys; accounts
    /// delegate.
    public init(seed: UInt64, founders: Int, joining: Int, delegators: Int = 4, epochMilliseconds: UInt64 = 2000, faults: Faults) throws {
        let keys = try Self.keys(founders + joining + 1)
        let setting = try Self.changing(
            keys, founders: founders, joining: joining, delegators: delegators, epochMilliseconds: epochMilliseconds, faults: faults)
        try self.init(seed: seed, setting)
        try beginScript(setting, founders: founders, delegators: delegators)
    }

    /// - Parameter powers: of the validators; nodes beyond them follow the chain without a vote.
    static func steady(
        _ keys: [KeyPair], _ powers: [UInt64], accounts count: Int = 3, epochMilliseconds: UInt64, faults: Faults
    ) throws -> Setting {
        let accounts = try (0..<count).map { try SimulatedAccount($0) }
        let voting = Array(keys.prefix(powers.count))
        var parameters = ChainParameters()
        parameters.epochMilliseconds = epochMilliseconds
        let funded = try accounts + [SimulatedAccount.adversarys]
        let spec = ChainSpec(
            name: "simulation", chainID: 20817, genesisTimeMilliseconds: start, parameters: parameters,
            validators: try members(voting, voting.map { Address(firstCommitment: $0.key.commitment) }, powers: powers), encryptionNodes: [],
            allocations: funded.map { Allocation(address: $0.address, balance: QST.one * 1000) })
        return Setting(spec: spec, accounts: accounts, keys: keys, faults: faults)
    }

    static func changing(
        _ keys: [KeyPair], founders: Int, joining: Int, delegators: Int, epochMilliseconds: UInt64, faults: Faults
    ) throws -> Setting {
        let accounts = try (0..<delegators + founders + joining).map { try SimulatedAccount($0) }
        let operators = accounts[delegators...].map(\.address)
        var parameters = ChainParameters()
        parameters.epochMilliseconds = epochMilliseconds
        var economy = EconomySpec(
            operationsAccount: accounts[0].address,
            vesting: [VestingAllocation(beneficiary: accounts[1].address, amount: QST.one * 1000, lockMilliseconds: 1000, vestingMilliseconds: 60_000)])
        economy.parameters[.rewardPeriodMilliseconds] = UInt256(5000)
        economy.parameters[.unbondingMilliseconds] = UInt256(8000)
        economy.parameters[.minimumSelfStake] = StakingScript.minimum
        economy.parameters[.challengeMilliseconds] = UInt256(3000)
        economy.parameters[.jailMilliseconds] = UInt256(4000)
        let powers = Array(repeating: 250_000 as UInt64, count: founders)
        let spec = ChainSpec(
            name: "simulation", chainID: 20817, genesisTimeMilliseconds: start, parameters: parameters,
            validators: try members(Array(keys.prefix(founders)), operators, powers: powers),
            encryptionNodes: try encryptionKeys(keys.count).enumerated().map { index, key in
                EncryptionNode(
                    address: accounts[index].address, nodeClass: index == 0 ? .operator : .community, nodeKey: key.publicKey, endpoint: "",
                    capacityGiB: 1, moniker: "node-\(index + 1)")
            },
            allocations: accounts.map { Allocation(address: $0.address, balance: QST.one * UInt256(1_000_000)) }, economy: economy)
        return Setting(spec: spec, accounts: accounts, keys: keys, faults: faults)
    }

    mutating func beginScript(_ setting: Setting, founders: Int, delegators: Int) throws {
        script = StakingScript(
            users: setting.accounts.prefix(delegators).map(\.address), founders: founders,
            operators: setting.accounts[delegators...].map(\.address), keys: setting.keys, genesis: genesis)
        encryptionKeys = try Self.encryptionKeys(setting.keys.count)
        audit = EconomyAudit(spec, validators: setting.keys.count)
    }

    static func keys(_ count: Int) throws -> [KeyPair] {
        func key(_ name: String) throws -> SimulatedKey { try SimulatedKey.of(seed: Keccak256.hash(Array(name.utf8)).bytes) }
        return try (0..<count).map { (try key("simulated validator \($0)"), try key("simulated node \($0)")) }
    }

    /// Two, other than those of the validators.
    private static func encryptionKeys(_ validators: Int) throws -> [SimulatedKey] {
        try keys(validators + 2).suffix(2).map(\.nodeKey)
    }

    private static func members(_ keys: [KeyPair], _ operators: [Address], powers: [UInt64]) throws -> ValidatorSet {
        let members = keys.indices.map { index in
            ChainTypes.Validator(
                address: operators[index], power: powers[index], consensusKey: keys[index].key.publicKey,
                nodeKey: keys[index].nodeKey.publicKey, endpoint: "", moniker: "validator-\(index + 1)")
        }
        guard let set = ValidatorSet(members) else { throw ClusterFailure.invalidSize(keys.count) }
        return set
    }
}

import ChainTypes
import Cryptography
import Execution
import Primitives
import StoreAPI
import SystemContracts
import Testing
import Trie
import WorldState

/// The system contracts of a chain that starts from a real genesis: calls run in metered frames, blocks end as in execution.
struct EconomyBench {
    static let start: UInt64 = 1_800_000_000_000
    static let stake = QST.one * 1000
    let spec: ChainSpec
    var state: WorldState
    var time = start
    var height: UInt64 = 0
    var epoch: EpochState
    var lastGas: UInt64 = 0
    var lastLogs: [Log] = []
    /// Learnt from the events of the calls, as a node learns it.
    private(set) var accounts: EconomyAccounts

    /// Whose fees are the blocks' revenue.
    static let payer = Address(low: 0x60000)

    struct SetUpError: Error {}

    static func privateKey(_ name: String) throws -> MLDSAPrivateKey {
        try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash(Array(name.utf8)).bytes)
    }

    static func key(_ name: String) -> [UInt8] {
        do { return try privateKey(name).publicKey } catch { preconditionFailure("a seed of 32 bytes makes a key") }
    }

    /// Shows that an account has the key of this name.
    static func proof(_ name: String, _ account: Address) throws -> [UInt8] {
        let key = try privateKey(name)
        return try key.sign(
            KeyPossession.message(genesis: .zero, operator: account, key: key.publicKey), context: KeyPossession.signingContext)
    }

    static func validator(_ index: Int) -> Address { Address(low: 0x10000 + UInt32(index)) }
    static func account(_ index: Int) -> Address { Address(low: 0x20000 + UInt32(index)) }
    static func node(_ index: Int) -> Address { Address(low: 0x30000 + UInt32(index)) }

    init(validators: Int = 3, nodes: Int = 2, accounts: Int = 6, change: (inout EconomySpec) -> Void = { _ in }) throws {
        let members = (0..<validators).map {
            Validator(
                address: Self.validator($0), power: 1000, consensusKey: Self.key("consensus \($0)"), nodeKey: Self.key("node \($0)"),
                endpoint: "127.0.0.1:\($0)", moniker: "v\($0)")
        }
        guard let set = ValidatorSet(members) else { throw SetUpError() }
        var economy = EconomySpec(parameters: .devnet(), operationsAccount: Address(low: 0x40000))
        economy.parameters[.minimumSelfStake] = Self.stake
        change(&economy)
        spec = ChainSpec(
            name: "bench", chainID: 20817, genesisTimeMilliseconds: Self.start, validators: set,
            encryptionNodes: (0..<nodes).map {
                EncryptionNode(
                    address: Self.node($0), nodeClass: $0 % 2 == 0 ? .operator : .community, nodeKey: Self.key("encryption \($0)"),
                    endpoint: "127.0.0.1:9\($0)", capacityGiB: 10, moniker: "n\($0)")
            },
            allocations: (0..<accounts).map { Allocation(address: Self.account($0), balance: QST.one * 1_000_000) }
                + (0..<validators).map { Allocation(address: Self.validator($0), balance: QST.one * 1_000_000) }
                + (0..<nodes).map { Allocation(address: Self.node($0), balance: QST.one * 1_000_000) }
                + [Allocation(address: Self.payer, balance: QST.one * 100_000_000)],
            economy: economy)
        let (block, overlay) = try Genesis.build(spec)
        let store = MemoryStore()
        var batch = WriteBatch()
        overlay.write(to: &batch)
        try store.commit(batch, durable: false)
        state = WorldState(reader: TrieState(root: block.header.stateRoot, nodes: StateNodes(overlays: [], store: store)))
        epoch = EpochState(genesis: spec)
        self.accounts = EconomyAccounts(genesis: spec)
    }

    var context: BlockContext {
        BlockContext(
            chainID: spec.chainID, genesis: .zero, number: height + 1, timestamp: time / 1000, beneficiary: .zero, gasLimit: 30_000_000,
            baseFee: .one, prevRandao: .zero)
    }

    /// Calls a contract as a transaction would; a failure undoes everything.
    @discardableResult
    mutating func call(
        _ contract: any NativeContract.Type, from caller: Address, value: UInt256 = .zero, _ signature: String, _ values: [ABIValue] = [],
        isStatic: Bool = false
    ) throws -> [UInt256] {
        let checkpoint = state.checkpoint()
        guard try state.debit(caller, value) else { throw NativeFailure.revert("insufficient balance") }
        try state.credit(contract.address, value)
        var frame = NativeFrame(
            contract: contract.address, caller: caller, value: value, isStatic: isStatic, block: context, gas: 16_000_000,
            state: WorldState(reader: state.reader))
        swap(&frame.state, &state)
        let result = Result { () throws(NativeFailure) in try frame.run(contract, ABI.call(signature, values: values)) }
        swap(&frame.state, &state)
        lastGas = 16_000_000 - frame.gas
        if case .failure = result { state.revert(to: checkpoint) }
        lastLogs = state.endTransaction()
        accounts.learn(lastLogs)
        let output = try result.get()
        return stride(from: 0, to: output.count - output.count % 32, by: 32).compactMap { UInt256(bigEndian: output[$0..<$0 + 32]) }
    }

    /// Runs what slashing and governance do.
    mutating func hook<Value>(_ body: (inout HookState) throws(NativeFailure) -> Value) throws -> Value {
        let value = try HookState.run(seconds: time / 1000, height: height + 1, in: &state, body)
        lastLogs = state.endTransaction()
        accounts.learn(lastLogs)
        return value
    }

    /// Ends a block. The calls since the block before belong to it.
    mutating func block(
        after milliseconds: UInt64 = 1000, proposer: Address = validator(0), missed: [Address] = [], revenue: UInt256 = .zero,
        commitment: Hash = .zero
    ) throws {
        let parent = time
        time += milliseconds
        height += 1
        guard try state.debit(Self.payer, revenue) else { throw SetUpError() }
        try state.credit(Distribution.address, revenue)
        let facts = BlockFacts(
            number: height, epoch: epoch, epochMilliseconds: spec.parameters.epochMilliseconds, timeMilliseconds: time,
            parentTimeMilliseconds: parent, genesisTimeMilliseconds: Self.start, proposer: proposer, missed: missed, reveal: .zero,
            commitment: commitment)
        epoch = try Economy.endBlock(facts, in: &state)
        lastLogs = state.endTransaction()
        accounts.learn([Receipt(ofBlock: lastLogs, cumulativeGasUsed: 0)])
    }

    /// The state as a reader, with everything that has happened in it.
    func settledReader() throws -> any StateReader {
        guard let base = state.reader as? TrieState else { throw SetUpError() }
        let (root, overlay) = try base.applying(state.changes())
        return TrieState(root: root, nodes: StateNodes(overlays: [overlay], store: base.nodes.store))
    }

    mutating func balance(_ account: Address) throws -> UInt256 { try state.balance(account) }

    mutating func shares(_ delegator: Address, _ validator: Address) throws -> UInt256 {
        try call(Staking.self, from: .zero, "delegation(address,address)", [.address(delegator), .address(validator)])[0]
    }

    mutating func delegate(_ delegator: Address, _ validator: Address, _ wei: UInt256) throws {
        try call(Staking.self, from: delegator, value: wei, "delegate(address)", [.address(validator)])
    }

    mutating func undelegate(_ delegator: Address, _ validator: Address, _ wei: UInt256) throws {
        try call(Staking.self, from: delegator, "undelegate(address,uint256)", [.address(validator), .word(wei)])
    }

    mutating func redelegate(_ delegator: Address, _ source: Address, _ destination: Address, _ wei: UInt256) throws {
        try call(
            Staking.self, from: delegator, "redelegate(address,address,uint256)", [.address(source), .address(destination), .word(wei)])
    }

    mutating func complete(_ delegator: Address, _ validator: Address) throws -> UInt256 {
        try call(Staking.self, from: .zero, "completeUnbonding(address,address)", [.address(delegator), .address(validator)])[0]
    }

    mutating func withdraw(_ delegator: Address, _ validator: Address) throws -> UInt256 {
        try call(Distribution.self, from: delegator, "withdrawDelegatorRewards(address)", [.address(validator)])[0]
    }

    mutating func slash(_ validator: Address, tenths: UInt64, infractionAt: UInt64? = nil) throws {
        let seconds = infractionAt ?? time / 1000
        try hook { (hook) throws(NativeFailure) in
            try Staking.slash(validator, fraction: QST.one / UInt256(10) * UInt256(tenths), infractionAt: seconds, &hook)
        }
    }

    /// - Parameter delegators: for the check of everything: accounts that it must have found by itself.
    mutating func faults(_ delegators: [Address]? = nil) throws -> [String] {
        guard let delegators else { return try EconomyChecker().faults(in: &state) }
        var faults = try EconomyChecker(accounts: accounts).faults(in: &state)
        for validator in accounts.validators {
            for delegator in delegators where try !shares(delegator, validator).isZero {
                let isKnown = accounts.delegations.contains { $0.delegator == delegator && $0.validator == validator }
                if !isKnown { faults.append("nobody has heard of the delegation of \(delegator)") }
            }
        }
        return faults
    }

    /// The state as a block would leave it on disk.
    func settled() throws -> TrieState {
        let reader = try #require(state.reader as? TrieState)
        let (root, overlay) = try reader.applying(state.changes())
        var batch = WriteBatch()
        overlay.write(to: &batch)
        try #require(reader.nodes.store as? MemoryStore).commit(batch, durable: false)
        return TrieState(root: root, nodes: StateNodes(overlays: [], store: reader.nodes.store))
    }
}

import ChainTypes
import Cryptography
import Execution
import Foundation
import Primitives
import Storage
import StoreAPI
import SystemContracts
import TestKit
import WorldState

/// A chain on disk with validators, encryption nodes and any number of delegations. They are made by calls of the contracts
/// themselves, without transactions around them.
final class EconomyChain {
    private static let delegator: UInt32 = 0x0100_0000
    private static let payer = Address(low: 0xfee0)

    let folder: URL
    /// Whether the folder outlives this object.
    private let isKept: Bool
    /// Whether it was made by an earlier run: then nobody has learnt its delegations.
    private(set) var isResumed = false
    let spec: ChainSpec
    private var opened: RocksStore?
    private(set) var root: Hash
    private(set) var time: UInt64
    private(set) var height: UInt64 = 0
    private(set) var epoch: EpochState
    private(set) var watch: EconomyWatch
    private let delegations: Int
    /// As the states of a node's blocks share one.
    private var cache = NodeCache()

    /// - Parameter states: where such chains are kept and looked for; nil for a temporary folder.
    init(validators: Int, nodes: Int, delegations: Int, keptIn states: URL?) throws {
        self.delegations = delegations
        let temporary = FileManager.default.temporaryDirectory.appending(path: "qustream-economy-\(UUID().uuidString.prefix(8))")
        (folder, isKept) = (states?.appending(path: "economy-\(validators)-\(nodes)-\(delegations)") ?? temporary, states != nil)
        spec = try Self.spec(validators: validators, nodes: nodes)
        (root, time, epoch) = (.zero, spec.genesisTimeMilliseconds, EpochState(genesis: spec))
        watch = EconomyWatch(genesis: spec)
        guard try !resume() else { return }
        try make()
        var writer = RLPWriter()
        writer.list {
            $0.append(root)
            $0.append(time)
            $0.append(height)
        }
        try Data(writer.bytes).write(to: head)
    }

    /// Written when the state is whole.
    private var head: URL { folder.appending(path: "HEAD.rlp") }

    /// Goes on from what an earlier run has kept.
    private func resume() throws -> Bool {
        guard let data = try? Data(contentsOf: head) else { return false }
        var reader = RLPReader(Array(data))
        (root, time, height) = try reader.readList { (list) throws(RLPError) in
            (try list.read(), try list.readUInt64(), try list.readUInt64())
        }
        try reopen(forgetsFiles: false)
        epoch = try Epochs.read(state)
        isResumed = true
        return true
    }

    private func make() throws {
        try? FileManager.default.removeItem(at: folder)
        opened = try RocksStore(path: folder.path, memoryBytes: 1 << 30)
        let (sealed, overlay) = try Genesis.build(spec)
        root = sealed.header.stateRoot
        try keep(overlay)
        // Half of them before a close of a period, half after: both kinds of records are there.
        let batch = max(1, min(250_000, delegations / 2))
        for start in stride(from: 0, to: delegations, by: batch) {
            try delegate(start..<min(start + batch, delegations))
            if start < delegations / 2, start + batch >= delegations / 2 { try advance(after: period) }
        }
        // Genesis has left the list of encryption nodes to be made anew.
        try advance(after: 1000, endsEpoch: true)
        try store.commit(WriteBatch(), durable: true)
        try reopen(forgetsFiles: false)
    }

    deinit {
        // Closed first: a compaction would else add files to a folder that is being removed.
        opened = nil
        if !isKept { try? FileManager.default.removeItem(at: folder) }
    }

    var store: RocksStore {
        guard let opened else { preconditionFailure("open for as long as the chain lives") }
        return opened
    }

    var state: TrieState { TrieState(root: root, nodes: StateNodes(overlays: [], store: store, cache: cache)) }
    var period: UInt64 { spec.economy.parameters[.rewardPeriodMilliseconds].limb0 }

    /// Opens the database anew, so that its caches are empty.
    /// - Parameter forgetsFiles: whether the system is asked to forget the files as well, as after its own start.
    func reopen(forgetsFiles: Bool) throws {
        opened = nil
        for name in try forgetsFiles ? FileManager.default.contentsOfDirectory(atPath: folder.path) : [] {
            guard let file = FileHandle(forReadingAtPath: folder.appending(path: name).path) else { continue }
            // What is not on disk yet cannot be forgotten.
            fsync(file.fileDescriptor)
            posix_fadvise(file.fileDescriptor, 0, 0, POSIX_FADV_DONTNEED)
            try file.close()
        }
        (opened, cache) = (try RocksStore(path: folder.path), NodeCache())
    }

    /// Leaves in the cache what blocks with other business leave there: nodes on the way to delegations.
    func warmUp(_ reads: Int, _ random: inout SeededGenerator) throws {
        cache = NodeCache()
        try readDelegations(reads, &random)
    }

    func readDelegations(_ reads: Int, _ random: inout SeededGenerator) throws {
        let state = self.state
        for _ in 0..<reads {
            let index = Int.random(in: 0..<delegations, using: &random)
            let validator = spec.validators.validators[index % spec.validators.count].address
            let shares = Staking.sharesCell(Address(low: Self.delegator + UInt32(index)), validator)
            _ = try state.storage(shares.contract, shares.slot)
        }
    }

    private static func spec(validators: Int, nodes: Int) throws -> ChainSpec {
        func key(_ name: String) -> [UInt8] {
            let blocks = (0..<61).flatMap { Keccak256.hash(Array("\(name) \($0)".utf8)).bytes }
            return Array(blocks.prefix(SignatureSuite.mldsa65.publicKeyBytes))
        }
        let members = (0..<validators).map {
            Validator(
                address: Address(low: 0x10_0000 + UInt32($0)), power: 200_000 + UInt64($0), consensusKey: key("consensus \($0)"),
                nodeKey: key("validator \($0)"), endpoint: "validator-\($0).example:9000", moniker: "validator \($0)")
        }
        guard let set = ValidatorSet(members) else { throw BenchChain.Failure(description: "no validators") }
        return ChainSpec(
            name: "economy", chainID: 20817, genesisTimeMilliseconds: 1_800_000_000_000, validators: set,
            encryptionNodes: (0..<nodes).map {
                EncryptionNode(
                    address: Address(low: 0x20_0000 + UInt32($0)), nodeClass: $0 % 5 == 0 ? .operator : .community, nodeKey: key("node \($0)"),
                    endpoint: "node-\($0).example:9000", capacityGiB: 1000, moniker: "node \($0)")
            },
            allocations: [Allocation(address: payer, balance: QST.one * 1_000_000_000)],
            economy: EconomySpec(operationsAccount: Address(low: 0x0b)))
    }

    // MARK: Building

    private func keep(_ overlay: StateOverlay) throws {
        var batch = WriteBatch()
        overlay.write(to: &batch)
        try store.commit(batch, durable: false)
    }

    private func settle(_ world: borrowing WorldState, on state: TrieState) throws {
        let (root, overlay) = try state.applying(world.changes()) { Threads().run($0, $1) }
        try keep(overlay)
        self.root = root
    }

    private func delegate(_ range: Range<Int>) throws {
        let state = self.state
        var world = WorldState(reader: state)
        var logs: [Log] = []
        for index in range {
            let validator = spec.validators.validators[index % spec.validators.count].address
            try call(
                "delegate(address)", [.address(validator)], from: Address(low: Self.delegator + UInt32(index)),
                wei: QST.one * UInt256(10 + UInt64(index % 97)), &world)
            logs += world.endTransaction()
        }
        try settle(world, on: state)
        watch.learn([Receipt(succeeded: true, cumulativeGasUsed: 0, logs: logs, gasUsed: 0, effectiveGasPrice: .zero)])
    }

    /// Calls the staking contract; one account pays for all.
    private func call(_ signature: String, _ values: [ABIValue], from caller: Address, wei: UInt256, _ world: inout WorldState) throws {
        guard try world.debit(Self.payer, wei) else { throw BenchChain.Failure(description: "nothing left to pay with") }
        try world.credit(Staking.address, wei)
        let context = BlockContext(
            chainID: spec.chainID, genesis: .zero, number: height + 1, timestamp: time / 1000, beneficiary: .zero, gasLimit: .max,
            baseFee: .one, prevRandao: .zero)
        var frame = NativeFrame(
            contract: Staking.address, caller: caller, value: wei, isStatic: false, block: context, gas: .max,
            state: WorldState(reader: world.reader))
        swap(&frame.state, &world)
        defer { swap(&frame.state, &world) }
        _ = try frame.run(Staking.self, ABI.call(signature, values: values))
    }

    /// Gives an encryption node more stake: the list of nodes has to be made anew at the epoch's end.
    func touchNode(_ world: inout WorldState) throws {
        try call("addEncryptionStake()", [], from: spec.encryptionNodes[7].address, wei: .one, &world)
        _ = world.endTransaction()
    }

    /// The end of the next block.
    func facts(after milliseconds: UInt64, endsEpoch: Bool = false) -> BlockFacts {
        BlockFacts(
            number: height + 1, epoch: epoch, epochMilliseconds: endsEpoch ? 0 : .max, timeMilliseconds: time + milliseconds,
            parentTimeMilliseconds: time, genesisTimeMilliseconds: spec.genesisTimeMilliseconds,
            proposer: spec.validators.validators[Int(height) % spec.validators.count].address,
            missed: [spec.validators.validators[0].address], reveal: .zero, commitment: .zero)
    }

    /// Ends a block and keeps what it leaves.
    func advance(after milliseconds: UInt64, endsEpoch: Bool = false) throws {
        let (state, facts) = (self.state, facts(after: milliseconds, endsEpoch: endsEpoch))
        var world = WorldState(reader: state)
        epoch = try Economy.endBlock(facts, in: &world)
        _ = world.endTransaction()
        try settle(world, on: state)
        watch.learn([])
        (time, height) = (facts.timeMilliseconds, facts.number)
    }

    /// What does not add up.
    func faults() throws -> [String] { try watch.faults(of: state) }
}

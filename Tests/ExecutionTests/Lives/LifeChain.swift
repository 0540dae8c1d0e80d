import ChainTypes
import Cryptography
import EVM
import Execution
import Primitives
import Replica
import StoreAPI
import SystemContracts
import Trie
import WorldState

/// A chain whose validators come and go, made by the block builder that nodes run: every block is executed whole, from the evidence
/// in its envelope to the end of its epoch, and the economy is added up after it.
struct LifeChain {
    static let stake = QST.one * 1000
    static let start: UInt64 = 1_800_000_000_000

    /// Who has a place from genesis on, who has none yet, and who only delegates.
    let validators: [Payer]
    let newcomers: [Payer]
    let delegators: [Payer]
    /// Encryption nodes: one of each class, and one more that may join.
    let nodes: [Payer]
    let spec: ChainSpec
    let builder: BlockBuilder
    private(set) var head: ExecutedBlock
    private var parent: ExecutedBlock?
    private(set) var watch: EconomyWatch
    private let store = MemoryStore()
    private let genesis: Hash

    struct SetUpError: Error {}

    init(validators count: Int = 4, epochMilliseconds: UInt64 = 2000, change: (inout EconomyParameters) -> Void) throws {
        validators = (0..<count).map { Payer(name: "validator \($0)") }
        newcomers = (0..<2).map { Payer(name: "newcomer \($0)") }
        delegators = (0..<4).map { Payer(name: "delegator \($0)") }
        nodes = (0..<3).map { Payer(name: "encryption node \($0)") }
        spec = try Self.spec(validators, nodes, rich: validators + newcomers + delegators + nodes, epochMilliseconds, change)
        let (sealed, overlay) = try Genesis.build(spec)
        genesis = sealed.id
        builder = BlockBuilder(spec, genesis: genesis)
        head = ExecutedBlock(
            block: Block(sealed: sealed, transactions: []), receipts: [], overlay: overlay, witnessBytes: 0,
            nextEpoch: Epoch(EpochState(genesis: spec), genesis: genesis))
        watch = EconomyWatch(genesis: spec)
        try keep(overlay)
    }

    private static func spec(
        _ validators: [Payer], _ nodes: [Payer], rich: [Payer], _ epochMilliseconds: UInt64, _ change: (inout EconomyParameters) -> Void
    ) throws -> ChainSpec {
        let members = try validators.map {
            Validator(
                address: try $0.address, power: 1000, consensusKey: try key("\($0.name) consensus").publicKey,
                nodeKey: try key("\($0.name) node").publicKey, endpoint: "", moniker: $0.name)
        }
        guard let set = ValidatorSet(members) else { throw SetUpError() }
        var economy = EconomySpec(parameters: .devnet(epochMilliseconds: epochMilliseconds), operationsAccount: Address(low: 0x40000))
        economy.parameters[.minimumSelfStake] = stake
        change(&economy.parameters)
        var spec = ChainSpec(
            name: "lives", chainID: 20817, genesisTimeMilliseconds: start, validators: set,
            encryptionNodes: try nodes.prefix(2).enumerated().map { index, node in
                EncryptionNode(
                    address: try node.address, nodeClass: index == 0 ? .operator : .community, nodeKey: try key(node.name).publicKey,
                    endpoint: "", capacityGiB: 1, moniker: node.name)
            },
            allocations: try rich.map { Allocation(address: try $0.address, balance: QST.one * 1_000_000) }, economy: economy)
        spec.parameters.epochMilliseconds = epochMilliseconds
        return spec
    }

    static func key(_ name: String) throws -> MLDSAPrivateKey {
        try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash(Array(name.utf8)).bytes)
    }

    private func keep(_ overlay: StateOverlay) throws {
        var batch = WriteBatch()
        overlay.write(to: &batch)
        try store.commit(batch, durable: false)
    }

    // MARK: What is

    var state: TrieState { TrieState(root: head.block.header.stateRoot, nodes: StateNodes(overlays: [], store: store)) }
    var time: UInt64 { head.block.envelope.timeMilliseconds }
    var view: EconomyView { EconomyView(state, timeMilliseconds: time) }
    var epoch: EpochState { head.nextEpoch.state }

    func delivered(_ validator: Payer) throws -> UInt64 {
        let record = Distribution.validator(try validator.address)
        return try state.storage(record.contract, record.slot(.delivered)).limb0
    }

    func isInNextSet(_ validator: Payer) throws -> Bool {
        let address = try validator.address
        return epoch.next.validators.contains { $0.address == address }
    }

    func isRemoved(_ validator: Address) throws -> Bool {
        try !state.storage(Staking.address, Staking.validator(validator).slot(.isTombstoned)).isZero
    }

    /// What does not add up, and what was refused at the ends of blocks.
    mutating func faults() throws -> [String] {
        let refused = try Economy.refusedDuties(in: state)
        let sums = try watch.faults(of: state)
        return refused.count == 0 ? sums : sums + ["\(refused)"]
    }

    // MARK: What happens

    /// Something that an account asks of a system contract.
    struct Call {
        let payer: Payer
        let contract: Address
        var wei = UInt256.zero
        let data: [UInt8]

        init(_ payer: Payer, _ contract: Address, wei: UInt256 = .zero, _ signature: String, _ values: [ABIValue] = []) {
            (self.payer, self.contract, self.wei) = (payer, contract, wei)
            data = ABI.call(signature, values: values)
        }
    }

    /// Adds the next block.
    /// - Parameter skipped: views whose leaders miss their turns before it.
    /// - Returns: receipts of the calls that found a place.
    @discardableResult
    mutating func extend(
        _ calls: [Call] = [], after milliseconds: UInt64 = 500, skipping skipped: UInt64 = 0, doubleSigns: [DoubleSign] = []
    ) throws -> [Receipt] {
        let rehearsal = builder.rehearsal(after: head, state: state)
        rehearsal.run()
        let view = head.block.envelope.view + 1 + skipped
        // As on a node, the numbers grow from the consensus key: who has a new one cannot reveal what the old one committed to.
        let numbers = RandomNumbers(seed: Keccak256.hash(head.nextEpoch.leader(of: view).consensusKey).bytes)
        let block = try builder.build(
            on: head, state: state, candidates: try transactions(calls), view: view, numbers: numbers,
            timeMilliseconds: time + milliseconds, doubleSigns: doubleSigns
        ).block
        try keep(block.overlay)
        parent = head
        head = block
        watch.learn(block.receipts)
        return block.receipts.filter { !$0.isOfBlock }
    }

    /// Checks the newest block as a node does that receives it.
    func validateHead() throws {
        guard let parent else { return }
        let before = TrieState(root: parent.block.header.stateRoot, nodes: StateNodes(overlays: [], store: store))
        _ = try builder.validate(head.block, on: parent, state: before)
    }

    private func transactions(_ calls: [Call]) throws -> [SignedTransaction] {
        var nonces: [Address: UInt64] = [:]
        return try calls.map { call in
            let sender = try call.payer.address
            let nonce = try nonces[sender] ?? state.account(sender)?.nonce ?? 0
            nonces[sender] = nonce + 1
            let body = UnsignedTransaction(
                chainID: spec.chainID, sender: sender, nonce: nonce, maxPriorityFeePerGas: QST.gwei, maxFeePerGas: QST.gwei * 1000,
                gasLimit: 4_000_000, to: call.contract, value: call.wei, data: call.data,
                nextKeyCommitment: try call.payer.key(nonce + 1).commitment, suite: call.payer.suite)
            // Execution trusts admission for the signature.
            return SignedTransaction(body: body, witness: Witness(publicKey: try call.payer.key(nonce).publicKey, signature: []))
        }
    }

    /// Two votes of a key in a view of an epoch.
    func doubleSign(_ key: MLDSAPrivateKey, epoch: UInt64) throws -> DoubleSign {
        let votes = try ([1, 2] as [UInt64]).map { block in
            let ballot = Ballot(epoch: epoch, view: 7, kind: .notarize, block: Hash(UInt256(block)))
            let signature = try key.sign(ballot.signingPayload(genesis: genesis), context: Ballot.signingContext)
            return Vote(ballot: ballot, validator: 0, signature: signature)
        }
        guard let evidence = Evidence(votes[0], votes[1]) else { throw SetUpError() }
        return DoubleSign(consensusKey: key.publicKey, evidence: evidence)
    }

    /// Shows that an account has a key.
    func possession(_ key: MLDSAPrivateKey, _ account: Payer) throws -> ABIValue {
        let message = KeyPossession.message(genesis: genesis, operator: try account.address, key: key.publicKey)
        return .bytes(try key.sign(message, context: KeyPossession.signingContext))
    }
}

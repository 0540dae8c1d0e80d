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

/// An account whose one-time keys follow from a seed.
struct Payer: Sendable {
    let name: String
    var suite = SignatureSuite.mldsa65

    func key(_ index: UInt64) throws -> MLDSAPrivateKey {
        try MLDSAPrivateKey(suite: suite, seed: Keccak256.hash(Array("\(name) \(index)".utf8)).bytes)
    }

    var address: Address { get throws { Address(firstCommitment: try key(0).commitment) } }
}

/// A chain in memory that starts from a genesis with some rich accounts. Everything goes in as transactions and comes
/// out as receipts, errors and roots.
struct TestChain {
    static let gasLimit: UInt64 = 30_000_000
    static let proposer = Address(low: 0xbeef)
    static let shop = Address(low: 0x5a0b)

    let alice = Payer(name: "alice")
    let bob = Payer(name: "bob")
    let carol = Payer(name: "carol", suite: .mldsa87)
    let spec: ChainSpec
    let genesis: Hash
    let builder: BlockBuilder
    private(set) var head: ExecutedBlock
    private let store = MemoryStore()

    init(balance: UInt256 = QST.one * 1000) throws {
        let member = try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash([1]).bytes)
        let validator = Validator(
            address: Self.proposer, power: 1, consensusKey: member.publicKey, nodeKey: member.publicKey, endpoint: "", moniker: "")
        guard let validators = ValidatorSet([validator]) else { throw SetUpError() }
        spec = ChainSpec(
            name: "test", chainID: 20817, genesisTimeMilliseconds: 1_800_000_000_000, validators: validators,
            encryptionNodes: [],
            allocations: try [alice, bob, carol].map { Allocation(address: try $0.address, balance: balance) })
        let (sealed, overlay) = try Genesis.build(spec)
        genesis = sealed.id
        builder = BlockBuilder(spec, genesis: genesis)
        head = ExecutedBlock(
            block: Block(sealed: sealed, transactions: []), receipts: [], overlay: overlay, witnessBytes: 0,
            nextEpoch: Epoch(EpochState(genesis: spec), genesis: genesis))
        try keep(overlay)
    }

    struct SetUpError: Error {}

    private func keep(_ overlay: StateOverlay) throws {
        var batch = WriteBatch()
        overlay.write(to: &batch)
        try store.commit(batch, durable: false)
    }

    /// The state after the head.
    var state: TrieState { TrieState(root: head.block.header.stateRoot, nodes: StateNodes(overlays: [], store: store)) }

    var nextTime: UInt64 { head.block.envelope.timeMilliseconds + 1000 }

    var context: BlockContext {
        BlockContext(
            chainID: spec.chainID, genesis: genesis, number: head.block.number + 1, timestamp: nextTime / 1000,
            beneficiary: Self.proposer, gasLimit: Self.gasLimit,
            baseFee: BaseFee.next(after: head.block.header, witnessBytes: head.witnessBytes), prevRandao: .zero)
    }

    /// Builds the next block without adding it; candidates that cannot run are left out.
    func build(_ transactions: [SignedTransaction]) throws -> ExecutedBlock {
        try builder.build(
            on: head, state: state, candidates: transactions, view: head.block.envelope.view + 1,
            numbers: RandomNumbers(seed: [7]), timeMilliseconds: nextTime
        ).block
    }

    /// Builds and adds the next block; returns its receipts.
    @discardableResult
    mutating func extend(_ transactions: [SignedTransaction] = []) throws -> [Receipt] {
        let block = try build(transactions)
        try keep(block.overlay)
        head = block
        return block.receipts
    }

    /// Runs transactions as the next block would, in order.
    func run(_ transactions: [SignedTransaction], in context: BlockContext? = nil) throws -> BlockExecutor {
        var executor = try BlockExecutor(block: context ?? self.context, reader: state)
        for transaction in transactions { try executor.execute(transaction) }
        return executor
    }

    func validate(_ block: Block) throws { _ = try builder.validate(block, on: head, state: state) }

    func balance(_ address: Address) throws -> UInt256 { try state.account(address)?.balance ?? .zero }

    /// Wei of all accounts together, whoever they are.
    func supply() throws -> UInt256 {
        let entries = try MerklePatriciaTrie(root: state.root).entries(limit: .max, from: state.nodes)
        return try entries.reduce(.zero) { $0 + (try Account(rlp: $1.value)).balance }
    }

    /// A transfer that the next block takes, until it is changed; the witness fits the change unless `signing` is false.
    func transfer(
        _ payer: Payer, nonce: UInt64 = 0, wei: UInt256 = 5, signing: Bool = false,
        change: (inout UnsignedTransaction) throws -> Void = { _ in }
    ) throws -> SignedTransaction {
        let key = try payer.key(nonce)
        var body = UnsignedTransaction(
            chainID: spec.chainID, sender: try payer.address, nonce: nonce, maxPriorityFeePerGas: QST.gwei,
            maxFeePerGas: QST.gwei * 10, gasLimit: 21_000 + IntrinsicGas.surcharge(payer.suite), to: Self.shop, value: wei,
            nextKeyCommitment: try payer.key(nonce + 1).commitment, suite: payer.suite)
        try change(&body)
        // Execution trusts admission for the signature, so most tests spare themselves the work.
        let signature = try signing ? key.sign(body.signingPayload, context: UnsignedTransaction.signingContext(genesis: genesis)) : []
        return SignedTransaction(body: body, witness: Witness(publicKey: key.publicKey, signature: signature))
    }
}

import ChainTypes
import Cryptography
import EVM
import Execution
import Primitives
import StoreAPI
import SystemContracts
import WorldState

/// A state with everything in it that a call can meet, and one account that is everything: a contract that is a validator, an
/// encryption node, a delegator of all validators, a voter on all proposals and an owner of keys.
public struct World: Sendable {
    /// How long its lists are.
    public struct Size: Sendable {
        public var validators: Int
        public var nodes: Int
        public var proposals: Int
        public var schedules: Int
        public var challenges: Int
        /// How many slots of the account are not zero, and how many other accounts there are.
        public var slots: Int
        public var accounts: Int
        /// How many contracts there are of the longest code, each another.
        public var codes: Int

        public static let small = Size(
            validators: 20, nodes: 10, proposals: 8, schedules: 20, challenges: 20, slots: 1000, accounts: 1000, codes: 20)
        public static let large = Size(
            validators: 100, nodes: 1000, proposals: 64, schedules: 1000, challenges: 300, slots: 200_000, accounts: 200_000,
            codes: 4000)
    }

    struct Failure: Error {
        let what: String
    }

    static let actor = Address(low: 0xac_7000)
    static let longCode = Address(low: 0x40_0001)
    static let reverting = Address(low: 0x40_0002)
    static let returning = Address(low: 0x40_0003)
    static func account(_ index: Int) -> Address { Address(low: 0x50_0000 + UInt32(index)) }
    static func contract(_ index: Int) -> Address { Address(low: 0x60_0000 + UInt32(index)) }
    static func validator(_ index: Int) -> Address { Address(low: 0x10_0000 + UInt32(index)) }
    static func node(_ index: Int) -> Address { Address(low: 0x20_0000 + UInt32(index)) }

    static let device = Hash(UInt256(0xde))
    static let data = [UInt8](repeating: 1, count: 8 * ChunkTree.chunkBytes)
    private static let start: UInt64 = 1_800_000_000_000
    private static let wei = QST.one * 1_000_000

    let size: Size
    let machine: Machine
    /// The actor's key that was requested, and what the first node signed of it.
    let vaultKey: Hash
    let receipt: SignedKeyReceipt
    /// The challenge of that node's data that waits for its answer.
    let audit: UInt64

    var block: BlockContext { machine.block }

    /// - Parameter store: where the state is kept and read from.
    public init(_ size: Size, in store: some KeyValueStore = MemoryStore()) throws {
        self.size = size
        let spec = try Self.spec(size)
        let (sealed, overlay) = try Genesis.build(spec)
        try Self.keep(overlay, in: store)
        let genesis = TrieState(root: sealed.header.stateRoot, nodes: StateNodes(overlays: [], store: store))
        let block = BlockContext(
            chainID: spec.chainID, genesis: .zero, number: 1000, timestamp: Self.start / 1000 + 3600, beneficiary: Address(low: 0xbe),
            gasLimit: 30_000_000, baseFee: .one, prevRandao: .zero)
        var builder = WorldBuilder(size: size, state: WorldState(reader: genesis), block: block)
        try builder.build(spec)
        let (root, changes) = try genesis.applying(builder.state.changes())
        try Self.keep(changes, in: store)
        machine = Machine(
            reader: { TrieState(root: root, nodes: StateNodes(overlays: [], store: store)) }, block: block, actor: Self.actor)
        guard let receipt = builder.receipt else { throw Failure(what: "no receipt") }
        self.receipt = receipt
        (vaultKey, audit) = (builder.vaultKey, builder.audit)
    }

    private static func keep(_ overlay: StateOverlay, in store: some KeyValueStore) throws {
        var batch = WriteBatch()
        overlay.write(to: &batch)
        try store.commit(batch, durable: false)
    }

    private static func spec(_ size: Size) throws -> ChainSpec {
        let members = try (0..<size.validators).map {
            Validator(
                address: validator($0), power: 200_000,
                consensusKey: $0 == 0 ? try Keys.of("consensus").publicKey : Keys.fake("consensus \($0)"),
                nodeKey: Keys.fake("validator \($0)"), endpoint: "127.0.0.1:\($0)", moniker: "v\($0)")
        }
        guard let set = ValidatorSet(members) else { throw Failure(what: "no validators") }
        var economy = EconomySpec(parameters: .devnet(), operationsAccount: Address(low: 0x0b))
        // The longest lists that governance can allow.
        economy.parameters[.maximumEntries] = Parameter.maximumEntries.bounds.upperBound
        economy.parameters[.maximumActiveProposals] = Parameter.maximumActiveProposals.bounds.upperBound
        economy.parameters[.unbondingMilliseconds] = UInt256(100 * 86_400_000)
        economy.parameters[.votingMilliseconds] = UInt256(100 * 86_400_000)
        economy.parameters[.challengeMilliseconds] = UInt256(100 * 86_400_000)
        economy.parameters[.minimumSelfStake] = QST.one
        economy.parameters[.minimumDeposit] = QST.one
        economy.parameters[.challengeDeposit] = QST.one
        economy.vesting = (0..<size.schedules).map { _ in
            VestingAllocation(beneficiary: actor, amount: QST.one, lockMilliseconds: 0, vestingMilliseconds: 100 * 86_400_000)
        }
        return ChainSpec(
            name: "gas", chainID: 20817, genesisTimeMilliseconds: start, validators: set,
            encryptionNodes: try (0..<size.nodes).map {
                EncryptionNode(
                    address: node($0), nodeClass: $0 % 5 == 0 ? .operator : .community,
                    nodeKey: $0 == 0 ? try Keys.of("node").publicKey : Keys.fake("node \($0)"), endpoint: "127.0.0.1:9\($0)",
                    capacityGiB: 10,
                    moniker: "n\($0)")
            },
            allocations: [Allocation(address: actor, balance: wei), Allocation(address: Machine.sender, balance: wei)],
            economy: economy)
    }
}

/// Keys of ML-DSA-65 by name.
enum Keys {
    static func of(_ name: String) throws -> MLDSAPrivateKey {
        try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash(Array(name.utf8)).bytes)
    }

    /// As long as a key.
    static func fake(_ name: String) -> [UInt8] {
        let blocks = (0..<61).flatMap { Keccak256.hash(Array("\(name) \($0)".utf8)).bytes }
        return Array(blocks.prefix(SignatureSuite.mldsa65.publicKeyBytes))
    }

    /// Shows that the actor has a key.
    static func proof(_ name: String) throws -> [UInt8] {
        let key = try of(name)
        return try key.sign(
            KeyPossession.message(genesis: .zero, operator: World.actor, key: key.publicKey), context: KeyPossession.signingContext)
    }
}

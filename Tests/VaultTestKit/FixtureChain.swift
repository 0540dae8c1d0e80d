import ChainTypes
import Cryptography
import Execution
import LightClient
import Primitives
import StoreAPI
import Synchronization
import SystemContracts
import WorldState

/// A chain of the shipped registry contracts over the shipped trie, final at once: blocks are certified with real keys.
public final class FixtureChain: Sendable {
    public static let start: UInt64 = 1_800_000_000_000
    public let spec: ChainSpec
    public let genesis: Hash
    public let keys: [MLDSAPrivateKey]
    private let store = MemoryStore()
    private let blocks: Mutex<[SealedHeader]>
    private let registered: Mutex<[EncryptionNode]>

    public init(nodes: [EncryptionNode], operators: Int, community: Int) throws {
        let keys = try (0..<4).map { try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash([UInt8($0)]).bytes) }
        self.keys = keys
        let validators = keys.map {
            Validator(
                address: Address(firstCommitment: $0.commitment), power: 10, consensusKey: $0.publicKey, nodeKey: $0.publicKey,
                endpoint: "", moniker: "")
        }
        var parameters = ChainParameters()
        parameters.operatorCommittee = UInt64(operators)
        parameters.communityCommittee = UInt64(community)
        guard let set = ValidatorSet(validators) else { throw FixtureError() }
        spec = ChainSpec(
            name: "fixture", chainID: 20817, genesisTimeMilliseconds: Self.start, parameters: parameters, validators: set,
            encryptionNodes: nodes, allocations: [])
        let (block, overlay) = try Genesis.build(spec)
        var batch = WriteBatch()
        overlay.write(to: &batch)
        try store.commit(batch, durable: false)
        genesis = block.id
        blocks = Mutex([block])
        registered = Mutex(nodes)
    }

    public struct FixtureError: Error {
        public init() {}
    }

    public var head: SealedHeader { blocks.withLock { $0[$0.count - 1] } }
    public var now: UInt64 { head.envelope.timeMilliseconds }

    /// Executes a call as one final block, `later` milliseconds after the one before. Returns its output and events.
    @discardableResult
    public func call(
        _ contract: any NativeContract.Type, from caller: Address, value: UInt256 = .zero, _ data: [UInt8], later: UInt64 = 1000
    ) throws -> (output: [UInt8], logs: [Log]) {
        try blocks.withLock { blocks in
            let parent = blocks[blocks.count - 1]
            let trie = TrieState(root: parent.header.stateRoot, nodes: StateNodes(overlays: [], store: store))
            var state = WorldState(reader: trie)
            try state.credit(contract.address, value)
            let time = parent.envelope.timeMilliseconds + later
            let context = BlockContext(
                chainID: spec.chainID, genesis: genesis, number: parent.number + 1, timestamp: time / 1000, beneficiary: .zero,
                gasLimit: 30_000_000, baseFee: .one, prevRandao: .zero)
            var frame = NativeFrame(
                contract: contract.address, caller: caller, value: value, isStatic: false, block: context, gas: 1_000_000, state: state)
            let output = try frame.run(contract, data)
            blocks.append(try seal(after: parent, time: time, try trie.applying(frame.state.changes())))
            return (output, frame.state.logs)
        }
    }

    /// The nodes that the registry has now.
    public var nodes: [EncryptionNode] { registered.withLock { $0 } }

    /// Gives the registry another list of nodes.
    public func register(_ nodes: [EncryptionNode]) throws {
        try blocks.withLock { blocks in
            let parent = blocks[blocks.count - 1]
            let trie = TrieState(root: parent.header.stateRoot, nodes: StateNodes(overlays: [], store: store))
            var state = WorldState(reader: trie)
            try state.setStorage(NodeRegistry.address, NodeRegistry.setHashSlot, NodeRegistry.setHash(of: nodes).number)
            let time = parent.envelope.timeMilliseconds + 1000
            blocks.append(try seal(after: parent, time: time, try trie.applying(state.changes())))
        }
        registered.withLock { $0 = nodes }
    }

    /// An empty block.
    public func advance(by milliseconds: UInt64) throws {
        try blocks.withLock { blocks in
            let parent = blocks[blocks.count - 1]
            let time = parent.envelope.timeMilliseconds + milliseconds
            blocks.append(try seal(after: parent, time: time, (parent.header.stateRoot, StateOverlay())))
        }
    }

    private func seal(after parent: SealedHeader, time: UInt64, _ state: (root: Hash, overlay: StateOverlay)) throws -> SealedHeader {
        var batch = WriteBatch()
        state.overlay.write(to: &batch)
        try store.commit(batch, durable: false)
        let header = Header(
            parentHash: parent.blockHash, beneficiary: .zero, stateRoot: state.root, number: parent.number + 1, gasLimit: 30_000_000,
            timestamp: time / 1000, prevRandao: .zero, baseFeePerGas: .one)
        let envelope = Envelope(
            epoch: 0, view: parent.number + 1, parent: parent.id, timeMilliseconds: time, headerHash: header.hash,
            bodyHash: Block.bodyHash(of: []), nextSetHash: spec.validators.hash)
        guard let block = SealedHeader(envelope: envelope, header: header) else { throw FixtureError() }
        return block
    }

    /// A header under a certificate of three of four validators.
    public func finality(_ number: UInt64? = nil, signers: [Int] = [0, 1, 3]) throws -> FinalityProof {
        let block = blocks.withLock { blocks in number.map { blocks[Int($0)] } ?? blocks[blocks.count - 1] }
        let ballot = Ballot(epoch: block.envelope.epoch, view: block.envelope.view, kind: .finalize, block: block.id)
        let payload = ballot.signingPayload(genesis: genesis)
        let shares = try signers.map {
            Certificate.Share(validator: $0, signature: try keys[$0].sign(payload, context: Ballot.signingContext))
        }
        return FinalityProof(headers: [block], certificate: Certificate(ballot: ballot, shares: shares))
    }

    public func proof(_ address: Address, slots: [Hash], at number: UInt64? = nil) throws -> StateProof {
        let block = blocks.withLock { blocks in number.map { blocks[Int($0)] } ?? blocks[blocks.count - 1] }
        return try TrieState(root: block.header.stateRoot, nodes: StateNodes(overlays: [], store: store)).prove(address, slots: slots)
    }

    public func keyRequestFee(size: UInt64) -> UInt256 {
        KeyRegistry.fee(size: size, base: spec.parameters.keyRequestFee, perMiB: spec.parameters.keyRequestFeePerMiB) ?? .zero
    }

    /// Links a device.
    public func link(_ device: Hash, to owner: Address) throws {
        try call(KeyRegistry.self, from: owner, KeyRegistry.linkDeviceCall(device: device))
    }

    /// Requests a key.
    public func requestKey(_ owner: Address, device: Hash, policy: Hash, size: UInt64) throws -> KeyID {
        let data = KeyRegistry.requestKeyCall(device: device, policy: policy, size: size)
        guard let id = KeyID(try call(KeyRegistry.self, from: owner, value: keyRequestFee(size: size), data).output) else { throw FixtureError() }
        return id
    }
}

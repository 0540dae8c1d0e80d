import ChainTypes
import Cryptography
import Execution
import Foundation
import Primitives
import Replica
import Storage
import StoreAPI
import SystemContracts
import Trie
import WorldState

/// A chain whose state is on disk, in a temporary folder: a genesis with any number of rich accounts and a token.
///
/// Execution trusts admission for signatures, so transactions carry public keys that are only names, of the real length where
/// their hashing shall count.
final class BenchChain {
    static let gasLimit: UInt64 = 30_000_000
    static let token = Address(low: 0x70ce)
    private static let proposer = Address(low: 0xbeef)

    let folder = FileManager.default.temporaryDirectory.appending(path: "qustream-bench-\(UUID().uuidString.prefix(8))")
    let accounts: Int
    private var opened: RocksStore?
    private let spec: ChainSpec
    private let genesis: SealedHeader
    private let keyBytes: Int
    private(set) var root: Hash

    /// - Parameter keyBytes: of a public key; 1,952 is ML-DSA-65.
    init(accounts: Int, holders: Int = 0, keyBytes: Int = 1952) throws {
        (self.accounts, self.keyBytes) = (accounts, keyBytes)
        let store = try RocksStore(path: folder.path)
        opened = store
        let key = try MLDSAPrivateKey(suite: .mldsa65, seed: [UInt8](repeating: 1, count: 32)).publicKey
        let member = Validator(address: Self.proposer, power: 1, consensusKey: key, nodeKey: key, endpoint: "", moniker: "")
        guard let validators = ValidatorSet([member]) else { throw Failure(description: "no validators") }
        spec = ChainSpec(
            name: "bench", chainID: 20817, genesisTimeMilliseconds: 1_800_000_000_000, validators: validators,
            encryptionNodes: [], allocations: [])
        let (sealed, overlay) = try Genesis.build(spec)
        (genesis, root) = (sealed, sealed.header.stateRoot)
        try keep(overlay)
        try addAccounts()
        if holders > 0 { try addToken(holders: holders) }
        try store.commit(WriteBatch(), durable: true)
    }

    deinit {
        // Closed first: a compaction would else add files to a folder that is being removed.
        opened = nil
        try? FileManager.default.removeItem(at: folder)
    }

    var store: RocksStore {
        guard let opened else { preconditionFailure("open for as long as the chain lives") }
        return opened
    }

    struct Failure: Error { let description: String }

    var state: TrieState { TrieState(root: root, nodes: StateNodes(overlays: [], store: store)) }

    func keep(_ overlay: StateOverlay, durable: Bool = false) throws {
        var batch = WriteBatch()
        overlay.write(to: &batch)
        try store.commit(batch, durable: durable)
    }

    // MARK: State

    /// All at once in the order of their keys, so that the trie writes hardly a node twice.
    private func addAccounts() throws {
        var keys = (0..<accounts).map { Keccak256.hash(address($0).bytes) }
        keys.sort()
        let value = Account(balance: QST.one * 1000).rlp
        var trie = MerklePatriciaTrie(root: root)
        for start in stride(from: 0, to: keys.count, by: 50_000) {
            var batch = WriteBatch()
            let changes = keys[start..<min(start + 50_000, keys.count)].map { (key: $0.bytes, value: Optional(value)) }
            for node in try trie.apply(changes, from: state.nodes) { batch.put(.trieNode, node.hash.bytes, node.bytes) }
            try store.commit(batch, durable: false)
        }
        root = trie.root
    }

    /// What the token's constructor returns. The folder is the repository's root, as `make` has it.
    static func tokenCode() throws -> [UInt8] {
        let text = try String(contentsOfFile: "Benchmarks/EVM/token.hex", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let code = Hex.decode(text) else { throw Failure(description: "the token's code is not hexadecimal") }
        return code
    }

    private func addToken(holders: Int) throws {
        let code = try Self.tokenCode()
        var world = WorldState(reader: state)
        try world.setCode(Self.token, code)
        try world.setNonce(Self.token, 1)
        for holder in 0..<holders {
            // `balanceOf` is Vyper's mapping at slot 1: the hash of the slot and then the key.
            let slot = Keccak256.hash(Hash(UInt256(1)).bytes + address(holder).padded.bytes)
            try world.setStorage(Self.token, slot, 1_000_000)
        }
        _ = world.endTransaction()
        let (root, overlay) = try state.applying(world.changes())
        try keep(overlay)
        self.root = root
    }

    // MARK: Transactions

    private func key(_ account: Int, _ nonce: UInt64) -> [UInt8] {
        var key = [UInt8](repeating: 0, count: keyBytes)
        for byte in 0..<8 {
            key[byte] = UInt8(truncatingIfNeeded: account >> (8 * byte))
            key[8 + byte] = UInt8(truncatingIfNeeded: nonce >> (8 * UInt64(byte)))
        }
        return key
    }

    private func commitment(_ account: Int, _ nonce: UInt64) -> Hash {
        KeyCommitment.of(suite: .mldsa65, publicKey: key(account, nonce))
    }

    func address(_ account: Int) -> Address { Address(firstCommitment: commitment(account, 0)) }

    func transfer(from sender: Int, nonce: UInt64 = 0, to: Int) -> SignedTransaction {
        transaction(sender, nonce, to: address(to), value: 5, data: [], gas: 21_000)
    }

    func tokenTransfer(from sender: Int, nonce: UInt64 = 0, to: Int) -> SignedTransaction {
        let data: [UInt8] = [0xa9, 0x05, 0x9c, 0xbb] + address(to).padded.bytes + Hash(UInt256(7)).bytes
        return transaction(sender, nonce, to: Self.token, value: .zero, data: data, gas: 60_000)
    }

    private func transaction(_ sender: Int, _ nonce: UInt64, to: Address, value: UInt256, data: [UInt8], gas: UInt64) -> SignedTransaction {
        let body = UnsignedTransaction(
            chainID: spec.chainID, sender: address(sender), nonce: nonce, maxPriorityFeePerGas: QST.gwei, maxFeePerGas: QST.gwei * 10,
            gasLimit: gas, to: to, value: value, data: data, nextKeyCommitment: commitment(sender, nonce + 1))
        return SignedTransaction(body: body, witness: Witness(publicKey: key(sender, nonce), signature: []))
    }

    // MARK: Blocks

    /// A parent whose state is the one on disk.
    func parent() throws -> ExecutedBlock {
        var header = genesis.header
        header.stateRoot = root
        var envelope = genesis.envelope
        envelope.headerHash = header.hash
        guard let sealed = SealedHeader(envelope: envelope, header: header) else { throw Failure(description: "another header is named") }
        return ExecutedBlock(
            block: Block(sealed: sealed, transactions: []), receipts: [], overlay: StateOverlay(), witnessBytes: 0,
            nextEpoch: Epoch(EpochState(genesis: spec), genesis: genesis.id))
    }

    func builder(_ parallel: any Parallel) -> BlockBuilder { BlockBuilder(spec, genesis: genesis.id, parallel: parallel) }

    /// The next block with as many of the candidates as fit.
    func block(_ candidates: [SignedTransaction], on parent: ExecutedBlock) throws -> Block {
        let built = try builder(Serial()).build(
            on: parent, state: state, candidates: candidates, view: parent.block.envelope.view + 1, numbers: RandomNumbers(seed: [7]),
            timeMilliseconds: parent.block.envelope.timeMilliseconds + 1000)
        guard built.failed.isEmpty, built.block.receipts.allSatisfy(\.succeeded) else {
            throw Failure(description: "transactions cannot run")
        }
        return built.block.block
    }

    /// What a transaction sees in the next block.
    func context(on parent: ExecutedBlock) -> BlockContext {
        var context = BlockContext(
            chainID: spec.chainID, genesis: genesis.id, number: 1, timestamp: parent.block.header.timestamp + 1, beneficiary: Self.proposer,
            gasLimit: Self.gasLimit, baseFee: parent.block.header.baseFeePerGas, prevRandao: .zero)
        context.parentHash = parent.block.sealed.blockHash
        return context
    }
}

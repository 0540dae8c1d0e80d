import ChainTypes
import Cryptography
import EVM
import Execution
import Networking
import Primitives
import RPCServer
import Replica
import StoreAPI
import SystemContracts
import Trie
import WorldState

/// The finalised chain as the RPC server reads it: straight from the store, on any thread.
struct ChainView: ChainReader {
    let spec: ChainSpec
    let genesis: Hash
    let store: ChainStore
    let host: ReplicaHost
    let heads: HeadFeedHub
    let peerCount: @Sendable () -> Int
    let configuration: NodeConfiguration
    let refusals: @Sendable () -> [Reputation.Refusal]

    var chainID: UInt64 { spec.chainID }
    var clientVersion: String { "QuStream/0.1.0/swift" }

    // MARK: Blocks

    func headNumber() throws -> UInt64 { host.snapshot.head.block.number }
    func number(ofBlock hash: Hash) throws -> UInt64? { try store.number(ofBlockHash: hash) }
    func header(_ number: UInt64) throws -> SealedHeader? { try visible(number) ? store.header(number) : nil }

    func block(_ number: UInt64) throws -> StoredBlock? {
        guard try visible(number), let block = try store.block(number) else { return nil }
        return StoredBlock(
            sealed: block.sealed, transactions: block.transactions.map(\.transaction), sizeBytes: UInt64(block.rlp.count),
            hasEvents: try store.location(ofTransaction: block.sealed.eventsHash) != nil)
    }

    func receipts(_ number: UInt64) throws -> [Receipt]? { try number == 0 ? [] : store.receipts(number) }

    func location(ofTransaction hash: Hash) throws -> TransactionLocation? {
        try store.location(ofTransaction: hash).map { TransactionLocation(number: $0.number, index: $0.index) }
    }

    func nextBaseFee() throws -> UInt256 { host.snapshot.nextBaseFee }
    func pendingTransaction(_ hash: Hash) throws -> Transaction? { host.lookUp { $0.transaction(hash)?.signed.transaction } }

    func pendingTransactions(of sender: Address) throws -> [Transaction] {
        host.lookUp { $0.waiting(of: sender).map(\.signed.transaction) }
    }

    func systemContracts() -> [(name: String, address: Address)] {
        // Ethereum's names for those that it has as well (EIP-7910).
        [("HISTORY_STORAGE_ADDRESS", HistoryContract.address), ("DISTRIBUTION_ADDRESS", SystemContracts.distribution)]
            + SystemContracts.all.map { (Self.constantName("\($0)"), $0.address) }
    }

    /// `KeyRegistry` as `KEY_REGISTRY_ADDRESS`.
    private static func constantName(_ type: String) -> String {
        type.reduce(into: "") { name, letter in name += (letter.isUppercase && !name.isEmpty ? "_" : "") + letter.uppercased() } + "_ADDRESS"
    }

    /// A block is shown once its commit is done, and the head's event with it.
    func visible(_ number: UInt64) throws -> Bool { try number <= headNumber() }

    // MARK: State

    func state(at number: UInt64) throws -> TrieState {
        guard let sealed = try header(number) else { throw RPCFailure.headerNotFound }
        return TrieState(root: sealed.header.stateRoot, nodes: StateNodes(overlays: [], store: store.store))
    }

    func account(_ address: Address, at number: UInt64) throws -> AccountState {
        guard let account = try state(at: number).account(address) else { return .empty }
        return Self.shown(account)
    }

    private static func shown(_ account: Account) -> AccountState {
        AccountState(nonce: account.nonce, balance: account.balance, storageRoot: account.storageRoot, codeHash: account.codeHash)
    }

    func code(_ address: Address, at number: UInt64) throws -> [UInt8] {
        let state = try state(at: number)
        guard let account = try state.account(address) else { return [] }
        return try state.code(account.codeHash)
    }

    func storage(_ address: Address, slot: Hash, at number: UInt64) throws -> Hash {
        Hash(try state(at: number).storage(address, slot))
    }

    func proof(_ address: Address, slots: [Hash], at number: UInt64) throws -> AccountProof {
        let state = try state(at: number)
        let (account, proof) = (try state.account(address) ?? .empty, try state.prove(address, slots: slots))
        let proofs = try proof.slots.map { proven in
            AccountProof.Slot(slot: proven.slot, value: Hash(try state.storage(address, proven.slot)), nodes: proven.nodes)
        }
        return AccountProof(account: Self.shown(account), nodes: proof.accountNodes, slots: proofs)
    }

    func pendingNonce(_ address: Address) throws -> UInt64 {
        try host.lookUp { $0.nextNonce(of: address) } ?? account(address, at: headNumber()).nonce
    }

    func accountKey(_ address: Address, at number: UInt64) throws -> AccountKey {
        let state = try state(at: number)
        let commitment = try AccountKeys.commitment(of: address, in: state)
        return AccountKey(commitment: commitment, suite: .mldsa65, uses: try state.account(address)?.nonce ?? 0)
    }

    // MARK: Consensus

    func certificate(_ number: UInt64) throws -> Certificate? { try store.certificate(number) }
    func finalityProof(_ number: UInt64) throws -> FinalityProof? { try store.finalityProof(number) }

    func finality(_ number: UInt64) throws -> Finality? {
        // The genesis block is final by definition.
        if number == 0, let sealed = try store.header(0) {
            return Finality(
                number: 0, blockHash: sealed.blockHash, id: sealed.id, epoch: 0, view: 0, timeMilliseconds: sealed.envelope.timeMilliseconds,
                finalitySeconds: nil, certifiedNumber: 0, signers: 0, validatorCount: spec.validators.count)
        }
        guard try visible(number), let proof = try store.finalityProof(number), let sealed = proof.sealed,
            let certified = proof.headers.first
        else { return nil }
        return Finality(
            number: number, blockHash: sealed.blockHash, id: sealed.id, epoch: sealed.envelope.epoch, view: sealed.envelope.view,
            timeMilliseconds: sealed.envelope.timeMilliseconds, finalitySeconds: heads.finalityMilliseconds(number).map { Double($0) / 1000 },
            certifiedNumber: certified.number, signers: proof.certificate.shares.count,
            validatorCount: try store.validators(ofEpoch: certified.envelope.epoch)?.count ?? 0)
    }

    func epochChanges(from epoch: UInt64) throws -> [EpochChange] {
        try store.epochChanges(from: epoch, maximum: WireMessage.maximumEpochs, maximumBytes: ChainServer.epochAnswerBytes)
    }

    func validators() throws -> [ValidatorReport] { try economy { try $0.validators(epoch) } }

    func encryptionNodes() throws -> [EncryptionNodeReport] { try economy { try $0.encryptionNodes() } }
    func challenges(of node: Address?) throws -> [ChallengeReport] { try economy { try $0.challenges(of: node) } }

    func delegations(of delegator: Address) throws -> [DelegationReport] { try economy { try $0.delegations(of: delegator) } }

    func economyParameters() throws -> [(Parameter, UInt256)] {
        let state = try state(at: headNumber())
        return try Parameter.allCases.map { ($0, try state.storage(Parameters.address, Parameters.slot(of: $0))) }
    }

    func proposals() throws -> [ProposalReport] { try economy { try $0.proposals() } }

    func proposal(_ id: UInt64) throws -> ProposalReport? { try economy { try $0.proposal(id) } }

    func vote(on proposal: UInt64, by voter: Address) throws -> VoteReport { try economy { try $0.vote(on: proposal, by: voter) } }

    /// Asks about the economy after the newest block.
    private func economy<Answer>(_ question: (inout EconomyView) throws -> Answer) throws -> Answer {
        let head = host.snapshot.head.block
        var view = EconomyView(try state(at: head.number), timeMilliseconds: head.envelope.timeMilliseconds)
        return try question(&view)
    }

    func keyRequest(_ id: Hash) throws -> JSONValue? {
        let state = try state(at: headNumber())
        let fields = try KeyRegistry.Field.allCases.map { try state.storage(KeyRegistry.address, KeyRegistry.slot(of: $0, key: id)) }
        guard let owner = Address(Hash(fields[0]).bytes.suffix(20)), owner != .zero else { return nil }
        return [
            "id": .string(id.hex), "owner": .string(owner.hex), "policy": .string(Hash(fields[1]).hex),
            "device": .string(Hash(fields[2]).hex), "size": .string(fields[3].quantity), "nodeSet": .string(Hash(fields[4]).hex),
            "requestedAt": .string(fields[5].quantity), "removedAt": .string(fields[6].quantity),
        ]
    }

    func signatureCensus(_ blocks: ClosedRange<UInt64>) throws -> [SignatureCensusEntry] {
        var counts: [SignatureSuite: (count: UInt64, bytes: UInt64)] = [:]
        var votes: (count: UInt64, bytes: UInt64) = (0, 0)
        for number in blocks {
            for transaction in try store.block(number)?.transactions ?? [] {
                let old = counts[transaction.body.suite] ?? (0, 0)
                counts[transaction.body.suite] = (old.count + 1, old.bytes + UInt64(transaction.witnessBytes))
            }
            for share in try store.certificate(number)?.shares ?? [] { votes = (votes.count + 1, votes.bytes + UInt64(share.signature.count)) }
        }
        let transactions = SignatureSuite.allCases.compactMap { suite in
            counts[suite].map { SignatureCensusEntry(algorithm: suite.name, use: "transaction", count: $0.count, bytes: $0.bytes) }
        }
        return transactions + [SignatureCensusEntry(algorithm: SignatureSuite.mldsa65.name, use: "vote", count: votes.count, bytes: votes.bytes)]
    }

    private var epoch: EpochState { host.snapshot.head.nextEpoch.state }

    func status() throws -> NodeStatus {
        let snapshot = host.snapshot
        let syncing = target(snapshot).map { NodeStatus.Syncing(startingBlock: 0, highestBlock: $0) }
        return NodeStatus(peers: peerCount(), mempoolSize: snapshot.mempoolCount, epoch: epoch.number, view: snapshot.view, syncing: syncing)
    }

    /// How far the chain is where this node is behind.
    private func target(_ snapshot: ReplicaHost.Snapshot) -> UInt64? {
        let height = host.attestedHeight
        return height > snapshot.head.block.number + 3 ? height : nil
    }
}

extension SignatureSuite {
    fileprivate var name: String { self == .mldsa65 ? "ML-DSA-65" : "ML-DSA-87" }
}

/// Hands transactions from RPC to the replica.
struct ReplicaSubmitter: TransactionSubmitter {
    let host: ReplicaHost

    func submit(_ transaction: SignedTransaction) async -> Result<Hash, SubmissionRefusal> {
        await host.submit(transaction).mapError { SubmissionRefusal(reason: $0.reason, message: "\($0)") }
    }
}

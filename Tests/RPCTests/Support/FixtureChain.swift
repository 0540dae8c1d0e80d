import ChainTypes
import Cryptography
import NIOConcurrencyHelpers
import Primitives
import RPCServer

/// A chain of three blocks: genesis, one with two transactions (the second fails), one empty.
struct FixtureChain: Sendable {
    static let chainID: UInt64 = 20817
    static let alice = Address(low: 0xa11ce)
    static let bob = Address(low: 0xb0b)
    static let proposer = Address(low: 0x900)
    static let topic = Hash(1, 2, 3, 4)

    let signed: [SignedTransaction]
    let blocks: [StoredBlock]
    let receipts: [[Receipt]]

    /// - Parameter hasEvents: whether block 1 has events of its own.
    init(hasEvents: Bool = false) {
        signed = (0..<2).map(Self.transaction)
        let bases = [QST.gwei, QST.gwei, QST.gwei / 2]
        var receipts: [[Receipt]] = [[], [], []]
        let log = Log(address: Self.bob, topics: [Self.topic], data: [0xde, 0xad])
        receipts[1] = [
            Receipt(
                succeeded: true, cumulativeGasUsed: 50_000, logs: [log, log], gasUsed: 50_000, effectiveGasPrice: QST.gwei + 2,
                contractAddress: Self.bob),
            Receipt(
                succeeded: false, cumulativeGasUsed: 80_000, logs: [], gasUsed: 30_000, effectiveGasPrice: QST.gwei + 1,
                revertData: [0xca, 0xfe]),
        ]
        if hasEvents { receipts[1].append(Receipt(ofBlock: [log], cumulativeGasUsed: 80_000)) }
        var blocks: [StoredBlock] = []
        for number in 0..<3 {
            let transactions = number == 1 ? signed.map(\.transaction) : []
            let parent = blocks.last?.sealed
            blocks.append(Self.block(UInt64(number), parent, transactions, receipts[number], baseFee: bases[number]))
        }
        blocks[1].hasEvents = hasEvents
        (self.blocks, self.receipts) = (blocks, receipts)
    }

    static func transaction(_ index: Int) -> SignedTransaction {
        let body = UnsignedTransaction(
            chainID: chainID, sender: alice, nonce: UInt64(index), maxPriorityFeePerGas: UInt256(UInt64(max(0, 2 - index))),
            maxFeePerGas: 3 * QST.gwei,
            gasLimit: 100_000, to: index == 0 ? nil : bob, value: QST.one, data: [1, 2, UInt8(index)],
            accessList: [AccessListEntry(address: bob, slots: [topic])], lastValidBlock: 99, nextKeyCommitment: Hash(9, 9, 9, UInt64(index))
        )
        let suite = SignatureSuite.mldsa65
        let witness = Witness(
            publicKey: [UInt8](repeating: 7, count: suite.publicKeyBytes), signature: [UInt8](repeating: 8, count: suite.signatureBytes))
        return SignedTransaction(body: body, witness: witness)
    }

    static func block(
        _ number: UInt64, _ parent: SealedHeader?, _ transactions: [Transaction], _ receipts: [Receipt], baseFee: UInt256
    ) -> StoredBlock {
        var bloom = Bloom.empty
        for receipt in receipts { bloom.formUnion(receipt.bloom) }
        let milliseconds = 1_700_000_000_000 + number * 1500
        let header = Header(
            parentHash: parent?.blockHash ?? .zero, beneficiary: proposer, stateRoot: Hash(number, 0, 0, 1), logsBloom: bloom,
            number: number,
            gasLimit: 30_000_000, gasUsed: receipts.last?.cumulativeGasUsed ?? 0, timestamp: milliseconds / 1000, prevRandao: .zero,
            baseFeePerGas: baseFee)
        let envelope = Envelope(
            epoch: 3, view: number, parent: parent?.id ?? .zero, timeMilliseconds: milliseconds, headerHash: header.hash,
            bodyHash: .zero,
            nextSetHash: .zero)
        guard let sealed = SealedHeader(envelope: envelope, header: header) else { preconditionFailure("the fixture is wrong") }
        return StoredBlock(sealed: sealed, transactions: transactions, sizeBytes: 4321)
    }
}

/// Reads the fixture; the account has a proof that nobody checks here.
struct FixtureReader: ChainReader {
    var chain = FixtureChain()
    /// Runs inside `code`, for tests that hold a read up.
    var onCode: @Sendable () throws -> [UInt8] = { [0x60, 0x00] }
    /// Runs inside `call`.
    var onCall: @Sendable () -> Void = {}
    var isSyncing = false
    /// Blocks above are not final yet.
    let shownHead = NIOLockedValueBox<UInt64>(2)

    var chainID: UInt64 { FixtureChain.chainID }
    var clientVersion: String { "QuStream/test" }

    func headNumber() -> UInt64 { shownHead.withLockedValue { $0 } }
    func number(ofBlock hash: Hash) -> UInt64? { chain.blocks.first { $0.sealed.blockHash == hash }?.sealed.number }
    func header(_ number: UInt64) -> SealedHeader? { block(number)?.sealed }
    func block(_ number: UInt64) -> StoredBlock? { number <= headNumber() ? chain.blocks[Int(number)] : nil }
    func receipts(_ number: UInt64) -> [Receipt]? { number < 3 ? chain.receipts[Int(number)] : nil }

    func location(ofTransaction hash: Hash) -> TransactionLocation? {
        chain.blocks[1].listed.firstIndex { $0.hash == hash }.map { TransactionLocation(number: 1, index: $0) }
    }

    func nextBaseFee() -> UInt256 { QST.gwei / 4 }
    func pendingTransaction(_ hash: Hash) -> Transaction? {
        let waiting = FixtureChain.transaction(5).transaction
        return waiting.hash == hash ? waiting : nil
    }

    func account(_ address: Address, at number: UInt64) throws -> AccountState {
        guard number > 0 else { throw RPCFailure.stateUnavailable(number) }
        return address == FixtureChain.alice ? AccountState(nonce: 2, balance: 5 * QST.one) : .empty
    }

    func code(_ address: Address, at number: UInt64) throws -> [UInt8] { try onCode() }
    func storage(_ address: Address, slot: Hash, at number: UInt64) -> Hash { slot == .zero ? Hash(UInt256(56)) : .zero }

    func proof(_ address: Address, slots: [Hash], at number: UInt64) throws -> AccountProof {
        AccountProof(
            account: try account(address, at: number), nodes: [[0xc0, 0x01], [0xc1]],
            slots: slots.map { .init(slot: $0, value: storage(address, slot: $0, at: number), nodes: [[0xc2]]) })
    }

    func pendingNonce(_ address: Address) -> UInt64 { 4 }
    func accountKey(_ address: Address, at number: UInt64) -> AccountKey {
        AccountKey(commitment: address == FixtureChain.alice ? Hash(1, 1, 1, 1) : nil, suite: .mldsa65, uses: 2)
    }

    /// Echoes; what the call pretends of the callee's first slot comes before all.
    func call(_ request: CallRequest, at number: UInt64) -> CallOutcome {
        onCall()
        if let pretended = request.to.flatMap({ request.overrides.accounts[$0]?.slots?[.zero] }) { return .returned(Hash(pretended).bytes) }
        return switch request.data.first {
        case 1: .reverted(request.data.dropFirst().map { $0 })
        case 2: .failed("out of gas")
        default: .returned(request.data)
        }
    }

    func estimateGas(_ request: CallRequest, at number: UInt64) throws -> UInt64 {
        if request.data.first == 1, request.to != nil { throw RPCFailure.reverted(Array(request.data.dropFirst())) }
        return 21_000 + UInt64(request.data.count)
    }

    /// Gives back what was declared; with data, a slot of the callee on top.
    func accessList(_ request: CallRequest, at number: UInt64) -> CallAccesses {
        let touched = request.data.isEmpty ? [] : [AccessListEntry(address: request.to ?? .zero, slots: [FixtureChain.topic])]
        return CallAccesses(list: request.accessList + touched, gasUsed: 21_000, failure: request.data.first == 2 ? "out of gas" : nil)
    }

    /// Runs nothing: each call returns its input and emits the fixture's event, or ends as `call` does.
    func simulate(_ request: SimulationRequest, after number: UInt64, isTimeUp: () -> Bool) -> [SimulatedBlock] {
        request.blocks.map { wanted in
            let calls = wanted.calls.map { wanted -> SimulatedBlock.Call in
                let outcome = call(wanted.request, at: number)
                let log = Log(address: FixtureChain.bob, topics: [FixtureChain.topic], data: [])
                return .init(outcome: outcome, gasUsed: 21_000, maximumGasUsed: 21_500, logs: [log])
            }
            let transactions = calls.indices.map { FixtureChain.transaction(1 + $0).transaction }
            var block = FixtureChain.block(wanted.number, chain.blocks[2].sealed, transactions, [], baseFee: .zero)
            block.sizeBytes = 600
            return SimulatedBlock(block: block, calls: calls)
        }
    }

    func pendingTransactions(of sender: Address) -> [Transaction] {
        sender == FixtureChain.alice ? [FixtureChain.transaction(5).transaction] : []
    }

    func systemContracts() -> [(name: String, address: Address)] { [("HISTORY_STORAGE_ADDRESS", Address(low: 0x2935)), ("DISTRIBUTION_ADDRESS", Address(low: 0x801))] }

    func certificate(_ number: UInt64) -> Certificate? {
        guard let block = block(number), number > 0 else { return nil }
        let ballot = Ballot(epoch: 3, view: number, kind: .finalize, block: block.sealed.id)
        let signature = [UInt8](repeating: 5, count: SignatureSuite.mldsa65.signatureBytes)
        return Certificate(ballot: ballot, shares: [0, 2, 3].map { .init(validator: $0, signature: signature) })
    }

    func finality(_ number: UInt64) -> Finality? {
        guard let sealed = header(number) else { return nil }
        return Finality(
            number: number, blockHash: sealed.blockHash, id: sealed.id, epoch: 3, view: number,
            timeMilliseconds: sealed.envelope.timeMilliseconds, finalitySeconds: number == 2 ? 0.25 : nil, certifiedNumber: number,
            signers: 3,
            validatorCount: 4)
    }

    func finalityProof(_ number: UInt64) -> FinalityProof? {
        guard let certificate = certificate(number), let sealed = header(number) else { return nil }
        return FinalityProof(headers: [sealed], certificate: certificate)
    }

    func trace(block number: UInt64, only index: Int?, _ options: TraceOptions) -> [JSONValue] { [["options": .string("\(options)")]] }
    func trace(_ request: CallRequest, at number: UInt64, _ options: TraceOptions) -> JSONValue { ["options": .string("\(options)")] }
    func epochChanges(from epoch: UInt64) -> [EpochChange] { [] }
    func validators() -> [ValidatorReport] {
        let key = [UInt8](repeating: 1, count: SignatureSuite.mldsa65.publicKeyBytes)
        let validator = Validator(
            address: FixtureChain.proposer, power: 200_000, consensusKey: key, nodeKey: key, endpoint: "127.0.0.1:9", moniker: "v \"1\"")
        return [
            ValidatorReport(
                validator: validator, status: .active, stake: 200_000 * QST.one, selfStake: 200_000 * QST.one,
                commission: QST.one / UInt256(20))
        ]
    }

    func encryptionNodes() -> [EncryptionNodeReport] {
        let node = EncryptionNode(
            address: FixtureChain.bob, nodeClass: .community, nodeKey: [UInt8](repeating: 2, count: SignatureSuite.mldsa65.publicKeyBytes),
            endpoint: "127.0.0.1:10", capacityGiB: 10, moniker: "community-1")
        return [EncryptionNodeReport(node: node, status: .active, isListed: true, stake: 200_000 * QST.one)]
    }

    func challenges(of node: Address?) -> [ChallengeReport] {
        let audit = ChallengeReport(
            id: 2, status: .open, node: FixtureChain.bob, challenger: FixtureChain.alice, deposit: QST.one, key: Hash(UInt256(7)), chunk: 3,
            deadline: 4)
        let presence = ChallengeReport(
            id: 1, status: .answered, node: FixtureChain.alice, challenger: FixtureChain.bob, deposit: .zero, key: .zero, chunk: 0, deadline: 2)
        return [audit, presence].filter { node == nil || $0.node == node }
    }

    func economyParameters() -> [(Parameter, UInt256)] { Parameter.allCases.map { ($0, $0.standard) } }
    func proposals() -> [ProposalReport] { [proposal(1)].compactMap { $0 } }
    func vote(on proposal: UInt64, by voter: Address) -> VoteReport { VoteReport(yes: proposal, abstain: 0, no: 0, veto: 4) }

    func proposal(_ id: UInt64) -> ProposalReport? {
        guard id == 1 else { return nil }
        return ProposalReport(
            id: 1, kind: "text", status: "voting", proposer: FixtureChain.bob, isExpedited: false, deposit: QST.one,
            times: (1, 2, 3, 4, 0), tally: (5, 6, 7, 8, 9), title: "a \"title\"", summary: "s", payload: [1, 2], failure: "")
    }

    func delegations(of delegator: Address) -> [DelegationReport] {
        guard delegator == FixtureChain.bob else { return [] }
        return [
            DelegationReport(
                validator: FixtureChain.proposer, moniker: "v \"1\"", shares: QST.one, stake: QST.one, rewards: 7,
                unbonding: [.init(wei: 5, completesAt: 9, height: 3)], lockedUntil: 11)
        ]
    }

    func keyRequest(_ id: Hash) -> JSONValue? { id == FixtureChain.topic ? ["id": .data(id), "fee": .quantity(QST.one)] : nil }

    func signatureCensus(_ blocks: ClosedRange<UInt64>) -> [SignatureCensusEntry] {
        [SignatureCensusEntry(algorithm: "ML-DSA-65", use: "transaction", count: 2, bytes: 6618)]
    }

    func status() -> NodeStatus {
        NodeStatus(peers: 3, mempoolSize: 1, epoch: 3, view: 9, syncing: isSyncing ? .init(startingBlock: 0, highestBlock: 77) : nil)
    }

    /// A chain that goes on, but for what a test says.
    var state = {
        var health = NodeHealth()
        health.finalSinceStart = 3
        return health
    }()

    func health() -> NodeHealth {
        var health = state
        health.height = headNumber()
        if isSyncing { health.attestedHeight = 77 }
        return health
    }
}

/// Takes what the fixture's chain does not hold yet.
struct FixtureSubmitter: TransactionSubmitter {
    func submit(_ transaction: SignedTransaction) async -> Result<Hash, SubmissionRefusal> {
        guard transaction.body.nonce >= 2 else {
            return .failure(
                SubmissionRefusal(reason: "nonceTooLow", message: "nonce too low: next nonce 2, tx nonce \(transaction.body.nonce)"))
        }
        return .success(transaction.hash)
    }
}

/// Sends heads and transactions to whoever listens.
final class FixtureFeed: HeadFeed {
    private let listeners = NIOLockedValueBox<[AsyncStream<SealedHeader>.Continuation]>([])
    private let waiting = NIOLockedValueBox<[AsyncStream<Transaction>.Continuation]>([])

    var listenerCount: Int { listeners.withLockedValue { $0.count } }

    func newHeads() -> AsyncStream<SealedHeader> {
        let (stream, continuation) = AsyncStream.makeStream(of: SealedHeader.self, bufferingPolicy: .bufferingNewest(64))
        listeners.withLockedValue { $0.append(continuation) }
        return stream
    }

    func pendingTransactions() -> AsyncStream<Transaction> {
        let (stream, continuation) = AsyncStream.makeStream(of: Transaction.self)
        waiting.withLockedValue { $0.append(continuation) }
        return stream
    }

    func send(_ head: SealedHeader) { for listener in listeners.withLockedValue({ $0 }) { listener.yield(head) } }
    func send(_ transaction: Transaction) { for listener in waiting.withLockedValue({ $0 }) { listener.yield(transaction) } }
}

import ChainTypes
import Primitives

/// What the server reads. Node implements it over finalised data, which never changes, so every
/// call may run on any thread at any time; the server calls it on its own threads, never on Swift's
/// cooperative pool, so reads may block.
///
/// A method may throw `RPCFailure`, which is answered as it is; any other error is answered as an internal error.
/// `nil` means that there is no such thing.
public protocol ChainReader: Sendable {
    var chainID: UInt64 { get }
    /// `QuStream/…`, for `web3_clientVersion`.
    var clientVersion: String { get }

    // MARK: Blocks

    /// Number of the newest finalised block. Every block below is finalised as well.
    func headNumber() throws -> UInt64
    /// Number of the finalised block with this header hash (the Ethereum block hash).
    func number(ofBlock hash: Hash) throws -> UInt64?
    func header(_ number: UInt64) throws -> SealedHeader?
    func block(_ number: UInt64) throws -> StoredBlock?
    /// Receipts of the block's transactions, in order.
    func receipts(_ number: UInt64) throws -> [Receipt]?
    /// Where a finalised transaction is.
    func location(ofTransaction hash: Hash) throws -> TransactionLocation?
    /// Wei per gas that the block after the head will charge.
    func nextBaseFee() throws -> UInt256
    /// A transaction that waits in the mempool.
    func pendingTransaction(_ hash: Hash) throws -> Transaction?
    /// The transactions of a sender that wait in the mempool, by nonce.
    func pendingTransactions(of sender: Address) throws -> [Transaction]
    /// Contracts that are part of the protocol, by name.
    func systemContracts() -> [(name: String, address: Address)]

    // MARK: State after a block

    /// The account after the block; `AccountState.empty` for one that does not exist.
    /// Throws `RPCFailure.stateUnavailable` for pruned state, as the other methods here do.
    func account(_ address: Address, at number: UInt64) throws -> AccountState
    func code(_ address: Address, at number: UInt64) throws -> [UInt8]
    func storage(_ address: Address, slot: Hash, at number: UInt64) throws -> Hash
    func proof(_ address: Address, slots: [Hash], at number: UInt64) throws -> AccountProof
    /// The next nonce after all transactions of the sender that wait here.
    func pendingNonce(_ address: Address) throws -> UInt64
    func accountKey(_ address: Address, at number: UInt64) throws -> AccountKey
    /// Runs a call on the state after the block without keeping its effects.
    func call(_ request: CallRequest, at number: UInt64) throws -> CallOutcome
    /// The smallest gas limit under which the call succeeds; throws `RPCFailure` where none does.
    func estimateGas(_ request: CallRequest, at number: UInt64) throws -> UInt64
    /// What the call should declare; throws `RPCFailure` where it cannot run.
    func accessList(_ request: CallRequest, at number: UInt64) throws -> CallAccesses
    /// Pretends blocks after a real one; throws `RPCFailure` where a call cannot be in its block.
    /// - Parameter isTimeUp: asked between calls; ends with a timeout.
    func simulate(_ request: SimulationRequest, after number: UInt64, isTimeUp: () -> Bool) throws -> [SimulatedBlock]

    // MARK: Traces

    /// Runs a final block's transactions again; one answer for each, or for the one at `index`.
    /// Throws `RPCFailure` where the trace grows too large.
    func trace(block number: UInt64, only index: Int?, _ options: TraceOptions) throws -> [JSONValue]
    func trace(_ request: CallRequest, at number: UInt64, _ options: TraceOptions) throws -> JSONValue

    // MARK: Consensus and the two networks

    /// The finalization of this very block, where it has one of its own.
    func certificate(_ number: UInt64) throws -> Certificate?
    func finality(_ number: UInt64) throws -> Finality?
    func finalityProof(_ number: UInt64) throws -> FinalityProof?
    /// What leads a light client on from an epoch, a bounded number, in order.
    func epochChanges(from epoch: UInt64) throws -> [EpochChange]
    func validators() throws -> [ValidatorReport]
    func encryptionNodes() throws -> [EncryptionNodeReport]
    /// The newest challenges of one encryption node or of all, newest first; a bounded number.
    func challenges(of node: Address?) throws -> [ChallengeReport]
    func delegations(of delegator: Address) throws -> [DelegationReport]
    /// Every parameter that governance can change, with its value.
    func economyParameters() throws -> [(Parameter, UInt256)]
    /// The newest, newest first; a bounded number.
    func proposals() throws -> [ProposalReport]
    func proposal(_ id: UInt64) throws -> ProposalReport?
    func vote(on proposal: UInt64, by voter: Address) throws -> VoteReport
    /// The key request with this id as a camelCase object; numbers are `JSONValue.quantity`, as in all of RPC.
    func keyRequest(_ id: Hash) throws -> JSONValue?
    /// One entry per algorithm over the blocks, both ends included. The server bounds the range.
    func signatureCensus(_ blocks: ClosedRange<UInt64>) throws -> [SignatureCensusEntry]
    func status() throws -> NodeStatus
    /// What this node's own consensus knows of the chain; reads no state.
    func health() throws -> NodeHealth
}

/// Takes transactions in.
public protocol TransactionSubmitter: Sendable {
    /// Admits the transaction to the mempool. The success is its hash.
    func submit(_ transaction: SignedTransaction) async -> Result<Hash, SubmissionRefusal>
}

/// Tells of new finalised blocks and of transactions that wait for one.
public protocol HeadFeed: Sendable {
    /// Headers of blocks that are finalised from now on, in order; the reader shows a block before its header comes here.
    /// Each stream is bounded: a slow reader loses the oldest.
    func newHeads() -> AsyncStream<SealedHeader>
    /// Transactions that this node admits from now on. Each stream is bounded: a slow reader loses the oldest.
    func pendingTransactions() -> AsyncStream<Transaction>
}

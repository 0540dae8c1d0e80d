import Cryptography
import Primitives

/// Which chain a node serves.
public struct ChainIdentity: Hashable, Sendable {
    public static let devnetID: UInt64 = 20817

    public var chainID: UInt64
    /// Envelope hash of the genesis block, which signatures bind.
    public var genesis: Hash

    public init(chainID: UInt64, genesis: Hash) { (self.chainID, self.genesis) = (chainID, genesis) }
}

/// What the chain records of an account's keys.
public struct KeyState: Hashable, Sendable {
    /// The index of the key that signs next.
    public var nonce: UInt64
    /// The commitment to that key; nil before the first transaction.
    public var commitment: Hash?

    public init(nonce: UInt64, commitment: Hash?) { (self.nonce, self.commitment) = (nonce, commitment) }
}

/// Wei per gas.
public struct FeeData: Hashable, Sendable {
    public var nextBaseFee: UInt256
    public var priorityFee: UInt256

    public init(nextBaseFee: UInt256, priorityFee: UInt256) { (self.nextBaseFee, self.priorityFee) = (nextBaseFee, priorityFee) }
}

/// What became of a transaction in a final block.
public struct TransactionOutcome: Hashable, Sendable {
    public var block: UInt64
    public var blockHash: Hash
    public var succeeded: Bool
    public var gasUsed: UInt64
    /// Wei per gas.
    public var effectiveGasPrice: UInt256

    public init(block: UInt64, blockHash: Hash, succeeded: Bool, gasUsed: UInt64, effectiveGasPrice: UInt256) {
        self.block = block
        self.blockHash = blockHash
        self.succeeded = succeeded
        self.gasUsed = gasUsed
        self.effectiveGasPrice = effectiveGasPrice
    }

    /// Wei that the sender paid for gas; nil if the node's numbers overflow.
    public var fee: UInt256? { effectiveGasPrice.checkedMultiply(UInt256(gasUsed)) }
}

/// Why the chain could not be asked, or refused.
public enum ChainFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The node's own answer. `reason` is a stable word such as `nonceTooLow`.
    case refused(reason: String, message: String)
    /// No answer, or none of use: whether the request took effect is unknown.
    case unreachable(String)

    public var description: String {
        switch self {
        case .refused(_, let message): message
        case .unreachable(let detail): detail
        }
    }
}

/// What a wallet needs of a chain: one node's word, for finalised state.
public protocol ChainAccess: Sendable {
    func identity() async throws(ChainFailure) -> ChainIdentity
    func keyState(of address: Address) async throws(ChainFailure) -> KeyState
    /// The account's nonce after what waits in the node's mempool.
    func pendingNonce(of address: Address) async throws(ChainFailure) -> UInt64
    /// Wei.
    func balance(of address: Address) async throws(ChainFailure) -> UInt256
    func fees() async throws(ChainFailure) -> FeeData
    func estimateGas(from: Address, to: Address?, value: UInt256, data: [UInt8]) async throws(ChainFailure) -> UInt64
    /// Hands in a transaction in network form.
    func send(raw: [UInt8]) async throws(ChainFailure)
    /// nil while the transaction is not in a final block.
    func outcome(of transaction: Hash) async throws(ChainFailure) -> TransactionOutcome?
    func blockNumber() async throws(ChainFailure) -> UInt64
}

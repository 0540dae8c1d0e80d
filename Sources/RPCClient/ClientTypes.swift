import ChainTypes
import Cryptography
import Primitives

/// Which block a query is about.
public enum BlockTag: Hashable, Sendable, CustomStringConvertible {
    /// The newest finalised block.
    case latest
    /// With what waits in the node's mempool; only nonces know the difference.
    case pending
    case number(UInt64)

    public var description: String {
        switch self {
        case .latest: "latest"
        case .pending: "pending"
        case .number(let number): "0x" + String(number, radix: 16)
        }
    }
}

/// The outcome of a finalised transaction.
public struct TransactionReceipt: Hashable, Sendable {
    public var transactionHash: Hash
    public var blockNumber: UInt64
    public var blockHash: Hash
    public var succeeded: Bool
    public var gasUsed: UInt64
    /// Wei per gas.
    public var effectiveGasPrice: UInt256
    public var contractAddress: Address?
    public var logs: [Log]
    /// What a failed call gave as its reason.
    public var revertData: [UInt8]

    /// Wei that the sender paid for gas.
    public var fee: UInt256? { effectiveGasPrice.checkedMultiply(UInt256(gasUsed)) }
}

/// Base fees and gas use of consecutive blocks, oldest first.
public struct FeeHistory: Hashable, Sendable {
    public var oldestBlock: UInt64
    /// Wei per gas; one entry more than blocks: the last is the next block's.
    public var baseFeePerGas: [UInt256]
    public var gasUsedRatio: [Double]
    /// Wei per gas: for each block the tips at the percentiles that were asked for.
    public var rewards: [[UInt256]]

    public var nextBaseFee: UInt256 { baseFeePerGas.last ?? .zero }
}

/// When and by whose votes a block became final.
public struct BlockFinality: Hashable, Sendable {
    public var number: UInt64
    public var blockHash: Hash
    /// What votes name.
    public var envelopeHash: Hash
    public var epoch: UInt64
    public var view: UInt64
    public var timeMilliseconds: UInt64
    /// As the answering node saw it; nil where it did not.
    public var finalitySeconds: Double?
    public var signers: UInt64
    public var validators: UInt64
}

/// An account with Merkle proofs (EIP-1186). Nothing in it is checked here: a light client does that.
public struct ProvenAccount: Hashable, Sendable {
    public struct Slot: Hashable, Sendable {
        public var slot: Hash
        public var value: Hash
        public var nodes: [[UInt8]]
    }

    public var nonce: UInt64
    public var balance: UInt256
    public var codeHash: Hash
    public var storageRoot: Hash
    /// RLP nodes from the state root down.
    public var nodes: [[UInt8]]
    public var slots: [Slot]
}

/// Which key may sign an account's next transaction.
public struct AccountKeyInfo: Hashable, Sendable {
    /// nil while the account's first key has not been used.
    public var commitment: Hash?
    public var suite: SignatureSuite
    /// Keys used up: the account's nonce.
    public var uses: UInt64
}

/// How the answering node does.
public struct NodeStatusInfo: Hashable, Sendable {
    public var number: UInt64
    public var epoch: UInt64
    public var view: UInt64
    public var peers: UInt64
    public var mempool: UInt64
    public var isSyncing: Bool
}

import ChainTypes
import Cryptography
import Primitives

/// A finalised block as RPC shows it; its witnesses may have been pruned.
public struct StoredBlock: Hashable, Sendable {
    public var sealed: SealedHeader
    public var transactions: [Transaction]
    /// Length of the block's encoding with witnesses.
    public var sizeBytes: UInt64
    /// Whether its beginning or end left events: a receipt of its own follows those of the transactions.
    public var hasEvents: Bool

    public init(sealed: SealedHeader, transactions: [Transaction], sizeBytes: UInt64, hasEvents: Bool = false) {
        (self.sealed, self.transactions, self.sizeBytes, self.hasEvents) = (sealed, transactions, sizeBytes, hasEvents)
    }

    /// A transaction under the hash by which tools ask for it.
    public struct Listed: Sendable {
        public var hash: Hash
        public var transaction: Transaction
    }

    /// What tools see as the block's transactions, each of which has a receipt. Events need a transaction, so those of the block
    /// itself have one that nobody sent: from `SystemSender`, to nobody, for no gas, after all others.
    public var listed: [Listed] {
        let sent = transactions.map { Listed(hash: $0.hash, transaction: $0) }
        return hasEvents ? sent + [Listed(hash: sealed.eventsHash, transaction: Self.eventsTransaction)] : sent
    }

    private static let eventsTransaction = Transaction(
        body: UnsignedTransaction(
            chainID: 0, sender: SystemSender.address, nonce: 0, maxPriorityFeePerGas: .zero, maxFeePerGas: .zero, gasLimit: 0,
            to: .zero, value: .zero, nextKeyCommitment: .zero),
        witnessHash: .zero)
}

/// Whom tools see as the sender of what nobody sent (EIP-4788's system address).
public enum SystemSender {
    public static let address: Address = {
        var bytes = [UInt8](repeating: 0xff, count: Address.byteCount - 1)
        bytes.append(0xfe)
        return Address(bytes) ?? .zero
    }()
}

/// Block number and index of a finalised transaction.
public struct TransactionLocation: Hashable, Sendable {
    public var number: UInt64
    public var index: Int

    public init(number: UInt64, index: Int) { (self.number, self.index) = (number, index) }
}

/// An account as the state trie holds it (Yellow Paper §4.1).
public struct AccountState: Hashable, Sendable {
    public var nonce: UInt64
    /// Wei.
    public var balance: UInt256
    public var storageRoot: Hash
    public var codeHash: Hash

    public init(nonce: UInt64, balance: UInt256, storageRoot: Hash = Header.emptyTrieRoot, codeHash: Hash = AccountState.emptyCodeHash) {
        (self.nonce, self.balance, self.storageRoot, self.codeHash) = (nonce, balance, storageRoot, codeHash)
    }

    public static let emptyCodeHash = Keccak256.hash([])
    public static let empty = AccountState(nonce: 0, balance: .zero)
}

/// Merkle proofs of an account and of slots of it (EIP-1186).
public struct AccountProof: Hashable, Sendable {
    public struct Slot: Hashable, Sendable {
        public var slot: Hash
        public var value: Hash
        /// RLP nodes from the storage root down.
        public var nodes: [[UInt8]]

        public init(slot: Hash, value: Hash, nodes: [[UInt8]]) { (self.slot, self.value, self.nodes) = (slot, value, nodes) }
    }

    public var account: AccountState
    /// RLP nodes from the state root down.
    public var nodes: [[UInt8]]
    /// In the order of the request.
    public var slots: [Slot]

    public init(account: AccountState, nodes: [[UInt8]], slots: [Slot]) {
        (self.account, self.nodes, self.slots) = (account, nodes, slots)
    }
}

/// Which key may sign an account's next transaction.
public struct AccountKey: Hashable, Sendable {
    /// Commitment of the key that signs the next nonce; nil while the account's first key has not been used.
    public var commitment: Hash?
    public var suite: SignatureSuite
    /// How many keys the account has used up: its nonce.
    public var uses: UInt64

    public init(commitment: Hash?, suite: SignatureSuite, uses: UInt64) {
        (self.commitment, self.suite, self.uses) = (commitment, suite, uses)
    }
}

/// How a call ended.
public enum CallOutcome: Hashable, Sendable {
    case returned([UInt8])
    /// With what the contract gave as the reason.
    case reverted([UInt8])
    /// An exceptional halt, in geth's words (`out of gas`, `invalid opcode: …`).
    case failed(String)
}

/// When and by whose votes a block became final.
public struct Finality: Hashable, Sendable {
    public var number: UInt64
    public var blockHash: Hash
    /// Envelope hash: what votes name.
    public var id: Hash
    public var epoch: UInt64
    public var view: UInt64
    public var timeMilliseconds: UInt64
    /// From the block's time to this node's knowledge of the finalization; nil where the node did not see it happen.
    public var finalitySeconds: Double?
    /// The block whose certificate makes this one final: itself or a descendant.
    public var certifiedNumber: UInt64
    public var signers: Int
    public var validatorCount: Int

    public init(
        number: UInt64, blockHash: Hash, id: Hash, epoch: UInt64, view: UInt64, timeMilliseconds: UInt64, finalitySeconds: Double?,
        certifiedNumber: UInt64, signers: Int, validatorCount: Int
    ) {
        (self.number, self.blockHash, self.id, self.epoch, self.view) = (number, blockHash, id, epoch, view)
        (self.timeMilliseconds, self.finalitySeconds) = (timeMilliseconds, finalitySeconds)
        (self.certifiedNumber, self.signers, self.validatorCount) = (certifiedNumber, signers, validatorCount)
    }
}

/// How many signatures of one algorithm a range of blocks holds.
public struct SignatureCensusEntry: Hashable, Sendable {
    /// `ML-DSA-65` and the like.
    public var algorithm: String
    /// `transaction`, `vote`.
    public var use: String
    public var count: UInt64
    public var bytes: UInt64

    public init(algorithm: String, use: String, count: UInt64, bytes: UInt64) {
        (self.algorithm, self.use, self.count, self.bytes) = (algorithm, use, count, bytes)
    }
}

/// How the answering node does.
public struct NodeStatus: Hashable, Sendable {
    public struct Syncing: Hashable, Sendable {
        public var startingBlock: UInt64
        public var highestBlock: UInt64

        public init(startingBlock: UInt64, highestBlock: UInt64) {
            (self.startingBlock, self.highestBlock) = (startingBlock, highestBlock)
        }
    }

    public var peers: Int
    /// Transactions that wait.
    public var mempoolSize: Int
    public var epoch: UInt64
    public var view: UInt64
    /// nil when the node is at the head.
    public var syncing: Syncing?

    public init(peers: Int, mempoolSize: Int, epoch: UInt64, view: UInt64, syncing: Syncing? = nil) {
        (self.peers, self.mempoolSize, self.epoch, self.view, self.syncing) = (peers, mempoolSize, epoch, view, syncing)
    }
}

/// Why a transaction is not admitted.
public struct SubmissionRefusal: Error, Hashable, Sendable {
    /// A stable camelCase word (`nonceTooLow`), sent as `data.reason`.
    public var reason: String
    /// In geth's words (`nonce too low: …`).
    public var message: String

    public init(reason: String, message: String) { (self.reason, self.message) = (reason, message) }
}

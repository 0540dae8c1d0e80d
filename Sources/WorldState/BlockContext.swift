import Primitives

/// Where BLOCKHASH looks.
public enum BlockHashes: Hashable, Sendable {
    /// The history contract in the state (EIP-2935).
    case history
    case table([UInt64: Hash])
}

/// What a transaction sees of its block.
public struct BlockContext: Hashable, Sendable {
    public var chainID: UInt64
    /// Envelope hash of the genesis block.
    public var genesis: Hash
    public var number: UInt64
    public var timestamp: UInt64
    public var beneficiary: Address
    public var gasLimit: UInt64
    /// Wei per gas.
    public var baseFee: UInt256
    public var prevRandao: Hash
    /// Header hash of the parent.
    public var parentHash = Hash.zero
    /// Wei per blob gas; there are no blobs on this chain.
    public var blobBaseFee: UInt256 = .one
    public var hashes: BlockHashes = .history

    public init(
        chainID: UInt64, genesis: Hash, number: UInt64, timestamp: UInt64, beneficiary: Address, gasLimit: UInt64,
        baseFee: UInt256, prevRandao: Hash
    ) {
        self.chainID = chainID
        self.genesis = genesis
        self.number = number
        self.timestamp = timestamp
        self.beneficiary = beneficiary
        self.gasLimit = gasLimit
        self.baseFee = baseFee
        self.prevRandao = prevRandao
    }
}

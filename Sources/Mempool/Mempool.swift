import ChainTypes
import Execution
import HeapModule
import Primitives

/// Transactions that wait for a block: for each sender a contiguous run of nonces that begins with the account's own.
///
/// It is bounded in transactions and bytes, in all and for each sender. When it is full, the last transaction of the
/// run that brings least makes room for one that brings a tenth more. So nothing good is lost with what is pushed out,
/// and what waits behind a cheap transaction is worth no more than that. It reads no clock: `now` is milliseconds since
/// 1970.
public struct Mempool: Sendable {
    public struct Rules: Sendable {
        public var chainID: UInt64
        public var blockGasLimit: UInt64
        /// Number of the block that follows the newest final one.
        public var nextBlock: UInt64 = 1
        /// Of that block, in wei per gas.
        public var baseFee = UInt256.zero

        public init(chainID: UInt64, blockGasLimit: UInt64) {
            (self.chainID, self.blockGasLimit) = (chainID, blockGasLimit)
        }
    }

    public struct Limits: Sendable {
        public var transactions = 16_384
        /// As they count in blocks, all together.
        public var bytes = 128 << 20
        public var senderTransactions = 64
        public var senderBytes = 1 << 20
        /// How long a transaction waits at most.
        public var lifetimeMilliseconds: UInt64 = 3 * 3_600_000

        public init() {}
    }

    /// The chain's, and the next block's.
    public var rules: Rules {
        didSet { if rules.baseFee != oldValue.baseFee { reprice() } }
    }
    public let limits: Limits
    private(set) var runs: [Address: Run] = [:]
    /// Without what changes of an entry.
    private var byHash: [Hash: Run.Entry] = [:]
    /// As they count in blocks.
    public private(set) var bytes = 0
    /// Transactions of blocks that came to nothing.
    public private(set) var setBack: Set<Hash> = []
    /// Holds the rank of every run, and old ones of runs that have changed since. The first one is never old.
    private var ranks = Heap<Run.Rank>()
    /// The last few that were dropped because they took too long.
    var tooSlow: [Hash] = []

    public init(rules: Rules, limits: Limits = Limits()) { (self.rules, self.limits) = (rules, limits) }

    public var count: Int { byHash.count }
    public func contains(_ hash: Hash) -> Bool { byHash[hash] != nil }
    public func transaction(_ hash: Hash) -> VerifiedTransaction? { byHash[hash]?.transaction }

    /// The nonce that follows the sender's waiting transactions; nil when there are none.
    public func nextNonce(of sender: Address) -> UInt64? { runs[sender]?.entries.last.map { $0.nonce + 1 } }

    /// The sender's transactions that wait, by nonce.
    public func waiting(of sender: Address) -> [VerifiedTransaction] { runs[sender]?.entries.map(\.transaction) ?? [] }

    /// What a block could hold at a base fee, in the order in which to try it.
    /// - Parameter nonces: after the parent block, of senders with transactions above the newest final block.
    public func candidates(baseFee: UInt256, nonces: [Address: UInt64] = [:]) -> Candidates {
        Candidates(runs.values, baseFee: baseFee, nonces: nonces)
    }

    /// The run whose last transaction goes first when there is no room.
    var cheapest: Run.Rank? { ranks.min }
}

// MARK: - The only changes

extension Mempool {
    mutating func put(_ entry: Run.Entry, at index: Int) {
        var run = runs.removeValue(forKey: entry.sender) ?? Run(of: entry.sender, checked: rules.nextBlock)
        if index < run.entries.count { forget(run.entries[index]) }
        run.put(entry, at: index, baseFee: rules.baseFee)
        byHash[entry.hash] = entry
        bytes += entry.bytes
        if entry.setbacks > 0 { setBack.insert(entry.hash) }
        keep(run)
    }

    mutating func remove(_ range: Range<Int>, of sender: Address) {
        guard !range.isEmpty, var run = runs.removeValue(forKey: sender) else { return }
        for entry in run.entries[range] { forget(entry) }
        run.remove(range, baseFee: rules.baseFee)
        keep(run)
    }

    mutating func change(_ hash: Hash, _ change: (inout Run.Entry) -> Void) {
        guard let sender = byHash[hash]?.sender, let index = runs[sender]?.index(of: hash) else { return }
        runs[sender]?.change(index, change)
        if runs[sender]?.entries[index].setbacks ?? 0 > 0 { setBack.insert(hash) }
    }

    mutating func wasChecked(_ sender: Address) { runs[sender]?.checked = rules.nextBlock }

    private mutating func forget(_ entry: Run.Entry) {
        byHash[entry.hash] = nil
        setBack.remove(entry.hash)
        bytes -= entry.bytes
    }

    private mutating func keep(_ run: Run) {
        if let rank = run.rank {
            runs[run.sender] = run
            ranks.insert(rank)
        }
        while let first = ranks.min, runs[first.sender]?.rank != first { ranks.removeMin() }
        if ranks.count > 2 * runs.count + 1024 { ranks = Heap(runs.values.compactMap(\.rank)) }
    }

    private mutating func reprice() {
        for index in runs.values.indices { runs.values[index].reprice(baseFee: rules.baseFee) }
        ranks = Heap(runs.values.compactMap(\.rank))
    }
}

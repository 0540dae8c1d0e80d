import ChainTypes
import Execution
import Primitives

/// One sender's waiting transactions, by nonce and without gaps.
struct Run: Sendable {
    /// A transaction is long and shared, so that what is looked at often lies beside it.
    struct Entry: Sendable {
        private final class Shared: Sendable {
            let transaction: VerifiedTransaction
            init(_ transaction: VerifiedTransaction) { self.transaction = transaction }
        }

        private let shared: Shared
        let nonce: UInt64
        let offer: Offer
        /// 0 means no limit.
        let lastValidBlock: UInt64
        let bytes: Int
        /// Milliseconds since 1970.
        let added: UInt64
        /// How often a block with it came to nothing. The more, the later it is tried again.
        var setbacks = 0
        /// How often it took too long to execute.
        var overruns = 0

        init(_ transaction: VerifiedTransaction, added: UInt64) {
            shared = Shared(transaction)
            nonce = transaction.body.nonce
            offer = Offer(transaction.body)
            lastValidBlock = transaction.body.lastValidBlock
            bytes = transaction.signed.bodyBytes
            self.added = added
        }

        var transaction: VerifiedTransaction { shared.transaction }
        var sender: Address { shared.transaction.signed.transaction.body.sender }
        var hash: Hash { shared.transaction.signed.transaction.hash }
    }

    let sender: Address
    private(set) var entries: [Entry] = []
    private(set) var bytes = 0
    /// Of the entry that brings least: the last one waits for all others. nil where there is none.
    private(set) var worth: Worth?
    /// Number of the block after which it was compared with the state last.
    var checked: UInt64

    init(of sender: Address, checked: UInt64) { (self.sender, self.checked) = (sender, checked) }

    /// Where a nonce is, or would follow.
    func index(of nonce: UInt64) -> Int? {
        guard let first = entries.first?.nonce, nonce >= first, nonce - first <= UInt64(entries.count) else {
            return nil
        }
        return Int(nonce - first)
    }

    func index(of hash: Hash) -> Int? { entries.firstIndex { $0.hash == hash } }

    /// Puts an entry at its nonce's place.
    mutating func put(_ entry: Entry, at index: Int, baseFee: UInt256) {
        bytes += entry.bytes
        if index == entries.count {
            entries.append(entry)
            let own = Worth(entry.offer, baseFee: baseFee)
            worth = min(worth ?? own, own)
        } else {
            bytes -= entries[index].bytes
            entries[index] = entry
            reprice(baseFee: baseFee)
        }
    }

    mutating func remove(_ range: Range<Int>, baseFee: UInt256) {
        for entry in entries[range] { bytes -= entry.bytes }
        entries.removeSubrange(range)
        reprice(baseFee: baseFee)
    }

    mutating func reprice(baseFee: UInt256) { worth = worth(baseFee: baseFee) }

    /// What it would be worth at another base fee.
    func worth(baseFee: UInt256) -> Worth? { entries.lazy.map { Worth($0.offer, baseFee: baseFee) }.min() }

    mutating func change(_ index: Int, _ change: (inout Entry) -> Void) { change(&entries[index]) }

    /// The run's place among those whose last transaction makes room for others: the one that brings least first, and
    /// of equals the longest.
    struct Rank: Comparable, Sendable {
        let worth: Worth
        let length: Int
        let sender: Address

        static func < (a: Rank, b: Rank) -> Bool {
            (a.worth, b.length, a.sender) < (b.worth, a.length, b.sender)
        }
    }

    var rank: Rank? { worth.map { Rank(worth: $0, length: entries.count, sender: sender) } }
}

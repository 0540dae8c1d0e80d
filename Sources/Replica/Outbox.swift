import ChainTypes
import DequeModule
import Mempool
import Primitives

/// Transactions on their way to the validators: at once when the last message is a while ago, else several in one,
/// since a message costs each receiver more than a transaction in it.
struct Outbox: Sendable {
    static let intervalMilliseconds: UInt64 = 20
    static let maximumCount = 128

    private var transactions: [SignedTransaction] = []
    private var byteCount = 0
    /// When the next message may leave.
    private(set) var dueMilliseconds: UInt64 = 0

    /// A due time further away than an interval means that the clock was set back.
    func isDue(now: UInt64) -> Bool { now >= dueMilliseconds || dueMilliseconds - now > Self.intervalMilliseconds }
    var isEmpty: Bool { transactions.isEmpty }
    var isFull: Bool { transactions.count >= Self.maximumCount || byteCount >= TransactionBatches.maximumBytes }

    mutating func append(_ transaction: SignedTransaction) {
        transactions.append(transaction)
        byteCount += TransactionBatches.length(of: transaction)
    }

    mutating func take(now: UInt64) -> [SignedTransaction] {
        let taken = transactions
        (transactions, byteCount, dueMilliseconds) = ([], 0, now + Self.intervalMilliseconds)
        return taken
    }
}

/// Transactions in messages that every peer takes: the frame of one that does not vote ends at 1 MiB.
enum TransactionBatches {
    static let maximumBytes = 960 << 10

    /// A bound on what a transaction adds to a message. Its network form repeats none of its parts; the rest is RLP's
    /// prefixes.
    static func length(of transaction: SignedTransaction) -> Int { transaction.bodyBytes + 32 }

    static func split(_ transactions: some Sequence<SignedTransaction>) -> [[SignedTransaction]] {
        var batches: [[SignedTransaction]] = []
        var room = 0
        for transaction in transactions {
            let length = length(of: transaction)
            if room < length || (batches.last?.count ?? 0) == WireMessage.maximumTransactions {
                batches.append([])
                room = maximumBytes
            }
            batches[batches.count - 1].append(transaction)
            room -= length
        }
        return batches
    }
}

/// Transactions of this node's own users that may have been lost on the way, or found a mempool full: while they wait
/// they are sent again and again. Only the node where they came in does so; else they would never leave the network.
/// What no block can include at present has its turn without being sent, so that it delays nobody who pays.
package struct Resends: Sendable {
    static let waitMilliseconds: UInt64 = 10_000
    /// In one go; one goes each second.
    static let maximumCount = 32
    static let maximumWaiting = 16_384
    /// Looked at in one go.
    static let maximumTurns = 1024

    private var waiting: Deque<(hash: Hash, due: UInt64)> = []

    package var count: Int { waiting.count }

    package init() {}

    package mutating func append(_ hash: Hash, now: UInt64) {
        if waiting.count == Self.maximumWaiting { waiting.removeFirst() }
        waiting.append((hash, now + Self.waitMilliseconds))
    }

    /// What is to be sent now: one message at most. What no longer waits is forgotten.
    /// - Parameter find: a transaction that still waits, and whether a block can include it now.
    package mutating func take(now: UInt64, _ find: (Hash) -> (SignedTransaction, isPayable: Bool)?) -> [SignedTransaction] {
        var taken: [SignedTransaction] = []
        var again: [Hash] = []
        var bytes = 0
        for _ in 0..<Self.maximumTurns where taken.count < Self.maximumCount {
            guard let first = waiting.first, first.due <= now || first.due - now > Self.waitMilliseconds else { break }
            if let (transaction, isPayable) = find(first.hash) {
                if isPayable {
                    bytes += TransactionBatches.length(of: transaction)
                    guard bytes <= TransactionBatches.maximumBytes else { break }
                    taken.append(transaction)
                }
                again.append(first.hash)
            }
            waiting.removeFirst()
        }
        for hash in again { append(hash, now: now) }
        return taken
    }
}

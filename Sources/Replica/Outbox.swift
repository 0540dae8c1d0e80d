import ChainTypes
import Execution

/// Transactions on their way to the validators: at once when the last message is a while ago, else several in one, since
/// a message costs each receiver more than a transaction in it.
struct Outbox: Sendable {
    static let intervalMilliseconds: UInt64 = 20
    static let maximumCount = 128
    static let maximumBytes = 1 << 20

    private var transactions: [SignedTransaction] = []
    private var byteCount = 0
    /// When the next message may leave.
    private(set) var dueMilliseconds: UInt64 = 0

    /// A due time further away than an interval means that the clock was set back.
    func isDue(now: UInt64) -> Bool { now >= dueMilliseconds || dueMilliseconds - now > Self.intervalMilliseconds }
    var isEmpty: Bool { transactions.isEmpty }
    var isFull: Bool { transactions.count >= Self.maximumCount || byteCount >= Self.maximumBytes }

    mutating func append(_ transaction: SignedTransaction) {
        transactions.append(transaction)
        byteCount += transaction.transaction.blockForm.count + transaction.witnessBytes
    }

    mutating func take(now: UInt64) -> [SignedTransaction] {
        let taken = transactions
        (transactions, byteCount, dueMilliseconds) = ([], 0, now + Self.intervalMilliseconds)
        return taken
    }
}

import ChainTypes
import Execution
import Primitives

/// What a builder may spend on one block. Other validators only hold a block to the chain's own limits.
package struct BuildBudget: Sendable {
    package var gas = UInt64.max
    package var bytes = Block.maximumBodyBytes
    package var transactions = Block.maximumTransactions
    /// How long transactions may execute.
    package var milliseconds = UInt64.max
    /// A clock that only goes forward, in milliseconds; one that stands still where nothing may depend on time.
    package var stopwatch: @Sendable () -> UInt64 = { 0 }
    /// These run one at a time, so that it is seen how long each takes.
    package var suspects: Set<Hash> = []

    package init() {}

    func elapsed(since start: UInt64) -> UInt64 {
        let now = stopwatch()
        return now > start ? now - start : 0
    }

    /// After so many missed views a block holds one transaction only, however long and dear.
    static let missesUntilOne: UInt64 = 3

    /// For a block after views that came to nothing, perhaps because theirs were too heavy: half the gas and half the
    /// bytes for each, and then a single transaction.
    package mutating func shrink(missedViews: UInt64, gasLimit: UInt64) {
        guard missedViews > 0 else { return }
        let halvings = min(missedViews, Self.missesUntilOne)
        gas = min(gas, gasLimit) >> halvings
        bytes >>= halvings
        if missedViews >= Self.missesUntilOne { transactions = 1 }
    }
}

/// Fills a block: hands out candidates in windows that surely fit into what is left, and counts what they have used.
///
/// A transaction must find its whole gas limit free in the block but takes only what it uses. A window's limits
/// therefore add up to at most what is left, and the next window starts from what has been used in truth. One that does
/// not fit is left out together with its sender's later ones, and does not keep out what comes after it.
struct BlockPacking<Source: IteratorProtocol<SignedTransaction>> {
    /// What is left of a block.
    private struct Room {
        var gas: UInt64
        var bytes: Int
        var witnessBytes: Int
        var transactions: Int

        func holds(_ transaction: SignedTransaction) -> Bool {
            transaction.body.gasLimit <= gas && transaction.bodyBytes <= bytes
                && transaction.witnessBytes <= witnessBytes
                && transactions > 0
        }

        mutating func take(_ transaction: SignedTransaction, gas used: UInt64) {
            gas -= min(used, gas)
            bytes -= transaction.bodyBytes
            witnessBytes -= transaction.witnessBytes
            transactions -= 1
        }
    }

    private var source: Source
    private var held: SignedTransaction?
    /// What the chain's limits leave, and what is left of the budget.
    private var block: Room
    private var own: Room
    private var isEmpty = true
    private let gasLimit: UInt64
    private let suspects: Set<Hash>
    private var leftOut: Set<Address> = []

    init(_ source: Source, budget: BuildBudget, gasLimit: UInt64) {
        self.source = source
        self.gasLimit = gasLimit
        suspects = budget.suspects
        block = Room(
            gas: gasLimit, bytes: Block.maximumBodyBytes, witnessBytes: Block.maximumWitnessBytes,
            transactions: Block.maximumTransactions)
        own = block
        own.gas = min(budget.gas, gasLimit)
        own.bytes = min(budget.bytes, block.bytes)
        own.transactions = min(budget.transactions, block.transactions)
    }

    /// No transaction takes less gas.
    private static var leastGas: UInt64 { 21_000 }

    /// The next candidates to execute; empty when the block is full or nothing is left.
    mutating func window() -> [SignedTransaction] {
        var window: [SignedTransaction] = []
        var left = block
        var ownLeft = own
        while hasRoom, let next = nextCandidate() {
            // The first transaction of a block may be as large as the chain allows, else a small budget would never let
            // it in.
            guard isEmpty ? block.holds(next) : own.holds(next) else {
                leaveOut(next)
                continue
            }
            let isAlone = runsAlone(next)
            guard window.isEmpty || (!isAlone && left.holds(next) && ownLeft.holds(next)) else {
                held = next
                break
            }
            window.append(next)
            left.take(next, gas: next.body.gasLimit)
            ownLeft.take(next, gas: next.body.gasLimit)
            if isAlone { break }
        }
        return window
    }

    private var hasRoom: Bool { isEmpty || (own.gas >= Self.leastGas && own.transactions > 0) }

    private mutating func nextCandidate() -> SignedTransaction? {
        while let next = held ?? source.next() {
            held = nil
            if !leftOut.contains(next.body.sender) { return next }
        }
        return nil
    }

    /// Whether a transaction is timed by itself: it is suspect, or may take much of a block's gas.
    func runsAlone(_ transaction: SignedTransaction) -> Bool {
        transaction.body.gasLimit > gasLimit / 4 || suspects.contains(transaction.hash)
    }

    mutating func include(_ transaction: SignedTransaction, gasUsed: UInt64) {
        block.take(transaction, gas: gasUsed)
        own.take(transaction, gas: gasUsed)
        isEmpty = false
    }

    /// Leaves out a transaction, and its sender's later ones, which cannot follow it.
    mutating func leaveOut(_ transaction: SignedTransaction) { leftOut.insert(transaction.body.sender) }

    func isLeftOut(_ transaction: SignedTransaction) -> Bool { leftOut.contains(transaction.body.sender) }
}

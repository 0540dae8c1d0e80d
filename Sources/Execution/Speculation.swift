import ChainTypes
import Synchronization
import WorldState

/// Runs the same body for several numbers, perhaps at once. Results must not depend on the schedule.
public protocol Parallel: Sendable {
    /// How many bodies run at once at most.
    var width: Int { get }
    /// Returns when the body has run for 0 up to `count`.
    func run(_ count: Int, _ body: @Sendable (Int) -> Void)
}

/// One after the other.
public struct Serial: Parallel {
    public init() {}
    public var width: Int { 1 }
    public func run(_ count: Int, _ body: @Sendable (Int) -> Void) { for index in 0..<count { body(index) } }
}

/// What a transaction did on a state that may have been overtaken, with everything that it read.
public struct Speculation: Sendable {
    let effects: TransactionEffects
    /// nil where it could not run on that state.
    let outcome: TransactionOutcome?
}

extension BlockExecutor {
    /// Tries transactions out, all on the state as it is now.
    ///
    /// This is optimistic execution in the manner of Block-STM (Gelashvili et al. 2022) with the block's order as the
    /// only commit order: what `execute` makes of the results is what running them in turn would have made.
    func speculate(_ transactions: ArraySlice<SignedTransaction>, with parallel: any Parallel) -> [Speculation?] {
        let view = StateView(runner.evm.state)
        let next = Atomic(transactions.startIndex)
        let results = Mutex([Speculation?](repeating: nil, count: transactions.count))
        let block = block
        parallel.run(min(parallel.width, transactions.count)) { _ in
            var runner = TransactionRunner(block: block, state: WorldState(reader: view))
            var own: [(Int, Speculation)] = []
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < transactions.endIndex else { break }
                runner.evm.state = WorldState(reader: view)
                let outcome = try? runner.run(transactions[index])
                own.append((index - transactions.startIndex, Speculation(effects: runner.evm.state.effects, outcome: outcome)))
            }
            results.withLock { results in
                for (index, speculation) in own { results[index] = speculation }
            }
        }
        return results.withLock { $0 }
    }
}

/// The transactions of a block, tried out a batch at a time ahead of their turn.
///
/// Batches grow for as long as few of their transactions meet a conflict. After one in which many did, the next transactions
/// run in turn for a while: trying them out would be work for nothing.
public struct SpeculativeRun: Sendable {
    /// Transactions that are tried out on one state. More meet more conflicts, fewer keep threads waiting for each other.
    static let (smallestBatch, largestBatch) = (16, 128)
    static let (shortestPause, longestPause) = (64, 4096)

    private let transactions: [SignedTransaction]
    private let parallel: any Parallel
    private let isParallel: Bool
    private var results: [Speculation?] = []
    /// The first transaction of the batch or pause, and the first behind it.
    private var (start, end) = (0, 0)
    private var absorbedBefore = 0
    private var batch = SpeculativeRun.smallestBatch
    private var pause = SpeculativeRun.shortestPause

    public init(_ transactions: [SignedTransaction], with parallel: any Parallel) {
        (self.transactions, self.parallel) = (transactions, parallel)
        isParallel = parallel.width > 1
    }

    /// What trying out a transaction gave; to be asked for in order, with the executor that runs them.
    public mutating func next(_ index: Int, for executor: BlockExecutor) -> Speculation? {
        guard isParallel else { return nil }
        if index >= end { begin(index, executor) }
        guard results.indices.contains(index - start) else { return nil }
        return results[index - start]
    }

    private mutating func begin(_ index: Int, _ executor: BlockExecutor) {
        let conflicts = results.count - (executor.absorbed - absorbedBefore)
        if conflicts * 3 > results.count {
            (start, end, results, batch) = (index, index + pause, [], Self.smallestBatch)
            pause = min(Self.longestPause, 2 * pause)
        } else {
            if !results.isEmpty { (batch, pause) = (min(Self.largestBatch, 2 * batch), Self.shortestPause) }
            (start, end) = (index, min(index + batch, transactions.count))
            results = executor.speculate(transactions[start..<end], with: parallel)
        }
        absorbedBefore = executor.absorbed
    }
}

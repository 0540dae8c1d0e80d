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
    let state: WorldState
    let outcome: TransactionOutcome
}

extension BlockExecutor {
    /// Tries transactions out, all on the state as it is now. Nil for those that cannot run on it.
    ///
    /// This is optimistic execution in the manner of Block-STM (Gelashvili et al. 2022) with the block's order as the
    /// only commit order: what `execute` makes of the results is what running them in turn would have made.
    func speculate(_ transactions: [SignedTransaction], with parallel: any Parallel) -> [Speculation?] {
        let view = StateView(runner.evm.state)
        let next = Atomic(0)
        let results = Mutex([Int: Speculation]())
        let block = block
        parallel.run(min(parallel.width, transactions.count)) { _ in
            var runner = TransactionRunner(block: block, state: WorldState(reader: view))
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < transactions.count else { return }
                runner.evm.state = WorldState(reader: view)
                guard let outcome = try? runner.run(transactions[index]) else { continue }
                let speculation = Speculation(state: runner.evm.state, outcome: outcome)
                results.withLock { $0[index] = speculation }
            }
        }
        return results.withLock { results in transactions.indices.map { results[$0] } }
    }
}

/// The transactions of a block, tried out a batch at a time ahead of their turn.
///
/// Where many of a batch met a conflict, the next ones run in turn for a while: trying them out would be work for nothing.
public struct SpeculativeRun: Sendable {
    /// Transactions that are tried out on one state. More meet more conflicts, fewer keep threads waiting for each other.
    static let batch = 64
    static let longestPause = 64

    private let transactions: [SignedTransaction]
    private let parallel: any Parallel
    private var results: ArraySlice<Speculation?> = []
    private var tried = 0
    private var absorbedBefore = 0
    private var pause = 0
    private var nextPause = 1

    public init(_ transactions: [SignedTransaction], with parallel: any Parallel) {
        (self.transactions, self.parallel) = (transactions, parallel)
    }

    /// What trying out a transaction gave; to be asked for in order, with the executor that runs them.
    public mutating func next(_ index: Int, for executor: BlockExecutor) -> Speculation? {
        guard parallel.width > 1 else { return nil }
        if index.isMultiple(of: Self.batch) { beginBatch(index, executor) }
        return results.indices.contains(index) ? results[index] : nil
    }

    private mutating func beginBatch(_ start: Int, _ executor: BlockExecutor) {
        learn(conflicts: tried - (executor.absorbed - absorbedBefore))
        (tried, results, absorbedBefore) = (0, [], executor.absorbed)
        guard pause == 0 else {
            pause -= 1
            return
        }
        let batch = transactions[start..<min(start + Self.batch, transactions.count)]
        guard batch.count > 1 else { return }
        tried = batch.count
        let padding = [Speculation?](repeating: nil, count: start)
        results = (padding + executor.speculate(Array(batch), with: parallel))[start...]
    }

    private mutating func learn(conflicts: Int) {
        guard tried > 0 else { return }
        if conflicts * 3 > tried {
            pause = nextPause
            nextPause = min(Self.longestPause, 2 * nextPause)
        } else {
            nextPause = 1
        }
    }
}

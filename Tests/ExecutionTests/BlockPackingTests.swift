import ChainTypes
import Execution
import Primitives
import Replica
import Synchronization
import TestKit
import Testing

/// How a builder fills a block within its budget.
@Suite struct BlockPackingTests {
    let chain: TestChain

    init() throws { chain = try TestChain() }

    private func build(
        _ candidates: [SignedTransaction], with parallel: any Parallel = Serial(), change: (inout BuildBudget) -> Void
    ) throws -> BlockBuilder.Built {
        var budget = BuildBudget()
        change(&budget)
        return try BlockBuilder(chain.spec, genesis: chain.genesis, parallel: parallel).build(
            on: chain.head, state: chain.state, candidates: candidates, view: chain.head.block.envelope.view + 1,
            numbers: RandomNumbers(seed: [7]), timeMilliseconds: chain.nextTime, budget: budget)
    }

    private func run(_ count: UInt64) throws -> [SignedTransaction] {
        try (0..<count).map { try chain.transfer(chain.alice, nonce: $0) }
    }

    /// Goes forward by a step with each look, and once by a jump.
    private final class Stopwatch: Sendable {
        private let looks = Mutex<UInt64>(0)
        private let step: UInt64
        private let jump: (look: UInt64, by: UInt64)?

        init(step: UInt64, jump: (look: UInt64, by: UInt64)? = nil) { (self.step, self.jump) = (step, jump) }

        func milliseconds() -> UInt64 {
            looks.withLock { looks in
                looks += 1
                let jumped = jump.map { looks >= $0.look ? $0.by : 0 } ?? 0
                return step * looks + jumped
            }
        }
    }

    @Test func aBlockEndsWhenItsTimeIsOver() throws {
        let candidates = try run(40)
        let watch = Stopwatch(step: 10)
        let built = try build(candidates) {
            $0.milliseconds = 500
            $0.stopwatch = watch.milliseconds
        }
        let included = built.block.block.transactions
        #expect(included.count > 2 && included.count < 30 && built.slow == nil)
        #expect(included == Array(candidates.prefix(included.count)))
    }

    @Test func aTransactionThatTakesHalfTheTimeIsLeftOutAndNothingBeforeItSuffers() throws {
        let candidates = try run(20)
        let watch = Stopwatch(step: 1, jump: (look: 18, by: 300))
        let built = try build(candidates) {
            $0.milliseconds = 500
            $0.stopwatch = watch.milliseconds
        }
        let slow = try #require(built.slow)
        let included = built.block.block.transactions
        #expect(!included.isEmpty && candidates[included.count] == slow)
        #expect(built.block.id == (try chain.build(Array(candidates.prefix(included.count)))).id)
    }

    @Test func aSuspectIsTimedAloneWhereOthersRunAtOnce() throws {
        let first = try chain.transfer(chain.alice)
        let suspect = try chain.transfer(chain.bob)
        for isSuspect in [false, true] {
            let watch = Stopwatch(step: 300)
            let built = try build([first, suspect], with: ParallelExecutionTests.Threads()) {
                $0.milliseconds = 500
                $0.stopwatch = watch.milliseconds
                if isSuspect { $0.suspects = [first.hash] }
            }
            #expect(built.slow == (isSuspect ? first : nil))
        }
    }

    @Test func blocksShrinkWithEachMissedViewAndEndAtOneTransaction() throws {
        let candidates = try run(10)
        let size = candidates[0].bodyBytes
        for (missed, expected) in [(0, 8), (1, 4), (2, 2), (3, 1), (50, 1)] as [(UInt64, Int)] {
            let byGas = try build(candidates) {
                $0.gas = 8 * 21_000
                $0.shrink(missedViews: missed, gasLimit: TestChain.gasLimit)
            }
            #expect(byGas.block.block.transactions.count == expected, "gas, \(missed) missed views")
            let byBytes = try build(candidates) {
                $0.bytes = 8 * size + 100
                $0.shrink(missedViews: missed, gasLimit: TestChain.gasLimit)
            }
            #expect(byBytes.block.block.transactions.count == expected, "bytes, \(missed) missed views")
        }
    }

    @Test func theSmallestBlockStillHoldsTheLargestTransaction() throws {
        let large = try chain.transfer(chain.alice) {
            $0.gasLimit = 1 << 24
            $0.data = [UInt8](repeating: 0, count: 120_000)
        }
        let built = try build([large]) {
            $0.bytes = 1
            $0.shrink(missedViews: 99, gasLimit: TestChain.gasLimit)
        }
        #expect(built.block.block.transactions == [large])
    }

    @Test(arguments: 1...6 as ClosedRange<UInt64>) func whateverIsPackedIsAValidBlockAndTheSameAtOnceAndInTurn(
        seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        var nonces: [String: UInt64] = [:]
        let candidates = try (0..<60).map { _ in
            let payer = [chain.alice, chain.bob, chain.carol][Int.random(in: 0..<3, using: &random)]
            let nonce = nonces[payer.name, default: 0]
            nonces[payer.name] = nonce + 1
            let length = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: 0...110_000, using: &random) : 0
            let limit = UInt64.random(in: 1_300_000...(1 << 24), using: &random)
            return try chain.transfer(payer, nonce: nonce) {
                $0.maxFeePerGas = QST.gwei * 2
                $0.gasLimit = length == 0 && Bool.random(using: &random) ? 31_000 : limit
                $0.data = [UInt8](repeating: 0, count: length)
            }
        }
        let inTurn = try build(candidates) { _ in }
        let atOnce = try build(candidates, with: ParallelExecutionTests.Threads()) { _ in }
        #expect(inTurn.block.id == atOnce.block.id && inTurn.block.block.transactions.count > 10, "seed \(seed)")
        try chain.validate(inTurn.block.block)
    }
}

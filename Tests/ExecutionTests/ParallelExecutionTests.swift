import ChainTypes
import Cryptography
import Dispatch
import Execution
import Primitives
import SystemContracts
import TestKit
import Testing
import WorldState

/// Trying transactions out ahead of their turn never changes what a block does.
struct ParallelExecutionTests {
    struct Threads: Parallel {
        let width = 4
        func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
            withoutActuallyEscaping(body) { body in DispatchQueue.concurrentPerform(iterations: count) { body($0) } }
        }
    }

    /// What is compared: everything that goes into a header.
    struct Result: Equatable {
        var receipts: [Receipt] = []
        var refused: [Int] = []
        var accounts: [Address] = []
        var values: [Account?] = []
        var slots: [[Hash]] = []
        var words: [[UInt256]] = []
        var codes: [Hash] = []
    }

    private func run(_ transactions: [SignedTransaction], on state: CrowdState, with parallel: any Parallel) throws -> (Result, absorbed: Int) {
        var executor = try BlockExecutor(block: state.block, reader: state)
        var ahead = SpeculativeRun(transactions, with: parallel)
        var result = Result()
        for (index, transaction) in transactions.enumerated() {
            do { try executor.execute(transaction, speculation: ahead.next(index, for: executor)) } catch { result.refused.append(index) }
        }
        let changes = try executor.finish().changes
        result.receipts = executor.receipts
        result.accounts = changes.accounts.map(\.address)
        result.values = changes.accounts.map(\.account)
        result.slots = changes.accounts.map { $0.storage.map(\.slot) }
        result.words = changes.accounts.map { $0.storage.map(\.value) }
        result.codes = changes.codes.map(\.hash)
        return (result, executor.absorbed)
    }

    @Test(arguments: [2, 5, 20, 200]) func randomBlocksGiveTheSameResultAtOnceAndInTurn(accounts: Int) throws {
        var absorbed = 0
        for seed in 0..<25 {
            var random = SeededGenerator(seed: UInt64(1000 * accounts + seed))
            let state = CrowdState(accounts: accounts)
            let block = state.randomBlock(of: 150, &random)
            let inTurn = try run(block, on: state, with: Serial())
            let atOnce = try run(block, on: state, with: Threads())
            #expect(inTurn.0 == atOnce.0, "seed \(seed), \(accounts) accounts")
            #expect(inTurn.absorbed == 0 && !inTurn.0.receipts.isEmpty)
            absorbed += atOnce.absorbed
        }
        if accounts == 200 { #expect(absorbed > 25 * 30, "nothing was ever taken over") }
    }

    @Test func independentTransfersAllRunAtOnce() throws {
        let state = CrowdState(accounts: 120)
        let block = (0..<60).map { state.transfer(from: $0, nonce: 0, to: state.address(60 + $0)) }
        #expect(try run(block, on: state, with: Threads()).absorbed == 60)
    }

    @Test func oneSendersTransactionsRunInTurn() throws {
        let state = CrowdState(accounts: 2)
        let block = (0..<50).map { state.transfer(from: 0, nonce: UInt64($0), to: state.address(1)) }
        let (result, _) = try run(block, on: state, with: Threads())
        #expect(result.receipts.count == 50 && result.refused.isEmpty)
    }
}

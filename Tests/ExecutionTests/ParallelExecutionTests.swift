import ChainTypes
import Cryptography
import Dispatch
import Execution
import Primitives
import Synchronization
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

/// Counts how often each account is read.
private final class CountingState: StateReader {
    let base: CrowdState
    private let counts = Mutex([Address: Int]())

    init(_ base: CrowdState) { self.base = base }

    func reads(of address: Address) -> Int { counts.withLock { $0[address] ?? 0 } }

    func account(_ address: Address) throws(StateError) -> Account? {
        counts.withLock { $0[address, default: 0] += 1 }
        return try base.account(address)
    }

    func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 { try base.storage(address, slot) }
    func code(_ hash: Hash) throws(StateError) -> [UInt8] { try base.code(hash) }
}

struct RepeatedReadTests {
    @Test func whatATransactionReadBeforeItHadToRunAgainIsNotReadTwice() throws {
        let crowd = CrowdState(accounts: 20)
        let state = CountingState(crowd)
        let block = (0..<10).map { crowd.transfer(from: $0, nonce: 0, to: crowd.address(19)) }
        var executor = try BlockExecutor(block: crowd.block, reader: state)
        var ahead = SpeculativeRun(block, with: ParallelExecutionTests.Threads())
        for (index, transaction) in block.enumerated() {
            try executor.execute(transaction, speculation: ahead.next(index, for: executor))
        }
        #expect(executor.receipts.count == 10 && executor.absorbed == 1, "all but the first conflict")
        for sender in 0..<10 { #expect(state.reads(of: crowd.address(sender)) == 1) }
    }

    /// What an overtaken transaction saw of storage that has been destroyed since must not come back.
    @Test func readsOfDestroyedStorageAreNotKept() throws {
        let crowd = CrowdState(accounts: 2)
        let contract = CrowdState.counter
        struct Stored: StateReader {
            let base: CrowdState
            func account(_ address: Address) throws(StateError) -> Account? { try base.account(address) }
            func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 { 7 }
            func code(_ hash: Hash) throws(StateError) -> [UInt8] { try base.code(hash) }
        }
        var state = WorldState(reader: Stored(base: crowd))
        var tried = WorldState(reader: StateView(state))
        let before = try tried.storage(contract, .zero)
        #expect(before == 7)
        let index = state.index(contract)
        state.markDestroyed(index)
        _ = state.endTransaction()
        let isTaken = state.absorb(tried.effects)
        #expect(!isTaken)
        let after = try state.storage(contract, .zero)
        #expect(after == .zero)
    }
}

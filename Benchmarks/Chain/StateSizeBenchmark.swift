import ChainTypes
import Execution
import Foundation
import TestKit
import WorldState

/// A block that touches 1,000 random accounts (500 transfers) in states of 1 M and 5 M accounts: executed, hashed, committed.
/// Neither the state nor the blocks before have read these accounts; the operating system may hold the files in memory.
func benchmarkStateSize() throws {
    var first: Double?
    for accounts in [1_000_000, 5_000_000] as [Int] {
        let start = ContinuousClock.now
        let chain = try BenchChain(accounts: accounts, keyBytes: 32)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print("\(accounts / 1_000_000) M accounts: loaded in \(rounded(seconds)) s, \(chain.store.approximateBytes >> 20) MiB on disk")
        waitForCompaction()
        let parent = try chain.parent()
        var random = SeededGenerator(seed: 1)
        var times: [[Double]] = [[], [], []]
        for _ in 0..<31 {
            let pick = { Int.random(in: 0..<accounts, using: &random) }
            let transactions = (0..<500).map { _ in chain.transfer(from: pick(), to: pick()) }
            // A sender that comes twice would need its second key.
            let senders = Dictionary(transactions.map { ($0.body.sender, $0) }) { first, _ in first }
            let block = transactions.filter { senders[$0.body.sender]?.hash == $0.hash }
            let marks = try importCold(block, chain, context: chain.context(on: parent))
            for index in marks.indices { times[index].append(marks[index]) }
        }
        let medians = times.map { $0.sorted()[$0.count / 2] }
        let total = medians.reduce(0, +)
        let ratio = first.map { ", \(rounded(total / $0)) of the smaller state's (aim below 2)" } ?? ""
        first = first ?? total
        print("""
              1,000 touches: \(rounded(total)) ms\(ratio): execution \(rounded(medians[0])), roots \(rounded(medians[1])), \
            synced commit \(rounded(medians[2])); medians of 31
            """)
    }
}

/// Until the database has put the loaded data in order: until this process hardly does anything.
private func waitForCompaction() {
    var idle = 0
    while idle < 3 {
        let before = clock()
        Thread.sleep(forTimeInterval: 1)
        idle = Double(clock() - before) < 0.03 * Double(CLOCKS_PER_SEC) ? idle + 1 : 0
    }
}

/// Milliseconds of execution, roots and commit.
private func importCold(_ transactions: [SignedTransaction], _ chain: BenchChain, context: BlockContext) throws -> [Double] {
    let (clock, state) = (ContinuousClock(), chain.state)
    let start = clock.now
    var executor = try BlockExecutor(block: context, reader: state)
    var ahead = SpeculativeRun(transactions, with: Threads())
    for (index, transaction) in transactions.enumerated() {
        try executor.execute(transaction, speculation: ahead.next(index, for: executor))
    }
    let executed = clock.now
    let overlay = try state.applying(try executor.finish().changes) { Threads().run($0, $1) }.overlay
    let hashed = clock.now
    try chain.keep(overlay, durable: true)
    return [executed - start, hashed - executed, clock.now - hashed].map { $0 / .milliseconds(1) }
}

import ChainTypes
import Execution
import Foundation
import Replica

/// Blocks of 30 M gas in turn and at once: execution alone, and all of an import (execution, roots, comparison).
func benchmarkParallelExecution() throws {
    let chain = try BenchChain(accounts: 100_000, holders: 20_000)
    print("a state of 100,000 accounts and 20,000 token holders in RocksDB; ms are the best of 15, ratios of bests (of medians)")
    let shared = 90_000
    let tokens = (0..<600).map { index in
        switch index % 10 {
        case 0: chain.tokenTransfer(from: index, to: shared + index / 10 % 5)  // one of five popular recipients
        case 1: chain.tokenTransfer(from: 19_000 + index / 10 % 10, nonce: UInt64(index / 100), to: 10_000 + index)  // ten busy senders
        default: chain.tokenTransfer(from: index, to: 10_000 + index)
        }
    }
    let blocks: [(String, aim: Double, [SignedTransaction])] = [
        ("1,400 independent transfers", 1.6, (0..<1_400).map { chain.transfer(from: $0, to: 50_000 + $0) }),
        ("600 token transfers, a fifth shared", 1.6, tokens),
        ("1,400 transfers to one account", 0.9, (0..<1_400).map { chain.transfer(from: $0, to: shared) }),
        ("600 token transfers to one account", 0.9, (0..<600).map { chain.tokenTransfer(from: $0, to: shared) }),
        ("600 transfers of one account", 0.9, (0..<600).map { chain.transfer(from: 3, nonce: UInt64($0), to: 50_000 + $0) }),
    ]
    let parent = try chain.parent()
    for (name, aim, transactions) in blocks { try compare(name, aim: aim, transactions, chain, parent) }
}

private func compare(
    _ name: String, aim: Double, _ transactions: [SignedTransaction], _ chain: BenchChain, _ parent: ExecutedBlock
) throws {
    let block = try chain.block(transactions, on: parent)
    guard block.transactions.count == transactions.count else { throw BenchChain.Failure(description: "\(name): the block is too small") }
    let context = chain.context(on: parent)
    var absorbed = 0
    func execute(_ parallel: any Parallel) throws {
        var executor = try BlockExecutor(block: context, reader: chain.state)
        var ahead = SpeculativeRun(transactions, with: parallel)
        for (index, transaction) in transactions.enumerated() {
            try executor.execute(transaction, speculation: ahead.next(index, for: executor))
        }
        absorbed = executor.absorbed
    }
    // Validation compares the roots, so both ways are known to give the same.
    let times = try measured(rounds: 15, [
        { try execute(Serial()) }, { try execute(Threads()) },
        { _ = try chain.builder(Serial()).validate(block, on: parent, state: chain.state) },
        { _ = try chain.builder(Threads()).validate(block, on: parent, state: chain.state) },
    ])
    try execute(Threads())
    func ratio(_ a: Int, _ b: Int) -> String { "\(rounded(times[a].best / times[b].best)) (\(rounded(times[a].median / times[b].median)))" }
    print("""
        \(name): \(rounded(Double(block.header.gasUsed) / 1e6)) Mgas, \(absorbed) taken over
          execution \(rounded(times[0].best)) ms in turn, \(rounded(times[1].best)) ms at once: \(ratio(0, 1)), aim \(aim); \
        processor \(rounded(times[0].processor)) and \(rounded(times[1].processor)) ms
          import    \(rounded(times[2].best)) ms in turn, \(rounded(times[3].best)) ms at once: \(ratio(2, 3))
        """)
}

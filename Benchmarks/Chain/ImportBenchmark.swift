import ChainTypes
import Execution
import Foundation

/// Import of blocks of 5 to 30 M gas, half of it transfers and half token transfers: execution, roots, comparison; then the commit.
func benchmarkImport() throws {
    let chain = try BenchChain(accounts: 100_000, holders: 20_000)
    let parent = try chain.parent()
    var first: Double?
    for gas in [5, 10, 20, 30] {
        // 21,000 for a transfer, about 35,000 for a token transfer.
        let pairs = gas * 1_000_000 / 57_000
        let transactions = (0..<pairs).flatMap { index in
            [chain.transfer(from: 30_000 + index, to: 60_000 + index), chain.tokenTransfer(from: index, to: 10_000 + index)]
        }
        let block = try chain.block(transactions, on: parent)
        let overlay = try chain.builder(Serial()).validate(block, on: parent, state: chain.state).overlay
        let times = try measured(rounds: 7, [
            { _ = try chain.builder(Serial()).validate(block, on: parent, state: chain.state) },
            { _ = try chain.builder(Threads()).validate(block, on: parent, state: chain.state) },
            { try chain.keep(overlay, durable: true) },
        ])
        let used = Double(block.header.gasUsed) / 1e6
        let perGas = times[1].best / used
        first = first ?? perGas
        print("""
            \(rounded(used)) Mgas, \(block.transactions.count) transactions: \(rounded(times[1].best)) ms (in turn \(rounded(times[0].best))), \
            \(rounded(used / times[1].best * 1000)) Mgas/s, a gas costs \(rounded(perGas / (first ?? perGas))) of the smallest \
            block's; synced commit \(rounded(times[2].median)) ms
            """)
    }
}

import ChainTypes
import Foundation
import Primitives
import SystemContracts
import TestKit
import WorldState

/// The ends of epochs and of reward periods with 100 validators, 500 encryption nodes and 1 k, 100 k and 1 M delegations.
///
/// Disk: the database was opened anew and the system was asked to forget its files. Cold: the database was opened anew, its
/// files are in memory. Warm: the database has read it before, and the node's cache holds what blocks with other business left
/// there, not what is measured. Each time the hook alone, then the new roots of what it changed.
func benchmarkEconomy() throws {
    for delegations in [1_000, 100_000, 1_000_000] as [Int] {
        let start = ContinuousClock.now
        // Its files are removed when it is let go: one state at a time.
        let chain = try EconomyChain(validators: 100, nodes: 500, delegations: delegations)
        let built = (ContinuousClock.now - start) / .seconds(1)
        print("\(delegations) delegations: made in \(rounded(built)) s, \(chain.store.approximateBytes >> 20) MiB on disk")
        for (name, kind) in BlockEnd.all { try measure(name, kind, chain) }
        let checking = ContinuousClock.now
        let faults = try chain.faults()
        guard faults.isEmpty else { throw BenchChain.Failure(description: faults.joined(separator: "; ")) }
        print("  everything added up, every delegation: \(rounded((ContinuousClock.now - checking) / .milliseconds(1))) ms")
    }
}

/// Which block's end.
private struct BlockEnd {
    var endsEpoch = false
    var closesPeriod = false
    /// An encryption node has changed its stake, so that the list is made anew.
    var changesNodes = false

    static let all: [(String, BlockEnd)] = [
        ("any block's end", BlockEnd()),
        ("epoch's end", BlockEnd(endsEpoch: true)),
        ("epoch's end, nodes chosen anew", BlockEnd(endsEpoch: true, changesNodes: true)),
        ("reward period's close", BlockEnd(closesPeriod: true)),
        ("all of it in one block", BlockEnd(endsEpoch: true, closesPeriod: true, changesNodes: true)),
    ]
}

private func measure(_ name: String, _ kind: BlockEnd, _ chain: EconomyChain) throws {
    let disk = try median(of: 5) { try chain.reopen(forgetsFiles: true); return try end(kind, chain) }
    let cold = try median(of: 7) { try chain.reopen(forgetsFiles: false); return try end(kind, chain) }
    _ = try end(kind, chain)
    var random = SeededGenerator(seed: 1)
    let warm = try median(of: 21) { try chain.warmUp(&random); return try end(kind, chain) }
    print("  \(name): disk \(disk), cold \(cold), warm \(warm)")
}

/// Median and best time of the hook, and the median of the roots: what else the machine does spoils the median first.
private func median(of rounds: Int, _ body: () throws -> [Double]) throws -> String {
    let times = try (0..<rounds).map { _ in try body() }
    let (hooks, roots) = (times.map { $0[0] }.sorted(), times.map { $0[1] }.sorted())
    return "\(rounded(hooks[rounds / 2])) ms (best \(rounded(hooks[0]))), roots \(rounded(roots[rounds / 2])) ms"
}

/// Milliseconds of the hook and of the roots. Nothing is kept.
private func end(_ kind: BlockEnd, _ chain: EconomyChain) throws -> [Double] {
    let (clock, state) = (ContinuousClock(), chain.state)
    let facts = chain.facts(after: kind.closesPeriod ? chain.period : 1000, endsEpoch: kind.endsEpoch)
    var world = WorldState(reader: state)
    if kind.changesNodes { try chain.touchNode(&world) }
    let start = clock.now
    _ = try Economy.endBlock(facts, in: &world)
    _ = world.endTransaction()
    let hooked = clock.now
    _ = try state.applying(world.changes()) { Threads().run($0, $1) }
    return [hooked - start, clock.now - hooked].map { $0 / .milliseconds(1) }
}

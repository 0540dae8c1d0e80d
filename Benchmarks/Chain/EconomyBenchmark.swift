import ChainTypes
import Foundation
import Primitives
import SystemContracts
import WorldState

/// The ends of epochs and of reward periods with 100 validators, 500 encryption nodes and 1 k, 100 k and 1 M delegations.
///
/// Cold: the database was opened anew and the system was asked to forget its files. Warm: what a node has that has run for
/// a while, with a state whose own cache is empty. In both cases the hook alone, then the new roots of what it changed.
func benchmarkEconomy() throws {
    for delegations in [1_000, 100_000, 1_000_000] as [Int] {
        let start = ContinuousClock.now
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
    var cold: [[Double]] = [[], []]
    for _ in 0..<7 {
        try chain.coolDown()
        let times = try end(kind, chain)
        for index in times.indices { cold[index].append(times[index]) }
    }
    var warm: [[Double]] = [[], []]
    for _ in 0..<21 {
        let times = try end(kind, chain)
        for index in times.indices { warm[index].append(times[index]) }
    }
    func median(_ values: [Double]) -> String { rounded(values.sorted()[values.count / 2]) }
    func most(_ values: [Double]) -> String { rounded(values.max() ?? 0) }
    print("""
          \(name): cold \(median(cold[0])) ms (at most \(most(cold[0]))) and roots \(median(cold[1])) ms; \
        warm \(median(warm[0])) ms (at most \(most(warm[0]))) and roots \(median(warm[1])) ms
        """)
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

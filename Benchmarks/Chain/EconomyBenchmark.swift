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
/// there, not what is measured. Ready: the same after a rehearsal, as a node goes through the end of a block that comes soon, and
/// another five blocks with other business. Each time the hook alone, then the new roots of what it changed.
///
/// `QUSTREAM_BENCH_DELEGATIONS` names other numbers of delegations, `QUSTREAM_BENCH_STATES` a folder that keeps the states for
/// later runs: making the largest takes minutes.
func benchmarkEconomy() throws {
    let environment = ProcessInfo.processInfo.environment
    let sizes = (environment["QUSTREAM_BENCH_DELEGATIONS"] ?? "").split(separator: ",").compactMap { Int($0) }
    let states = environment["QUSTREAM_BENCH_STATES"].flatMap { $0.isEmpty ? nil : URL(filePath: $0) }
    for delegations in sizes.isEmpty ? [1_000, 100_000, 1_000_000] : sizes {
        let start = ContinuousClock.now
        // Files that are not kept are removed when it is let go: one state at a time.
        let chain = try EconomyChain(validators: 100, nodes: 500, delegations: delegations, keptIn: states)
        let built = (ContinuousClock.now - start) / .seconds(1)
        print("\(delegations) delegations: made in \(rounded(built)) s, \(chain.store.approximateBytes >> 20) MiB on disk")
        for (name, kind) in BlockEnd.all { try measure(name, kind, chain) }
        // Nothing that is measured is kept: a state of an earlier run was looked at then.
        guard !chain.isResumed else { continue }
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
    var random = SeededGenerator(seed: 1)
    func reopened(forgetsFiles: Bool) throws -> Times {
        try chain.reopen(forgetsFiles: forgetsFiles)
        // The database reads its own indices first.
        try chain.warmUp(100, &random)
        return try end(kind, chain)
    }
    let disk = try text((0..<5).map { _ in try reopened(forgetsFiles: true) })
    let cold = try text((0..<7).map { _ in try reopened(forgetsFiles: false) })
    let slots = try end(kind, chain).slots
    let warm = try text((0..<15).map { _ in
        try chain.warmUp(5000, &random)
        return try end(kind, chain)
    })
    let ready = try text((0..<15).map { _ in
        try chain.warmUp(5000, &random)
        _ = try end(kind, chain)
        try chain.readDelegations(5000, &random)
        return try end(kind, chain)
    })
    print("""
          \(name), \(slots) slots
            disk \(disk)
            cold \(cold)
            warm \(warm)
            ready \(ready)
        """)
}

/// Milliseconds: the hook by the wall clock and of its thread's processor time, and the roots.
private struct Times {
    var hook, processor, roots: Double
    /// Read or written by the hook.
    var slots: Int
}

private func text(_ times: [Times]) -> String {
    func median(_ values: [Double]) -> String { rounded(values.sorted()[values.count / 2]) }
    let hooks = times.map(\.hook)
    return "\(median(hooks)) ms (best \(rounded(hooks.min() ?? 0)), processor \(median(times.map(\.processor)))), "
        + "roots \(median(times.map(\.roots))) ms"
}

/// Processor time of this thread in milliseconds: other work on the machine hardly changes it.
private func processorMilliseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1e6
}

/// Ends a block. Nothing is kept.
private func end(_ kind: BlockEnd, _ chain: EconomyChain) throws -> Times {
    let (clock, state) = (ContinuousClock(), chain.state)
    let facts = chain.facts(after: kind.closesPeriod ? chain.period : 1000, endsEpoch: kind.endsEpoch)
    var world = WorldState(reader: state)
    if kind.changesNodes { try chain.touchNode(&world) }
    let before = world.touchedSlots
    let (start, used) = (clock.now, processorMilliseconds())
    _ = try Economy.endBlock(facts, in: &world)
    _ = world.endTransaction()
    let (hooked, spent) = (clock.now, processorMilliseconds() - used)
    _ = try state.applying(world.changes()) { Threads().run($0, $1) }
    return Times(
        hook: (hooked - start) / .milliseconds(1), processor: spent, roots: (clock.now - hooked) / .milliseconds(1),
        slots: world.touchedSlots - before)
}

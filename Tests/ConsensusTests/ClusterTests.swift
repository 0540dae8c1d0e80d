import ChainTypes
import Consensus
import Primitives
import Testing

/// Whole clusters of cores. A failure prints its seed, which repeats it.
@Suite struct ConsensusClusterTests {
    private func check(_ cluster: Cluster) {
        #expect(cluster.checks.failures.isEmpty, "seed \(cluster.seed)")
        #expect(cluster.checks.accused().isSubset(of: cluster.liars.keys), "seed \(cluster.seed): an honest validator is accused")
    }

    /// Runs through the faults and demands five more blocks after them.
    private func survive(_ cluster: inout Cluster, within limit: UInt64 = 60_000) {
        _ = cluster.run(until: cluster.faults.healAt)
        let goal = cluster.height + 5
        let lived = cluster.run(until: cluster.faults.healAt + limit) { $0.hasHealed(height: goal) }
        #expect(lived, "seed \(cluster.seed) stalls: heights \(cluster.nodes.map(\.finalized.number)), views \(cluster.nodes.map { $0.core?.view ?? 0 })")
        check(cluster)
    }

    @Test(arguments: [1, 4, 7, 16]) func aQuietNetworkFinalisesEveryView(count: Int) {
        var cluster = Cluster(seed: 1, powers: Array(repeating: 1, count: count))
        let done = cluster.run(until: 10_000) { $0.hasHealed(height: 20) }
        #expect(done)
        check(cluster)
        #expect(cluster.nodes.allSatisfy { $0.finalized.envelope.view == $0.finalized.number }, "no view was wasted")
    }

    @Test func aBlockIsFinalThreeDelaysAfterItsProposal() {
        var faults = Faults.none
        faults.delay = 50...50
        var cluster = Cluster(seed: 1, powers: [1, 1, 1, 1], faults: faults)
        _ = cluster.run(until: 10_000) { $0.hasHealed(height: 10) }
        // Signing takes 1 ms three times, judging a block 1 to 10.
        for (id, time) in cluster.checks.firstFinalized { #expect(time - (cluster.checks.blocks[id]?.envelope.timeMilliseconds ?? 0) <= 163) }
    }

    @Test func lossDelayCrashesAndRestartsNeverForkFourValidators() {
        for seed in 1...300 as ClosedRange<UInt64> {
            var cluster = Cluster(seed: seed, powers: [1, 1, 1, 1], faults: .severe)
            survive(&cluster)
        }
    }

    @Test func lossDelayCrashesAndRestartsNeverForkSevenValidators() {
        for seed in 1...100 as ClosedRange<UInt64> {
            var cluster = Cluster(seed: seed, powers: [1, 1, 1, 1, 1, 1, 1], faults: .severe)
            survive(&cluster)
        }
    }

    @Test func lossDelayCrashesAndRestartsNeverForkUnequalValidators() {
        for seed in 1...50 as ClosedRange<UInt64> {
            var cluster = Cluster(seed: seed, powers: [40, 5, 20, 10, 25], faults: .severe)
            survive(&cluster)
        }
    }

    @Test(arguments: [0, 3]) func anEquivocatingLeaderIsAccusedAndForksNothing(liar: Int) {
        for seed in 1...40 as ClosedRange<UInt64> {
            var faults = Faults.severe
            faults.crashInterval = 0
            var cluster = Cluster(seed: seed, powers: [1, 1, 1, 1], faults: faults, liars: [liar: .twoFaced])
            survive(&cluster)
            #expect(cluster.checks.accused() == [liar], "seed \(seed)")
        }
    }

    @Test func twoEquivocatorsAmongSevenForkNothing() {
        for seed in 1...30 as ClosedRange<UInt64> {
            var faults = Faults.severe
            faults.lossPerMille = 50
            var cluster = Cluster(seed: seed, powers: [1, 1, 1, 1, 1, 1, 1], faults: faults, liars: [1: .twoFaced, 4: .twoFaced])
            survive(&cluster)
            #expect(cluster.checks.accused() == [1, 4], "seed \(seed)")
        }
    }

    @Test func randomVotesForkNothingAndAreAccused() {
        for seed in 1...40 as ClosedRange<UInt64> {
            var cluster = Cluster(seed: seed, powers: [1, 1, 1, 1], faults: .severe, liars: [2: .babbler])
            survive(&cluster)
            #expect(cluster.checks.accused() == [2], "seed \(seed)")
        }
    }

    @Test(arguments: [Liar.mute, .invalid]) func leadersThatWasteTheirTurnsStopNobody(liar: Liar) {
        for seed in 1...20 as ClosedRange<UInt64> {
            var cluster = Cluster(seed: seed, powers: [1, 1, 1, 1], liars: [1: liar])
            let lived = cluster.run(until: 60_000) { $0.hasHealed(height: 40) }
            #expect(lived, "seed \(seed)")
            check(cluster)
        }
    }

    @Test func aFaultyThirdStallsButNeverForks() {
        var cluster = Cluster(seed: 7, powers: [1, 1, 1, 1], absent: [1, 2])
        _ = cluster.run(until: 20_000)
        #expect(cluster.height == 0)
        cluster.start(1)
        let lived = cluster.run(until: 40_000) { $0.height >= 5 }
        #expect(lived)
        check(cluster)
    }

    /// How long validator 0 spent in each view that a validator leads.
    private func durations(of leader: Int, in cluster: Cluster) -> [(view: UInt64, milliseconds: UInt64)] {
        let entries = cluster.checks.entries[0] ?? [:]
        return entries.keys.sorted().compactMap { view in
            guard cluster.checks.leaders[view] == leader, let start = entries[view], let end = entries[view + 1] else { return nil }
            return (view, end - start)
        }
    }

    @Test func aSilentLeaderIsSkippedAfterTwoMisses() {
        var cluster = Cluster(seed: 3, powers: [1, 1, 1, 1], absent: [2])
        _ = cluster.run(until: 60_000)
        check(cluster)
        let turns = durations(of: 2, in: cluster)
        #expect(turns.count > 20)
        #expect(turns.prefix(2).allSatisfy { $0.milliseconds >= cluster.timeout })
        let waited = turns.dropFirst(2).filter { $0.milliseconds >= 100 }
        #expect(waited.count <= turns.count / 8 + 2, "it waits only in turns on probation")
    }

    @Test func aReturningLeaderGetsItsTurnsBack() {
        var cluster = Cluster(seed: 4, powers: [1, 1, 1, 1], absent: [2])
        _ = cluster.run(until: 30_000)
        cluster.start(2)
        _ = cluster.run(until: 31_000)
        let height = cluster.height
        _ = cluster.run(until: 60_000) { $0.height >= height + 20 }
        check(cluster)
        let proposers = (height + 1...height + 20).compactMap { cluster.checks.chain[$0].flatMap { cluster.checks.blocks[$0]?.envelope.view } }
            .compactMap { cluster.checks.leaders[$0] }
        #expect(proposers.filter { $0 == 2 }.count >= 4)
    }
}

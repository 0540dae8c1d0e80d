import Simulation
import Testing

/// Clusters whose validators come, go and are suspended under the usual faults, while accounts delegate, leave and claim. The
/// whole economy is added up after every final block of every validator. `make simulate CHANGING=1 SEED=n` repeats a seed.
@Suite struct ChangingValidatorsTests {
    @Test func validatorsJoinLeaveAndReturnWithoutFaults() throws {
        #expect(try run(1, faults: .none).answers > 0)
    }

    @Test(arguments: [2, 3] as [UInt64]) func theEconomyAddsUpUnderLossAndCrashes(seed: UInt64) throws {
        // Whether a challenge is answered in time is chance here.
        _ = try run(seed, faults: Faults())
    }

    private func run(_ seed: UInt64, faults: Faults) throws -> ClusterLog {
        print("seed \(seed)")
        var cluster = try Cluster(seed: seed, founders: 5, joining: 1, faults: faults)
        try cluster.run(untilHeight: 40, withinMilliseconds: 240_000)
        #expect(cluster.log.contradictions.isEmpty, "seed \(seed)")
        #expect(cluster.log.evidence.isEmpty, "seed \(seed)")
        #expect(cluster.log.economyChecks >= 6 * 40, "seed \(seed)")
        #expect(cluster.log.stakingCalls > 30, "seed \(seed)")
        return cluster.log
    }
}

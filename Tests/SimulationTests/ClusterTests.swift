import Simulation
import Testing

/// Each seed is printed when it fails: `make simulate SEED=n` repeats it.
@Suite struct ClusterTests {
    @Test(arguments: [4, 7]) func quietNetworkFinalises(validators: Int) throws {
        var cluster = try Cluster(seed: 1, validators: validators, faults: .none)
        try cluster.run(untilHeight: 12, withinMilliseconds: 60_000)
        #expect(cluster.log.contradictions.isEmpty)
        #expect(cluster.log.complaints.isEmpty)
        #expect(cluster.log.evidence.isEmpty)
        #expect(cluster.log.finalTransactions > 5)
    }

    @Test(arguments: Array(1...12) as [UInt64]) func lossDelayAndCrashesNeverForkFourValidators(seed: UInt64) throws {
        try run(seed, validators: 4)
    }

    @Test(arguments: Array(1...4) as [UInt64]) func lossDelayAndCrashesNeverForkSevenValidators(seed: UInt64) throws {
        try run(seed, validators: 7)
    }

    private func run(_ seed: UInt64, validators: Int) throws {
        var cluster = try Cluster(seed: seed, validators: validators, faults: Faults())
        try cluster.run(untilHeight: 20, withinMilliseconds: 120_000)
        #expect(cluster.log.contradictions.isEmpty, "seed \(seed)")
        #expect(cluster.log.evidence.isEmpty, "seed \(seed)")
    }
}

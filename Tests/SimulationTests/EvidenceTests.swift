import Simulation
import Testing

/// What a validator's second machine says ends in a block.
@Suite struct EvidenceTests {
    /// The second machine comes with the validator's node key or, as a stranger, with one of its own.
    @Test(arguments: [4, 5] as [UInt64], [false, true]) func whoVotesTwiceIsPunishedByABlockAndLeavesTheSet(
        seed: UInt64, asStranger: Bool
    ) throws {
        print("seed \(seed)")
        var cluster = try Cluster(seed: seed, validators: 5, faults: Faults())
        let villain = cluster.address(2)
        try cluster.run(untilHeight: 2, withinMilliseconds: 120_000)
        // What is sent in one view may be lost, or its epoch over.
        for height in 3..<40 as Range<UInt64> where !cluster.log.evidence.contains(where: { $0.first.validator == 2 }) {
            try cluster.voteTwice(2, asStranger: asStranger)
            try cluster.run(untilHeight: height, withinMilliseconds: 600_000)
        }
        let epoch = cluster.log.epoch
        while cluster.log.epoch < epoch + 4 {
            let height = cluster.log.chain.keys.max() ?? 0
            try cluster.run(untilHeight: height + 5, withinMilliseconds: 600_000)
        }
        #expect(cluster.log.evidence.contains { $0.first.validator == 2 }, "seed \(seed)")
        #expect(cluster.log.punished == 1, "seed \(seed)")
        #expect(cluster.log.members[cluster.log.epoch]?.contains(villain) == false, "seed \(seed)")
        #expect(cluster.log.members[cluster.log.epoch]?.count == 4, "seed \(seed)")
    }
}

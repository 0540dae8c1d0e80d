import Simulation
import Testing

/// Validators that mean harm. A failure names its seed: `make simulate SCENARIO=name SEED=n VALIDATORS=n` repeats it.
@Suite struct ScenarioTests {
    private static let named = Scenario.allCases.filter { ![.none, .any].contains($0) }

    @Test(arguments: named, [1, 2] as [UInt64]) func noNamedAdversaryHarmsFourValidators(scenario: Scenario, seed: UInt64) throws {
        try run(scenario, seed, validators: 4)
    }

    @Test(arguments: [Scenario.chaos, .poison]) func noNamedAdversaryHarmsSevenValidators(scenario: Scenario) throws {
        try run(scenario, 1, validators: 7)
    }

    /// Adversaries, how many and which, loss, crashes, partitions, clocks, disks and powers: all that the seed says.
    @Test(arguments: Array(stride(from: 1, to: 61, by: 10)) as [UInt64]) func nothingThatASeedSaysHarmsFourValidators(first: UInt64) throws {
        for seed in first..<first + 10 { try run(.any, seed, validators: 4) }
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func nothingThatASeedSaysHarmsSevenValidators(seed: UInt64) throws {
        try run(.any, seed, validators: 7)
    }

    @Test(arguments: [2] as [UInt64]) func nothingThatASeedSaysHarmsValidatorsThatChange(seed: UInt64) throws {
        print("seed \(seed)")
        var cluster = try Cluster(seed: seed, founders: 5, joining: 1, scenario: .any)
        try cluster.run(untilHeight: 20, withinMilliseconds: 900_000)
        #expect(cluster.log.contradictions.isEmpty, "seed \(seed)")
    }

    @Test func whoGivesTwoBlocksInAViewIsFoundOut() throws {
        var cluster = try Cluster(seed: 1, validators: 4, scenario: .equivocate)
        try cluster.run(untilHeight: 20, withinMilliseconds: 900_000)
        #expect(!cluster.log.evidence.isEmpty)
    }

    private func run(_ scenario: Scenario, _ seed: UInt64, validators: Int) throws {
        print("scenario \(scenario), \(validators) validators, seed \(seed)")
        var cluster = try Cluster(seed: seed, validators: validators, scenario: scenario)
        try cluster.run(untilHeight: 20, withinMilliseconds: 900_000)
        #expect(cluster.log.contradictions.isEmpty, "seed \(seed)")
    }
}

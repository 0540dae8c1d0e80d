import ArgumentParser
import ChainTypes
import Cryptography
import Simulation

extension Scenario: ExpressibleByArgument {}

/// `qustream simulate`: seeded clusters of the shipped replica under faults and adversaries.
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run validators in a simulated network with losses, crashes, partitions, and validators that mean harm.",
        discussion: "Example: qustream simulate --seed 7 --validators 4\n         qustream simulate --changing --seed 7 --validators 5\n"
            + "         qustream simulate --scenario poison")

    @Option(help: "The first seed.") var seed: UInt64 = 1
    @Option(help: "How many seeds to run.") var runs: UInt64 = 1
    @Option(help: "Validators in each run.") var validators = 4
    @Option(help: "Height that every honest validator must reach.") var height: UInt64 = 20
    @Option(help: "Who means harm: \(Scenario.allCases.map(\.rawValue).joined(separator: ", ")).") var scenario = Scenario.any

    @Flag(help: "Validators join, leave and are suspended, accounts delegate, and the economy is added up after every final block.")
    var changing = false

    func validate() throws {
        guard (1...ValidatorSet.maximumCount).contains(validators) else {
            throw ValidationError("a chain has 1 to \(ValidatorSet.maximumCount) validators, not \(validators)")
        }
        guard !seed.addingReportingOverflow(runs).overflow else { throw ValidationError("there are not so many seeds from \(seed) on") }
        // One leaves and one is suspended: of four, the adversary's one would come to a third.
        guard !changing || scenario == .none || validators >= 5 else {
            throw ValidationError("validators that change take at least 5 where one means harm")
        }
    }

    func run() throws {
        var sum = Totals()
        for seed in seed..<seed + runs {
            do {
                var cluster =
                    changing
                    ? try Cluster(seed: seed, founders: validators, joining: 1 + Int(seed % 2), scenario: scenario)
                    : try Cluster(seed: seed, validators: validators, scenario: scenario)
                try cluster.run(untilHeight: height, withinMilliseconds: 900_000)
                guard cluster.log.contradictions.isEmpty else { throw ClusterFailure.contradiction(seed: seed, validator: -1) }
                sum.add(cluster.log)
            } catch {
                let options = "SEED=\(seed) VALIDATORS=\(validators) SCENARIO=\(scenario.rawValue)\(changing ? " CHANGING=1" : "")"
                throw Refusal("\(error)\nrepeat it with: make simulate \(options)")
            }
        }
        try say("\(runs) runs of \(validators) validators from seed \(seed), scenario \(scenario.rawValue): \(sum.text(changing)), no fault found")
    }
}

/// What all runs together did.
private struct Totals {
    private var blocks = 0
    private var transactions = 0
    private var crashes = 0
    private var epochs: UInt64 = 0
    private var repeated = 0
    private var complaints = 0
    private var evidence = 0
    private var calls = 0
    private var refused = 0
    private var checks = 0
    private var answers = 0
    private var fingerprints: [UInt8] = []

    mutating func add(_ log: ClusterLog) {
        blocks += log.chain.count
        transactions += log.finalTransactions
        crashes += log.crashes
        epochs += log.epoch
        repeated += log.repeatedProposals
        complaints += log.complaints.count
        evidence += log.evidence.count
        calls += log.stakingCalls
        refused += log.refusedCalls
        checks += log.economyChecks
        answers += log.answers
        fingerprints += log.fingerprint.bytes
    }

    func text(_ changing: Bool) -> String {
        let common =
            "\(blocks) blocks, \(transactions) transactions, \(epochs) epochs, \(repeated) last blocks proposed again, \(crashes) crashes, "
            + "\(complaints) complaints about adversaries, \(evidence) proofs of double votes"
        return (changing ? common + economy : common) + ", final blocks \(Keccak256.hash(fingerprints).hex.prefix(10))"
    }

    private var economy: String {
        ", \(calls) staking calls and \(refused) refused, \(answers) challenges answered, the economy added up \(checks) times"
    }
}

import ArgumentParser
import Simulation

/// `qustream simulate`: seeded clusters of the shipped replica under faults.
struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run validators in a simulated network with losses, delays and crashes.",
        discussion: "Example: qustream simulate --seed 7 --validators 4\n         qustream simulate --changing --seed 7 --validators 5")

    @Option(help: "The first seed.") var seed: UInt64 = 1
    @Option(help: "How many seeds to run.") var runs: UInt64 = 1
    @Option(help: "Validators in each run.") var validators = 4
    @Option(help: "Height that every validator must reach.") var height: UInt64 = 20

    @Flag(help: "Validators join, leave and are suspended, accounts delegate, and the economy is added up after every final block.")
    var changing = false

    func run() throws { try changing ? runChanging() : runFixed() }

    private func runFixed() throws {
        var (blocks, transactions, crashes, epochs, repeated) = (0, 0, 0, 0 as UInt64, 0)
        for seed in seed..<seed + runs {
            do {
                var cluster = try Cluster(seed: seed, validators: validators, faults: Faults())
                try cluster.run(untilHeight: height, withinMilliseconds: 180_000)
                guard cluster.log.contradictions.isEmpty else { throw ClusterFailure.contradiction(seed: seed, validator: -1) }
                blocks += cluster.log.chain.count
                transactions += cluster.log.finalTransactions
                crashes += cluster.log.crashes
                epochs += cluster.log.epoch
                repeated += cluster.log.repeatedProposals
            } catch {
                throw Refusal("\(error)\nrepeat it with: make simulate SEED=\(seed) VALIDATORS=\(validators)")
            }
        }
        print(
            "\(runs) runs of \(validators) validators from seed \(seed): \(blocks) blocks, \(transactions) transactions, \(crashes) crashes, "
                + "\(epochs) epochs ended, \(repeated) last blocks proposed again, no fault found")
    }

    private func runChanging() throws {
        var (blocks, crashes, epochs, calls, refused, checks, delegations, answers) = (0, 0, 0 as UInt64, 0, 0, 0, 0, 0)
        for seed in seed..<seed + runs {
            do {
                var cluster = try Cluster(seed: seed, founders: validators, joining: 1 + Int(seed % 2), faults: Faults())
                try cluster.run(untilHeight: height, withinMilliseconds: 300_000)
                let log = cluster.log
                guard log.contradictions.isEmpty else { throw ClusterFailure.contradiction(seed: seed, validator: -1) }
                (blocks, crashes, epochs) = (blocks + log.chain.count, crashes + log.crashes, epochs + log.epoch)
                (calls, refused) = (calls + log.stakingCalls, refused + log.refusedCalls)
                (checks, delegations, answers) = (checks + log.economyChecks, delegations + log.delegations, answers + log.answers)
            } catch {
                throw Refusal("\(error)\nrepeat it with: make simulate CHANGING=1 SEED=\(seed) VALIDATORS=\(validators)")
            }
        }
        print(
            "\(runs) runs of \(validators) validators from seed \(seed), each with one or two that join, one that leaves and one that is "
                + "suspended and returns: \(blocks) blocks, \(epochs) epochs, \(crashes) crashes, \(calls) staking calls and \(refused) refused, "
                + "\(delegations) delegations, \(answers) challenges answered, the economy added up \(checks) times, no fault found")
    }
}

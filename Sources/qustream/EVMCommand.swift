import ArgumentParser
import EVM
import EthereumFixtures
import Foundation
import Precompiles
import Primitives

struct EVMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evm", abstract: "Run bytecode and Ethereum's state tests.",
        discussion: "Example: qustream evm run --code 600160010160005260206000f3",
        subcommands: [StateTestCommand.self, RunCodeCommand.self])
}

struct StateTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statetest", abstract: "Run state-test files, or every .json under a folder.",
        discussion: "Example: qustream evm statetest tests/GeneralStateTests/stShift --fork Cancun")

    @Argument(help: "Files and folders.") var paths: [String]
    @Option(help: "Run only the cases of this fork.") var fork: String?
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
        if let fork, Fork(name: fork) == nil { throw ValidationError("unknown fork \(fork)") }
    }

    func run() throws {
        let results = try StateTests.runAll(paths: paths, fork: fork.flatMap { Fork(name: $0) })
        let failures = results.filter { $0.failure != nil }
        if json {
            try printJSON(["passed": results.count - failures.count, "failed": failures.count, "failures": failures.map(\.name)])
        } else {
            for failure in failures { try say("FAILED \(failure.name): \(failure.failure ?? "")") }
            try say("\(results.count - failures.count) passed, \(failures.count) failed")
        }
        if !failures.isEmpty { throw ExitCode(1) }
    }
}

struct RunCodeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run bytecode on an empty state and print its output, gas and time.",
        discussion: "Example: qustream evm run --code 600160010160005260206000f3 --bench")

    @Option(help: "Bytecode in hexadecimal.") var code: String
    @Option(help: "Call data in hexadecimal.") var input = ""
    @Option(help: "Gas to run with.") var gas: UInt64 = 1_000_000_000
    @Option(help: "The fork whose rules hold.") var fork = "Osaka"
    @Flag(help: "Repeat for a second and print the best time.") var bench = false
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
        guard Hex.decode(code) != nil else { throw ValidationError("--code is not hexadecimal") }
        guard Hex.decode(input) != nil else { throw ValidationError("--input is not hexadecimal") }
        guard Fork(name: fork) != nil else { throw ValidationError("unknown fork \(fork)") }
        guard gas <= 1 << 62 else { throw ValidationError("--gas is above 2^62") }
    }

    func run() throws {
        guard let code = Hex.decode(code), let input = Hex.decode(input), let fork = Fork(name: fork) else { return }
        let program = CodeRun(code: code, input: input, gas: gas, fork: fork)
        var (outcome, best) = try timed(program)
        if bench {
            let end = ContinuousClock.now + .seconds(1)
            while ContinuousClock.now < end { best = min(best, try timed(program).1) }
        }
        let used = gas - outcome.gasLeft
        let microseconds = Double(best.components.seconds) * 1e6 + Double(best.components.attoseconds) / 1e12
        let status = outcome.fault?.description ?? "success"
        if json {
            try printJSON([
                "status": status, "output": Hex.encode(outcome.output), "gasUsed": used, "refund": outcome.refund, "microseconds": microseconds,
            ])
        } else {
            try say("status  \(status)\noutput  \(Hex.encode(outcome.output))\ngas     \(used)\ntime    \(microseconds) µs")
        }
        if !outcome.succeeded { throw ExitCode(1) }
    }

    private func timed(_ program: CodeRun) throws -> (Outcome, Duration) {
        let start = ContinuousClock.now
        let outcome = try program.run()
        return (outcome, ContinuousClock.now - start)
    }
}

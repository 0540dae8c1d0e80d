import ArgumentParser
import EthereumFixtures
import Foundation
import Precompiles

struct EVMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evm", abstract: "Run bytecode and Ethereum's state tests.",
        discussion: "Example: qustream evm run --code 6001600101 --gas 100000",
        subcommands: [StateTestCommand.self])
}

struct StateTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "statetest", abstract: "Run state-test files, or every .json under a folder.",
        discussion: "Example: qustream evm statetest tests/GeneralStateTests/stShift --fork Cancun")

    @Argument(help: "Files and folders.") var paths: [String]
    @Option(help: "Run only the cases of this fork.") var fork: String?
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
        if let fork, Fork(ethereumName: fork) == nil { throw ValidationError("unknown fork \(fork)") }
    }

    func run() throws {
        let results = try StateTests.runAll(paths: paths, fork: fork.flatMap { Fork(ethereumName: $0) })
        let failures = results.filter { $0.failure != nil }
        if json {
            let names = failures.map(\.name)
            let object: [String: Any] = ["passed": results.count - failures.count, "failed": failures.count, "failures": names]
            let data = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
            print(String(decoding: data, as: UTF8.self))
        } else {
            for failure in failures { print("FAILED \(failure.name): \(failure.failure ?? "")") }
            print("\(results.count - failures.count) passed, \(failures.count) failed")
        }
        if !failures.isEmpty { throw ExitCode(1) }
    }
}

import ChainTypes
import EVM
import Foundation
import Precompiles
import Primitives
import WorldState

/// A state test's call without the transaction around it: what benchmarks repeat.
public struct StateTestProgram: Sendable {
    public let name: String
    /// The code of the contract that is called.
    public let code: [UInt8]
    public let input: [UInt8]
    private let state: FixtureState
    private let block: BlockContext
    private let message: Message

    /// The programs of a file: one for each of its inputs.
    public static func load(_ file: URL) throws -> [StateTestProgram] {
        let json = try FixtureJSON.load(file)
        return try json.keys.filter { !$0.hasPrefix("_") }.flatMap { try programs(json[$0], name: $0) }
    }

    private static func programs(_ test: FixtureJSON, name: String) throws -> [StateTestProgram] {
        let labels = test["_info"]["labels"]
        let state = try FixtureState(test["pre"])
        let to = try test["transaction"]["to"].address()
        let block = BlockContext(
            chainID: 1, genesis: .zero, number: 1, timestamp: 1, beneficiary: .zero, gasLimit: 1 << 62, baseFee: .zero, prevRandao: .zero)
        return try test["transaction"]["data"].items.enumerated().map { index, data in
            let input = try data.bytes()
            let label = (try? labels["\(index)"].text()) ?? (index == 0 ? "" : "\(index)")
            return StateTestProgram(
                name: label.isEmpty ? name : "\(name)/\(label)", code: try state.code(state.account(to)?.codeHash ?? .zero), input: input,
                state: state, block: block,
                message: Message(caller: try test["transaction"]["sender"].address(), to: to, input: input, gas: 1 << 60))
        }
    }

    /// Runs it once on a fresh state.
    public func run() throws -> Outcome {
        var evm = EVM(state: WorldState(reader: state), block: block, fork: .cancun)
        return try evm.run(message)
    }
}

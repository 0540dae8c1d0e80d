import ChainTypes
import EVM
import Execution
import Precompiles
import Primitives
import SystemContracts
import WorldState

/// Runs byte code as an account of a state, as a transaction does, and throws its changes away.
struct Machine: Sendable {
    /// A reader that remembers nothing of earlier runs.
    let reader: @Sendable () -> any StateReader
    let block: BlockContext
    /// Whose code runs.
    let actor: Address

    static let sender = Address(low: 0xca11)

    /// - Parameter times: in how many states that nothing has been read from yet.
    func run(_ code: [UInt8], input: [UInt8] = [], gas: UInt64, times: Int = 1, creates: Bool = false) throws -> GasSample {
        var sample = GasSample(gas: 0, seconds: 0)
        for _ in 0..<times {
            var state = WorldState(reader: reader())
            try state.setCode(actor, code)
            // What every transaction reads is paid by the gas that it takes before it runs, which is not counted here.
            for address in [Self.sender, block.beneficiary] { _ = try state.balance(address) }
            _ = state.endTransaction()
            var evm = EVM(
                state: state, block: block, fork: ProtocolRules.fork, natives: SystemContracts.Table(), precompiles: .quStream)
            let message = Message(caller: Self.sender, to: creates ? nil : actor, input: creates ? code : input, gas: gas)
            let start = processorSeconds()
            let outcome = try evm.run(message)
            _ = evm.state.endTransaction()
            sample.seconds += processorSeconds() - start
            sample.gas += gas - outcome.gasLeft
        }
        return sample
    }

    /// Runs code that ends by itself, again and again, until about as much gas is used.
    func again(_ code: [UInt8], input: [UInt8] = [], each: UInt64, total: UInt64) throws -> GasSample {
        var sample = GasSample(gas: 0, seconds: 0)
        while sample.gas < total {
            let next = try run(code, input: input, gas: each)
            sample.gas += max(next.gas, 1)
            sample.seconds += next.seconds
        }
        return sample
    }
}

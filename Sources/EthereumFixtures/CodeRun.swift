import Cryptography
import EVM
import Precompiles
import Primitives
import WorldState

/// Bytecode on its own: one contract on an otherwise empty state.
public struct CodeRun: Sendable {
    public static let contract = Address(low: 0xc0de)
    public static let caller = Address(low: 0xca11)

    private let state: FixtureState
    private let message: Message
    private let fork: Fork

    public init(code: [UInt8], input: [UInt8], gas: UInt64, fork: Fork) {
        state = FixtureState(contract: Self.contract, code: code)
        message = Message(caller: Self.caller, to: Self.contract, input: input, gas: gas)
        self.fork = fork
    }

    /// Runs init code, as the caller's first creation.
    public init(creating code: [UInt8], gas: UInt64, fork: Fork) {
        state = FixtureState(contract: Self.contract, code: [])
        message = Message(caller: Self.caller, to: nil, input: code, gas: gas)
        self.fork = fork
    }

    /// Runs it once on a fresh state.
    public func run() throws(StateError) -> Outcome {
        var evm = evm
        return try evm.run(message)
    }

    /// The same before the eyes of a tracer.
    public func run(tracing tracer: inout any Tracer) throws(StateError) -> Outcome {
        var evm = evm
        return try evm.run(message, tracing: &tracer)
    }

    private var evm: EVM {
        let block = BlockContext(
            chainID: 1, genesis: .zero, number: 1, timestamp: 1, beneficiary: .zero, gasLimit: 30_000_000, baseFee: .zero, prevRandao: .zero)
        return EVM(state: WorldState(reader: state), block: block, fork: fork)
    }
}

import ChainTypes
import Primitives
import SystemContracts
import WorldState

/// What a function of a system contract gave for one of its inputs.
public struct NativeAnswer: Sendable {
    public let contract: any SystemContract.Type
    public let signature: String
    public let output: [UInt8]
    public let logs: [Log]
    /// Whether it gives it without the right to write too.
    public let isStatic: Bool
}

extension World {
    /// Answers to all inputs of native functions that are not refused, each in a state of its own.
    public func answers() throws -> [NativeAnswer] {
        let inputs = try NativeInputs.all(self)
        var answers: [NativeAnswer] = []
        for contract in SystemContracts.all {
            for signature in contract.methods.signatures {
                for input in inputs[signature] ?? [] {
                    let data = ABI.call(signature, values: input.values)
                    guard let (output, logs) = try answer(contract, data, wei: input.wei, isStatic: false) else { continue }
                    let isStatic = try answer(contract, data, wei: input.wei, isStatic: true) != nil
                    answers.append(
                        NativeAnswer(contract: contract, signature: signature, output: output, logs: logs, isStatic: isStatic))
                }
            }
        }
        return answers
    }

    /// Whether a function lets wei come with its call.
    public func takesPayment(_ signature: String, of contract: any SystemContract.Type) throws -> Bool {
        var state = WorldState(reader: machine.reader())
        try state.credit(contract.address, .one)
        var frame = NativeFrame(
            contract: contract.address, caller: Self.actor, value: .one, isStatic: false, block: block, gas: 16_777_216, state: state)
        do throws(NativeFailure) { _ = try frame.run(contract, ABI.selector(signature)) } catch {
            if case .revert("the function takes no payment") = error { return false }
        }
        return true
    }

    private func answer(
        _ contract: any SystemContract.Type, _ data: [UInt8], wei: UInt64, isStatic: Bool
    ) throws -> (output: [UInt8], logs: [Log])? {
        var state = WorldState(reader: machine.reader())
        try state.credit(contract.address, UInt256(wei))
        var frame = NativeFrame(
            contract: contract.address, caller: Self.actor, value: UInt256(wei), isStatic: isStatic, block: block, gas: 16_777_216,
            state: state)
        do throws(NativeFailure) {
            let output = try frame.run(contract, data)
            return (output, frame.state.endTransaction())
        } catch {
            guard case .state(let error) = error else { return nil }
            throw error
        }
    }
}

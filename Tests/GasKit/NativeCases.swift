import Primitives
import SystemContracts

extension World {
    /// Functions of system contracts for which there is no input: a test holds that there is none.
    public func functionsWithoutInput() throws -> [String] {
        let inputs = try NativeInputs.all(self)
        return SystemContracts.all.flatMap { $0.methods.signatures }.filter { inputs[$0]?.isEmpty ?? true }
    }

    /// Inputs that no function has any more.
    public func inputsWithoutFunction() throws -> [String] {
        let signatures = Set(SystemContracts.all.flatMap { $0.methods.signatures })
        return try NativeInputs.all(self).keys.filter { !signatures.contains($0) }.sorted()
    }

    /// The gas of a call from a contract, beside what it takes to prepare the input in memory.
    public func gas(ofCallTo target: Address, _ input: [UInt8]) throws -> UInt64 {
        let call = Program.Call(target: target, isStatic: true).code
        let one = try machine.run(Program.takeInput + call, input: input, gas: 50_000_000).gas
        return try machine.run(Program.takeInput + call + call, input: input, gas: 50_000_000).gas - one
    }

    /// What a contract takes that calls until its gas is used up.
    public func callsUntilOutOfGas(to target: Address, _ input: [UInt8], gas: UInt64) throws -> GasSample {
        try machine.run(Program.loop(before: Program.takeInput, Program.Call(target: target, isStatic: true).code), input: input, gas: gas)
    }

    /// Every native function, called in every way.
    /// - Parameter cuts: at which parts of a call's gas calls end that have too little of it.
    public func nativeCases(cuts: [Double]) throws -> [GasCase] {
        let inputs = try NativeInputs.all(self)
        var cases: [GasCase] = []
        for contract in SystemContracts.all {
            let name = "\(contract)".lowercased()
            for signature in contract.methods.signatures {
                let short = signature.prefix { $0 != "(" }
                for input in inputs[signature] ?? [] {
                    let label = "\(name).\(short)" + (input.label.isEmpty ? "" : ", \(input.label)")
                    let data = ABI.call(signature, values: input.values)
                    cases += try calls(contract.address, label, data, wei: input.wei, cuts: cuts)
                }
                cases += junk(contract.address, "\(name).\(short)", ABI.selector(signature))
            }
            cases += junk(contract.address, "\(name), unknown function", [0xff, 0xff, 0xff, 0xff])
            cases.append(repeated(.init(target: contract.address), "\(name), no input", []))
        }
        return cases
    }

    /// The same call again and again, each time the first in a new state, without the right to write, and with too little gas.
    private func calls(_ target: Address, _ label: String, _ data: [UInt8], wei: UInt64, cuts: [Double]) throws -> [GasCase] {
        let call = Program.Call(target: target, wei: wei)
        let once = Program.takeInput + call.code
        let first = try machine.run(once, input: data, gas: 16_777_216).gas
        var cases = [
            repeated(call, label, data),
            GasCase(.native, "\(label) (cold)") { [machine] in try machine.again(once, input: data, each: 16_777_216, total: $0) },
            repeated(.init(target: target, isStatic: true), "\(label) (static)", data),
        ]
        for cut in cuts {
            let gas = UInt64(Double(first) * cut)
            cases.append(repeated(.init(target: target, wei: wei, gas: gas), "\(label) (\(Int(100 * cut)) % of the gas)", data))
        }
        return cases
    }

    private func repeated(_ call: Program.Call, _ label: String, _ data: [UInt8]) -> GasCase {
        let code = Program.loop(before: Program.takeInput, call.code)
        let words = UInt64(data.count / 32 + 1)
        let memory = 6 * words + words * words / 512
        return GasCase(.native, label) { [machine] in try machine.run(code, input: data, gas: memory + $0) }
    }

    /// Input that is no call of the function, or far longer than one.
    private func junk(_ target: Address, _ label: String, _ selector: [UInt8]) -> [GasCase] {
        let call = Program.Call(target: target)
        let inputs: [(String, [UInt8])] = [
            ("no arguments", []), ("words of ones", [UInt8](repeating: 0xff, count: 4096)),
            ("offsets to the next word", (0..<128).flatMap { _ in Hash(UInt256(32)).bytes }),
            ("4 KiB of zeros", [UInt8](repeating: 0, count: 4096)), ("512 KiB of zeros", [UInt8](repeating: 0, count: 1 << 19)),
        ]
        return inputs.map { repeated(call, "\(label), \($0.0)", selector + $0.1) }
    }
}

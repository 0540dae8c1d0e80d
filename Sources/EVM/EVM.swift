import Precompiles
import Primitives
import WorldState

/// The Ethereum virtual machine over a block's state (Yellow Paper sections 8 and 9, and the EIPs of each fork).
///
/// Calls do not recurse on the thread's stack: each is a `Frame`, and `execute` runs the deepest one until
/// it ends or makes another.
public struct EVM {
    public var state: WorldState
    public let block: BlockContext
    public let fork: Fork

    let natives: any NativeContracts
    let precompiles: PrecompileSet
    let table: InstructionTable
    var message = Message(caller: .zero, to: nil, gas: 0)
    /// Kept by depth and used again.
    var frames: [Frame] = []
    /// The depth of the running frame; -1 when none runs.
    var depth = -1
    /// Set by a call that made a new frame.
    var hasEntered = false
    /// Calls without a frame since the last step, for a tracer; nil where nobody watches.
    var endedCalls: [EndedCall]?
    /// What the running instruction is about to make, for a tracer.
    var pendingKind = TracedCall.Kind.call

    /// - Parameters:
    ///   - natives: the chain's system contracts.
    ///   - precompiles: Ethereum's alone, or also those of this chain.
    public init(
        state: consuming WorldState, block: BlockContext, fork: Fork, natives: any NativeContracts = NoNativeContracts(),
        precompiles: PrecompileSet = .ethereum
    ) {
        self.state = state
        self.block = block
        self.fork = fork
        self.natives = natives
        self.precompiles = precompiles
        table = .of(fork)
    }

    /// Runs a message. What it changed stays in `state`, undone where it failed; the caller ends the transaction.
    /// - Throws: `StateError` when the state could not be read: nothing of the outcome holds then.
    public mutating func run(_ message: Message) throws(StateError) -> Outcome {
        var watcher = NoWatcher()
        return try run(message, &watcher)
    }

    mutating func run<Watcher: StepInspector>(_ message: Message, _ watcher: inout Watcher) throws(StateError) -> Outcome {
        precondition(message.gas <= UInt64(Int64.max), "gas beyond 2^63")
        self.message = message
        depth = -1
        warm(message)
        // The input stays where it is for as long as frames point into it.
        let input = UnsafeMutableRawBufferPointer.allocate(byteCount: message.input.count, alignment: 1)
        defer { input.deallocate() }
        input.copyBytes(from: message.input)
        let outcome = message.to.map { call($0, UnsafeRawBufferPointer(input), &watcher) } ?? create(UnsafeRawBufferPointer(input), &watcher)
        try state.check()
        return outcome
    }

    /// What is warm from the start (EIP-2929, 2930, 3651, 7702). Precompiles are warm by rule.
    private mutating func warm(_ message: Message) {
        guard fork >= .berlin else { return }
        _ = state.access(state.index(message.caller))
        if let to = message.to { _ = state.access(state.index(to)) }
        if fork >= .shanghai { _ = state.access(state.index(block.beneficiary)) }
        for entry in message.accessList {
            let index = state.index(entry.address)
            _ = state.access(index)
            for slot in entry.slots { _ = state.access(slot: state.slotIndex(index, slot.number)) }
        }
    }

    private mutating func call<Watcher: StepInspector>(_ to: Address, _ input: UnsafeRawBufferPointer, _ watcher: inout Watcher) -> Outcome {
        let (caller, target) = (state.index(message.caller), state.index(to))
        let checkpoint = state.checkpoint()
        guard state.balance(caller) >= message.value else { return failure(.balanceTooSmall, gasLeft: message.gas) }
        _ = state.debit(caller, message.value)
        state.credit(target, message.value)
        if isPrecompile(to) {
            switch Precompiles.run(to, input: input, gas: message.gas, fork: fork, set: precompiles) {
            case .success(let used, let output): return success(gasLeft: message.gas - used, output)
            case .failure:
                state.revert(to: checkpoint)
                return failure(.precompile, gasLeft: 0)
            }
        }
        if let native = natives.contract(at: to) {
            let result = runNative(
                native, caller: message.caller, value: message.value, isStatic: false, input: input, gas: message.gas)
            if let fault = result.fault {
                state.revert(to: checkpoint)
                return failure(fault, gasLeft: result.gasLeft, result.output)
            }
            return success(gasLeft: result.gasLeft, result.output)
        }
        var code = state.code(target)
        if fork >= .prague, let delegate = code.delegate {
            let index = state.index(delegate)
            _ = state.access(index)
            code = state.code(index)
        }
        guard code.count > 0 else { return success(gasLeft: message.gas) }
        let callee = CallTarget(
            codeAccount: target, storageAccount: target, caller: message.caller, value: message.value, transfers: true, isStatic: false)
        push(callee, code: code, purpose: .call, input: input, gas: Int64(message.gas), checkpoint: checkpoint)
        return execute(&watcher)
    }

    private mutating func create<Watcher: StepInspector>(_ initCode: UnsafeRawBufferPointer, _ watcher: inout Watcher) -> Outcome {
        let sender = state.index(message.caller)
        guard state.balance(sender) >= message.value else { return failure(.balanceTooSmall, gasLeft: message.gas) }
        // The transaction has raised the nonce already.
        let address = Self.createAddress(message.caller, nonce: state.nonce(sender) &- 1)
        if let fault = begin(
            creating: address, from: sender, caller: message.caller, value: message.value, initCode: initCode, gas: Int64(message.gas))
        {
            return failure(fault, gasLeft: 0)
        }
        var outcome = execute(&watcher)
        if outcome.succeeded { outcome.created = address }
        return outcome
    }

    /// Runs frames until the first one ends.
    private mutating func execute<Watcher: StepInspector>(_ watcher: inout Watcher) -> Outcome {
        if Watcher.isActive { watcher.enter(frames[depth], evm: &self) }
        while true {
            hasEntered = false
            let frame = frames[depth]
            if run(frame, &watcher) == .entered {
                if Watcher.isActive { watcher.enter(frames[depth], evm: &self) }
                continue
            }
            let end = FrameEnd(frame)
            settle(frame)
            if Watcher.isActive { watcher.leave(frame, end: end, evm: &self) }
            depth -= 1
            if depth < 0 {
                return Outcome(
                    fault: frame.fault, gasLeft: UInt64(frame.gas), refund: UInt64(max(0, state.refund)), output: Array(frame.output))
            }
            deliver(frame, to: frames[depth])
        }
    }

    /// Ends a frame: stores the code that it made, or undoes what it did.
    private mutating func settle(_ frame: Frame) {
        if frame.fault == nil, case .create = frame.purpose {
            frame.fault = deposit(frame)
            if frame.fault == nil { frame.outputCount = 0 }
        }
        guard let fault = frame.fault, let checkpoint = frame.checkpoint else { return }
        state.revert(to: checkpoint)
        if fault != .revert { (frame.gas, frame.outputCount) = (0, 0) }
    }

    private mutating func deliver(_ frame: Frame, to parent: Frame) {
        parent.deliver(succeeded: frame.fault == nil, gas: frame.gas, output: frame.output)
        if frame.fault == nil, case .create(let address) = frame.purpose { parent.stack[parent.height - 1] = UInt256(address) }
    }

    func isPrecompile(_ address: Address) -> Bool { Precompiles.exists(address, fork, set: precompiles) }

    private func success(gasLeft: UInt64, _ output: [UInt8] = []) -> Outcome {
        Outcome(fault: nil, gasLeft: gasLeft, refund: UInt64(max(0, state.refund)), output: output)
    }

    private func failure(_ fault: Fault, gasLeft: UInt64, _ output: [UInt8] = []) -> Outcome {
        Outcome(fault: fault, gasLeft: gasLeft, refund: UInt64(max(0, state.refund)), output: output)
    }
}

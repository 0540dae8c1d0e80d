import Primitives
import WorldState

/// Watches a message run. Slower than an unwatched run by what it does at each step.
public protocol Tracer {
    /// Before an instruction runs. The step's pointers hold for the duration of the call only.
    mutating func step(_ step: TracedStep, state: inout WorldState)
    /// A call or creation begins. The message's own is the first.
    mutating func enter(_ call: TracedCall, state: inout WorldState)
    /// The deepest open call ends.
    mutating func leave(_ result: TracedResult, state: inout WorldState)
}

/// An instruction that is about to run.
public struct TracedStep {
    public let opcode: UInt8
    /// Offset in the code.
    public let position: Int
    /// What is left before the instruction.
    public let gas: UInt64
    /// The part of its price that does not depend on its operands.
    public let basePrice: UInt64
    /// 1 for the message's own frame.
    public let depth: Int
    /// Account whose storage is used.
    public let address: Address
    /// The top is the last.
    public let stack: UnsafeBufferPointer<UInt256>
    public let memory: UnsafeRawBufferPointer
    public let returnData: [UInt8]
}

/// A call or creation that begins.
public struct TracedCall: Sendable {
    public enum Kind: String, Sendable {
        case call = "CALL"
        case callCode = "CALLCODE"
        case delegateCall = "DELEGATECALL"
        case staticCall = "STATICCALL"
        case create = "CREATE"
        case create2 = "CREATE2"
        case selfDestruct = "SELFDESTRUCT"

        public var isCreation: Bool { self == .create || self == .create2 }
    }

    public var kind: Kind
    public var from: Address
    /// The account that is called, or made.
    public var to: Address
    /// Wei; that of the caller in a DELEGATECALL.
    public var value: UInt256
    public var input: [UInt8]
    /// What it may use.
    public var gas: UInt64
    /// What its caller keeps meanwhile.
    public var callerGas: UInt64
    /// How many events the transaction had emitted before.
    public var logCount: Int
}

/// How a call ended.
public struct TracedResult: Sendable {
    public var gasUsed: UInt64
    public var output: [UInt8]
    public var fault: Fault?
    /// What was left after its last instruction, before a new contract's code was paid for; nil where no code ran.
    public var gasAfterCode: UInt64?
    /// Whether the last instruction could not be paid for, or did not fit the stack.
    public var isRefusedStep = false

    public init(gasUsed: UInt64, output: [UInt8], fault: Fault?, gasAfterCode: UInt64? = nil, isRefusedStep: Bool = false) {
        (self.gasUsed, self.output, self.fault) = (gasUsed, output, fault)
        (self.gasAfterCode, self.isRefusedStep) = (gasAfterCode, isRefusedStep)
    }
}

extension EVM {
    /// Runs a message and shows a tracer everything that happens. Otherwise the same as `run(_:)`.
    public mutating func run(_ message: Message, tracing tracer: inout any Tracer) throws(StateError) -> Outcome {
        var watcher = TracingWatcher(tracer: tracer)
        endedCalls = []
        let nonce = try state.nonce(message.caller)
        let to = message.to ?? Self.createAddress(message.caller, nonce: nonce &- 1)
        let call = TracedCall(
            kind: message.to == nil ? .create : .call, from: message.caller, to: to, value: message.value, input: message.input,
            gas: message.gas, callerGas: 0, logCount: state.logs.count)
        watcher.tracer.enter(call, state: &state)
        let outcome = try run(message, &watcher)
        // Where code ran, the outermost frame has said so itself.
        if !watcher.hasRun {
            let result = TracedResult(gasUsed: message.gas - outcome.gasLeft, output: outcome.output, fault: outcome.fault)
            watcher.tracer.leave(result, state: &state)
        }
        endedCalls = nil
        tracer = watcher.tracer
        return outcome
    }
}

/// A call that ended without a frame of its own: nothing to run, a precompile, a system contract, or not possible.
struct EndedCall {
    var call: TracedCall
    var result: TracedResult
}

struct TracingWatcher: StepInspector {
    static var isActive: Bool { true }
    var tracer: any Tracer
    var hasRun = false

    init(tracer: any Tracer) { self.tracer = tracer }

    mutating func step(_ opcode: UInt8, at position: Int, gas: Int64, height: Int, frame: Frame, evm: inout EVM) {
        report(&evm)
        let step = TracedStep(
            opcode: opcode, position: position, gas: UInt64(max(0, gas)), basePrice: UInt64(evm.table.entries[Int(opcode)].gas),
            depth: evm.depth + 1, address: frame.address, stack: UnsafeBufferPointer(start: frame.stack, count: height),
            memory: UnsafeRawBufferPointer(start: frame.memory, count: frame.memorySize), returnData: frame.returnData)
        tracer.step(step, state: &evm.state)
        if let kind = TracedCall.Kind(opcode: opcode) { evm.pendingKind = kind }
    }

    mutating func enter(_ frame: Frame, evm: inout EVM) {
        report(&evm)
        hasRun = true
        // The message's own call has been announced already.
        guard evm.depth > 0 else { return }
        let caller = evm.frames[evm.depth - 1]
        let isCreation = if case .create = frame.purpose { true } else { false }
        let call = TracedCall(
            kind: evm.pendingKind, from: evm.pendingKind == .delegateCall ? caller.address : frame.caller,
            to: isCreation ? frame.address : frame.callee, value: frame.value,
            input: isCreation ? Array(frame.code.bytes) : Array(frame.input), gas: UInt64(frame.gas), callerGas: UInt64(caller.gas),
            logCount: evm.state.logs.count)
        tracer.enter(call, state: &evm.state)
    }

    mutating func leave(_ frame: Frame, end: FrameEnd, evm: inout EVM) {
        report(&evm)
        let fault = frame.fault
        let result = TracedResult(
            gasUsed: UInt64(frame.gasAtStart - frame.gas), output: Array(end.output(of: frame)), fault: fault,
            gasAfterCode: UInt64(max(0, end.gas)),
            isRefusedStep: end.fault == .outOfGas || end.fault == .stackUnderflow || end.fault == .stackOverflow)
        tracer.leave(result, state: &evm.state)
    }

    private mutating func report(_ evm: inout EVM) {
        guard let ended = evm.endedCalls, !ended.isEmpty else { return }
        evm.endedCalls = []
        for one in ended {
            tracer.enter(one.call, state: &evm.state)
            tracer.leave(one.result, state: &evm.state)
        }
    }
}

extension TracedCall.Kind {
    fileprivate init?(opcode: UInt8) {
        switch opcode {
        case 0xf0: self = .create
        case 0xf1: self = .call
        case 0xf2: self = .callCode
        case 0xf4: self = .delegateCall
        case 0xf5: self = .create2
        case 0xfa: self = .staticCall
        default: return nil
        }
    }
}

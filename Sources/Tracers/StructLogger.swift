import EVM
import Primitives
import WorldState

/// Records every instruction, as geth's default tracer does.
public struct StructLogger: Tracer {
    public struct Options: Hashable, Sendable {
        public var stack = true
        public var memory = false
        public var storage = true
        public var returnData = false
        /// At most this many instructions; nil for all.
        public var limit: Int?

        public init() {}
    }

    public struct Entry: Sendable {
        public var position: Int
        public var operation: String
        public var gas: UInt64
        /// What the instruction took; of a call all that it handed on, too.
        public var gasCost: UInt64
        public var depth: Int
        public var stack: [UInt256]?
        public var memory: [UInt8]
        /// All slots of the account that have been read or written so far; at SLOAD and SSTORE only.
        public var storage: [(slot: UInt256, value: UInt256)]?
        public var returnData: [UInt8]
        /// What the refund counter holds.
        public var refund: UInt64
        /// Why the instruction could not run.
        public var error: String?
    }

    public private(set) var entries: [Entry] = []
    /// Whether the trace grew beyond its bound; it is worthless then.
    public private(set) var isTooLarge = false
    private let options: Options
    private let maximumBytes: Int
    /// Roughly what the trace takes up.
    public private(set) var bytes = 0
    /// By depth, the entry whose price is not known yet, and the gas before it.
    private var open: [(entry: Int?, gas: UInt64)] = []
    private var storage: [Address: [(slot: UInt256, value: UInt256)]] = [:]

    /// - Parameter maximumBytes: roughly what the trace may take up.
    public init(_ options: Options = Options(), maximumBytes: Int) {
        (self.options, self.maximumBytes) = (options, maximumBytes)
    }

    private var isRecording: Bool { !isTooLarge && entries.count < options.limit ?? .max }

    public mutating func step(_ step: TracedStep, state: inout WorldState) {
        close(gas: step.gas)
        guard isRecording else { return open[open.count - 1] = (nil, step.gas) }
        open[open.count - 1] = (entries.count, step.gas)
        let entry = Entry(
            position: step.position, operation: OpcodeNames.name(step.opcode), gas: step.gas, gasCost: step.basePrice, depth: step.depth,
            stack: options.stack ? Array(step.stack) : nil, memory: options.memory ? Array(step.memory) : [],
            storage: options.storage ? slots(step, &state) : nil, returnData: options.returnData ? step.returnData : [],
            refund: UInt64(max(0, state.refund)))
        bytes += 128 + 72 * (entry.stack?.count ?? 0) + 3 * entry.memory.count + 140 * (entry.storage?.count ?? 0) + 2 * entry.returnData.count
        isTooLarge = bytes > maximumBytes
        entries.append(entry)
    }

    public mutating func enter(_ call: TracedCall, state: inout WorldState) {
        // What a creation hands on is not part of its instruction's price.
        close(gas: call.callerGas + (call.kind.isCreation ? call.gas : 0))
        open.append((nil, 0))
    }

    public mutating func leave(_ result: TracedResult, state: inout WorldState) {
        if result.isRefusedStep {
            if let entry = open.last?.entry { entries[entry].error = result.fault?.description }
        } else if let left = result.gasAfterCode {
            close(gas: left)
        }
        open.removeLast()
    }

    /// Gives the last instruction of the deepest call its price.
    private mutating func close(gas: UInt64) {
        guard let last = open.last, let entry = last.entry else { return }
        if gas <= last.gas { entries[entry].gasCost = last.gas - gas }
        open[open.count - 1].entry = nil
    }

    private mutating func slots(_ step: TracedStep, _ state: inout WorldState) -> [(slot: UInt256, value: UInt256)]? {
        guard step.opcode == 0x54 || step.opcode == 0x55, step.stack.count > Int(step.opcode - 0x54) else { return nil }
        let slot = step.stack[step.stack.count - 1]
        let value: UInt256
        if step.opcode == 0x55 { value = step.stack[step.stack.count - 2] } else {
            let account = state.index(step.address)
            let offset = state.slotIndex(account, slot)
            value = state.value(slot: offset)
        }
        var known = storage[step.address] ?? []
        if let index = known.firstIndex(where: { $0.slot == slot }) { known[index].value = value } else { known.append((slot, value)) }
        storage[step.address] = known
        return known
    }
}

import ChainTypes
import EVM
import Primitives
import WorldState

/// Records calls, creations and, if wanted, logs as a tree, as geth's tracer of this name does.
public struct CallTracer: Tracer {
    public struct Options: Hashable, Sendable {
        public var withLogs = false
        public var onlyTopCall = false

        public init() {}
    }

    public struct Entry: Sendable {
        public var call: TracedCall
        public var result = TracedResult(gasUsed: 0, output: [], fault: nil)
        public var calls: [Entry] = []
        public var logs: [LogEntry] = []
    }

    public struct LogEntry: Sendable {
        public var log: Log
        /// Among the transaction's logs.
        public var index: Int
        /// How many calls its frame had made before.
        public var position: Int
    }

    /// The message's own call, once it is over.
    public private(set) var root: Entry?
    public private(set) var isTooLarge = false
    private let options: Options
    private let maximumBytes: Int
    /// Roughly what the trace takes up.
    public private(set) var bytes = 0
    private var open: [Entry] = []
    private var seenLogs = 0

    /// - Parameter maximumBytes: roughly what the trace may take up.
    public init(_ options: Options = Options(), maximumBytes: Int) {
        (self.options, self.maximumBytes) = (options, maximumBytes)
    }

    public mutating func step(_ step: TracedStep, state: inout WorldState) { collectLogs(state.logs[...]) }

    public mutating func enter(_ call: TracedCall, state: inout WorldState) {
        // A system contract has emitted its events before anyone hears of the call.
        collectLogs(state.logs.prefix(call.logCount))
        var call = call
        if !isKept(512 + 2 * call.input.count) { call.input = [] }
        open.append(Entry(call: call))
    }

    public mutating func leave(_ result: TracedResult, state: inout WorldState) {
        if result.fault == nil { collectLogs(state.logs[...]) }
        guard var entry = open.popLast() else { return }
        entry.result = result
        if !isKept(2 * result.output.count) { entry.result.output = [] }
        // What a failed call had logged is gone.
        if options.withLogs, result.fault != nil { entry = Self.withoutLogs(entry) }
        seenLogs = state.logs.count
        guard !open.isEmpty else { return root = entry }
        if !options.onlyTopCall, !isTooLarge { open[open.count - 1].calls.append(entry) }
    }

    /// Counts bytes of the answer; false once there are too many.
    private mutating func isKept(_ more: Int) -> Bool {
        if !options.onlyTopCall || open.count <= 1 { bytes += more }
        isTooLarge = isTooLarge || bytes > maximumBytes
        return !isTooLarge
    }

    private mutating func collectLogs(_ logs: ArraySlice<Log>) {
        guard options.withLogs, !open.isEmpty, logs.count > seenLogs else { return }
        for index in seenLogs..<logs.count where isKept(512 + 2 * logs[index].data.count) {
            open[open.count - 1].logs.append(LogEntry(log: logs[index], index: index, position: open[open.count - 1].calls.count))
        }
        seenLogs = logs.count
    }

    private static func withoutLogs(_ entry: Entry) -> Entry {
        var entry = entry
        entry.logs = []
        entry.calls = entry.calls.map(withoutLogs)
        return entry
    }
}

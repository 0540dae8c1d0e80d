import ChainTypes
import Primitives

/// What to record of a run (`debug_trace*`), as geth's options say it.
public enum TraceOptions: Hashable, Sendable {
    public struct Steps: Hashable, Sendable {
        public var stack = true
        public var memory = false
        public var storage = true
        public var returnData = false
        /// At most this many instructions; nil for all.
        public var limit: Int?

        public init() {}
    }

    /// Every instruction.
    case steps(Steps)
    /// The tree of calls.
    case calls(withLogs: Bool, onlyTopCall: Bool)
}

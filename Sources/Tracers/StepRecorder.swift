import EVM
import WorldState

/// The struct logger together with how the message ended.
public struct StepRecorder: Tracer {
    public private(set) var steps: StructLogger
    /// nil until the message has ended.
    public private(set) var result: TracedResult?

    public init(steps: StructLogger) { self.steps = steps }

    public mutating func step(_ step: TracedStep, state: inout WorldState) { steps.step(step, state: &state) }
    public mutating func enter(_ call: TracedCall, state: inout WorldState) { steps.enter(call, state: &state) }

    public mutating func leave(_ result: TracedResult, state: inout WorldState) {
        steps.leave(result, state: &state)
        // The message's own call is the last to end.
        self.result = result
    }
}

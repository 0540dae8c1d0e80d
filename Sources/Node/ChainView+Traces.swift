import ChainTypes
import EVM
import Execution
import Primitives
import RPCServer
import Replica
import Tracers
import WorldState

// Runs again, before the eyes of a tracer. Gas bounds their time as it did the first time, at some ten times as much.

extension ChainView {
    /// Roughly what one trace may take up.
    static let maximumTraceBytes = 32 << 20

    func trace(block number: UInt64, only index: Int?, _ options: TraceOptions) throws -> [JSONValue] {
        guard number > 0, try visible(number), let block = try store.block(number) else { throw RPCFailure.headerNotFound }
        var executor = try BlockExecutor(block: context(of: block.header), reader: try state(at: number - 1))
        var (traces, bytes): ([JSONValue], Int) = ([], Self.maximumTraceBytes)
        for (position, transaction) in block.transactions.enumerated() {
            if let index, position > index { break }
            if let index, position < index {
                try executor.execute(transaction)
                continue
            }
            var tracer = options.tracer(maximumBytes: bytes)
            let receipt = try executor.execute(transaction, tracing: &tracer)
            traces.append(try Self.json(tracer, gasUsed: receipt.gasUsed, gasLimit: transaction.body.gasLimit, &bytes))
        }
        return traces
    }

    func trace(_ request: CallRequest, at number: UInt64, _ options: TraceOptions) throws -> JSONValue {
        var (tracer, bytes) = (options.tracer(maximumBytes: Self.maximumTraceBytes), Self.maximumTraceBytes)
        let transaction = transaction(request, gasLimit: gasLimit(request))
        do {
            let trial = try trial(request, at: number).run(transaction, tracing: &tracer)
            return try Self.json(tracer, gasUsed: trial.gasUsed, gasLimit: transaction.gasLimit, &bytes)
        } catch let error as TrialError { throw Self.failure(error) { "tracing failed: \($0)" } }
    }

    private func context(of header: Header) -> BlockContext {
        var context = BlockContext(
            chainID: spec.chainID, genesis: genesis, number: header.number, timestamp: header.timestamp,
            beneficiary: header.beneficiary, gasLimit: header.gasLimit, baseFee: header.baseFeePerGas, prevRandao: header.prevRandao)
        context.parentHash = header.parentHash
        return context
    }

    private static func json(_ tracer: any Tracer, gasUsed: UInt64, gasLimit: UInt64, _ bytes: inout Int) throws -> JSONValue {
        let tooLarge = RPCFailure(code: -32003, message: "the trace is too large: ask for less of it, or for the callTracer", reason: "traceTooLarge")
        switch tracer {
        case let log as StepRecorder:
            guard !log.steps.isTooLarge, let result = log.result else { throw tooLarge }
            bytes -= log.steps.bytes
            return TraceJSON.steps(log.steps, result, gasUsed: gasUsed)
        case let calls as CallTracer:
            guard !calls.isTooLarge, var root = calls.root else { throw tooLarge }
            bytes -= calls.bytes
            (root.call.gas, root.result.gasUsed) = (gasLimit, gasUsed)
            return TraceJSON.call(root)
        default: throw RPCFailure.internalError
        }
    }
}

extension TraceOptions {
    fileprivate func tracer(maximumBytes: Int) -> any Tracer {
        switch self {
        case .steps(let wanted):
            var options = StructLogger.Options()
            (options.stack, options.memory, options.storage) = (wanted.stack, wanted.memory, wanted.storage)
            (options.returnData, options.limit) = (wanted.returnData, wanted.limit)
            return StepRecorder(steps: StructLogger(options, maximumBytes: maximumBytes))
        case .calls(let withLogs, let onlyTopCall):
            var options = CallTracer.Options()
            (options.withLogs, options.onlyTopCall) = (withLogs, onlyTopCall)
            return CallTracer(options, maximumBytes: maximumBytes)
        }
    }
}

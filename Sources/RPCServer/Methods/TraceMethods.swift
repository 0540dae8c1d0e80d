import ChainTypes
import Primitives

/// `debug_trace*`: what happened in a transaction, found by running it again. Only the tracers that are built in.
enum TraceMethods {
    static let table: [String: RPCMethod] = [
        "debug_traceTransaction": .read(.long) { reader, parameters in
            let (hash, options) = (try parameters.hash(0), try parameters.traceOptions(1))
            guard let place = try reader.location(ofTransaction: hash) else {
                throw RPCFailure(message: "transaction not found", reason: "transactionNotFound")
            }
            let traces = try reader.trace(block: place.number, only: place.index, options)
            guard let trace = traces.first else { throw RPCFailure(message: "transaction not found", reason: "transactionNotFound") }
            return trace
        },
        "debug_traceCall": .read(.long) { reader, parameters in
            var request = try CallRequest(parameters.required(0))
            let options = try parameters.traceOptions(2)
            if let accounts = parameters.optional(2)?["stateOverrides"], accounts != .null { try request.overrides.readAccounts(accounts) }
            if let block = parameters.optional(2)?["blockOverrides"], block != .null { try request.overrides.readBlock(block) }
            return try reader.trace(request, at: parameters.block(1, reader), options)
        },
        "debug_traceBlockByNumber": .read(.long) { reader, parameters in
            let number = try parameters.block(0, reader)
            return try traces(number, reader, parameters.traceOptions(1))
        },
        "debug_traceBlockByHash": .read(.long) { reader, parameters in
            let hash = try parameters.hash(0)
            guard let number = try reader.number(ofBlock: hash) else {
                throw RPCFailure(message: "block \(hash.hex) not found", reason: "blockNotFound")
            }
            return try traces(number, reader, parameters.traceOptions(1))
        },
    ]

    private static func traces(_ number: UInt64, _ reader: any ChainReader, _ options: TraceOptions) throws -> JSONValue {
        guard number > 0 else { throw RPCFailure(message: "genesis is not traceable", reason: "genesisNotTraceable") }
        guard let block = try reader.block(number) else { throw RPCFailure.headerNotFound }
        let results = try reader.trace(block: number, only: nil, options)
        return .array(zip(block.transactions, results).map { ["txHash": .string($0.hash.hex), "result": $1] })
    }
}

extension RPCParameters {
    /// geth's `TraceConfig`.
    fileprivate func traceOptions(_ index: Int) throws(RPCFailure) -> TraceOptions {
        guard let object = optional(index) else { return .steps(.init()) }
        guard object.isObject else { throw .invalidParameters("invalid argument \(index): expected an object") }
        guard let tracer = object["tracer"], tracer != .null, tracer != "" else { return .steps(try steps(object, index)) }
        let configuration = object["tracerConfig"] ?? [:]
        guard tracer == "callTracer" else {
            let name = tracer.asString.map { String($0.prefix(64)) } ?? "?"
            throw .invalidParameters("unknown tracer \"\(name)\": this node has callTracer and the default one; no JavaScript runs here")
        }
        return .calls(
            withLogs: try flag(configuration, "withLog", index), onlyTopCall: try flag(configuration, "onlyTopCall", index))
    }

    private func steps(_ object: JSONValue, _ index: Int) throws(RPCFailure) -> TraceOptions.Steps {
        var steps = TraceOptions.Steps()
        steps.stack = try !flag(object, "disableStack", index)
        steps.storage = try !flag(object, "disableStorage", index)
        steps.memory = try flag(object, "enableMemory", index)
        steps.returnData = try flag(object, "enableReturnData", index)
        switch object["limit"] {
        case nil, .null, .integer(0): steps.limit = nil
        case .integer(let limit) where limit > 0: steps.limit = Int(limit)
        default: throw .invalidParameters("invalid argument \(index): limit")
        }
        return steps
    }

    private func flag(_ object: JSONValue, _ name: String, _ index: Int) throws(RPCFailure) -> Bool {
        switch object[name] {
        case nil, .null: return false
        case .bool(let flag): return flag
        default: throw .invalidParameters("invalid argument \(index): \(name) must be a boolean")
        }
    }
}

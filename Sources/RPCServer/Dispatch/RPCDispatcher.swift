/// Answers JSON-RPC 2.0 texts: single calls and batches.
struct RPCDispatcher: Sendable {
    struct Limits: Sendable {
        var batch = 100
        /// Answers of a batch together; the first is always given.
        var responseBytes = 16 * 1024 * 1024
        /// From the arrival of a call, or of a batch: waiting for a thread and reading together.
        var readMilliseconds: UInt64 = 5000
        var servesDebug = true
    }

    /// Bytes that take some hundred microseconds to parse.
    private static let longText = 8192

    let reader: any ChainReader
    let submitter: any TransactionSubmitter
    let pool: ReaderPool
    let filters: FilterStore
    /// Milliseconds that only rise.
    let clock: @Sendable () -> UInt64
    let limits: Limits
    let observe: @Sendable (_ failed: Bool) -> Void

    /// The answer to a request text; nil when it holds notifications only.
    func answer(_ text: [UInt8], session: SubscriptionSession?) async -> [UInt8]? {
        let request: JSONValue
        do { request = try await parsed(text) } catch {
            return JSONValue.reply(id: .null, .failure(error as? RPCFailure ?? .parseError)).bytes
        }
        let time = ReadTime(clock: clock, maximumMilliseconds: limits.readMilliseconds)
        guard case .array(let calls) = request else { return await answer(call: request, time, session)?.bytes }
        guard !calls.isEmpty else {
            return JSONValue.reply(id: .null, .failure(RPCFailure(code: -32600, message: "empty batch", reason: "invalidRequest"))).bytes
        }
        guard calls.count <= limits.batch else {
            let failure = RPCFailure(code: -32600, message: "batch too large (at most \(limits.batch) calls)", reason: "batchTooLarge")
            return JSONValue.reply(id: .null, .failure(failure)).bytes
        }
        return await answer(batch: calls, time, session)
    }

    /// Long texts are parsed where long reads run, in their senders' turn: many of them would keep everybody's answers waiting.
    private func parsed(_ text: [UInt8]) async throws -> JSONValue {
        guard text.count > Self.longText else { return try JSONValue(parsing: text) }
        return try await pool.run(.long) { try JSONValue(parsing: text) }
    }

    private func answer(batch calls: [JSONValue], _ time: ReadTime, _ session: SubscriptionSession?) async -> [UInt8]? {
        var output: [UInt8] = [UInt8(ascii: "[")]
        for call in calls {
            let reply: JSONValue?
            if output.count > limits.responseBytes {
                let failure = RPCFailure(code: -32003, message: "response too large", reason: "responseTooLarge")
                reply = call["id"].map { JSONValue.reply(id: JSONValue.idOrNull($0), .failure(failure)) }
            } else {
                reply = await answer(call: call, time, session)
            }
            guard let reply else { continue }
            if output.count > 1 { output.append(UInt8(ascii: ",")) }
            output.append(contentsOf: reply.bytes)
        }
        guard output.count > 1 else { return nil }
        return output + [UInt8(ascii: "]")]
    }

    private func answer(call: JSONValue, _ time: ReadTime, _ session: SubscriptionSession?) async -> JSONValue? {
        guard call.isObject, case .string(let method)? = call["method"], call["jsonrpc"] == .string("2.0") else {
            return JSONValue.reply(id: JSONValue.idOrNull(call["id"] ?? .null), .failure(.invalidRequest))
        }
        let result = await run(method, call["params"], time, session)
        if case .failure = result { observe(true) } else { observe(false) }
        // Without an id it is a notification, which is never answered.
        return call["id"].map { JSONValue.reply(id: JSONValue.idOrNull($0), result) }
    }

    private func run(
        _ name: String, _ params: JSONValue?, _ time: ReadTime, _ session: SubscriptionSession?
    ) async -> Result<JSONValue, RPCFailure> {
        guard limits.servesDebug || !name.hasPrefix("debug_"), let method = RPCMethodTable.methods[name] else {
            return .failure(.unknownMethod(String(name.prefix(64))))
        }
        do {
            var draft = try RPCParameters(params)
            draft.time = time
            let parameters = draft
            switch method {
            case .read(let length, let body): return .success(try await read(length, body, parameters))
            case .filter(let length, let body):
                let filters = filters
                return .success(try await read(length, { try body(filters, $0, $1) }, parameters))
            case .wait(let body):
                return .success(try await body(RPCContext(reader: reader, submitter: submitter, pool: pool, session: session), parameters))
            }
        } catch let failure as RPCFailure {
            return .failure(failure)
        } catch {
            // What went wrong inside is no business of the caller's.
            return .failure(.internalError)
        }
    }

    private func read(
        _ length: ReadLength, _ body: @escaping @Sendable (any ChainReader, RPCParameters) throws -> JSONValue, _ parameters: RPCParameters
    ) async throws -> JSONValue {
        let reader = reader
        return try await pool.run(length) {
            // What has waited too long for its thread is not worth doing: its caller has gone.
            try parameters.time.check()
            return try body(reader, parameters)
        }
    }
}

import RPCClient
import RPCServer

/// Answers what concerns the accounts, and hands everything else to the node.
struct GatewayDispatcher: Sendable {
    let desk: SigningDesk
    let node: RPCClient
    let maximumBatch: Int
    let showsFamiliarTypes: Bool

    /// The answer to a JSON-RPC text; nil when it holds notifications only.
    /// - Parameter forward: hands a text to the node.
    func answer(_ text: [UInt8], forward: Forwarding) async -> [UInt8]? {
        guard let request = try? JSONValue(parsing: text) else { return JSONValue.reply(id: .null, .failure(.parseError)).bytes }
        guard case .array(let calls) = request else {
            if let method = OwnMethod(of: request) { return await answer(request, method)?.bytes }
            return await handOn(text, [request], forward)
        }
        guard calls.contains(where: { OwnMethod(of: $0) != nil }) else { return await handOn(text, calls, forward) }
        guard calls.count <= maximumBatch else {
            let failure = RPCFailure(code: -32600, message: "batch too large (at most \(maximumBatch) calls)", reason: "batchTooLarge")
            return JSONValue.reply(id: .null, .failure(failure)).bytes
        }
        return await answer(batch: calls[...], forward)
    }

    /// Calls of both kinds, in their order: the node gets the ones between ours as batches of their own.
    private func answer(batch calls: ArraySlice<JSONValue>, _ forward: Forwarding) async -> [UInt8]? {
        var (rest, parts) = (calls, [[UInt8]]())
        while let call = rest.first {
            if let method = OwnMethod(of: call) {
                rest = rest.dropFirst()
                if let reply = await answer(call, method) { parts.append(reply.bytes) }
            } else {
                let run = Array(rest.prefix { OwnMethod(of: $0) == nil })
                rest = rest.dropFirst(run.count)
                guard let answers = await handOn(JSONValue.array(run).bytes, run, forward) else { continue }
                let items = Self.items(of: answers)
                if !items.isEmpty { parts.append(items) }
            }
        }
        guard !parts.isEmpty else { return nil }
        return [UInt8(ascii: "[")] + parts.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }

    /// What is between the brackets of a batch's answer; an answer that is no batch as it is.
    private static func items(of answers: [UInt8]) -> [UInt8] {
        func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            let rest = bytes.drop { $0 <= 0x20 }
            return rest.prefix((rest.lastIndex { $0 > 0x20 } ?? rest.startIndex - 1) + 1 - rest.startIndex)
        }
        let whole = trimmed(answers[...])
        guard whole.first == UInt8(ascii: "["), whole.last == UInt8(ascii: "]") else { return Array(whole) }
        return Array(trimmed(whole.dropFirst().dropLast()))
    }

    private func handOn(_ text: [UInt8], _ calls: [JSONValue], _ forward: Forwarding) async -> [UInt8]? {
        do throws(RPCError) {
            let answer = try await forward.send(text, calls)
            return showsFamiliarTypes ? answer.map(FamiliarTypes.show) : answer
        } catch {
            let replies = calls.compactMap { call in
                call["id"].map { JSONValue.reply(id: .idOrNull($0), .failure(.nodeUnreachable("\(error)"))) }
            }
            guard let first = replies.first else { return nil }
            return text.first { $0 > 0x20 } == UInt8(ascii: "[") ? JSONValue.array(replies).bytes : first.bytes
        }
    }

    /// A call without an id is not answered, and so not done either: nobody would learn of what was signed.
    private func answer(_ call: JSONValue, _ method: OwnMethod) async -> JSONValue? {
        guard let id = call["id"].map(JSONValue.idOrNull) else { return nil }
        do {
            let parameters = try RPCParameters(call["params"])
            return JSONValue.reply(id: id, .success(try await method.run(desk, parameters)))
        } catch GatewayError.node(let error) {
            return ["jsonrpc": "2.0", "id": id, "error": error]
        } catch GatewayError.failure(let failure) {
            return JSONValue.reply(id: id, .failure(failure))
        } catch {
            return JSONValue.reply(id: id, .failure(error as? RPCFailure ?? .internalError))
        }
    }
}

/// How texts get to the node, and its answers back.
protocol Forwarding: Sendable {
    /// - Parameter calls: what the text holds.
    /// - Returns: the answer as it came; nil where there is none.
    func send(_ text: [UInt8], _ calls: [JSONValue]) async throws(RPCError) -> [UInt8]?
}

/// One HTTP request for one text.
struct HTTPForwarding: Forwarding {
    let node: RPCClient

    func send(_ text: [UInt8], _ calls: [JSONValue]) async throws(RPCError) -> [UInt8]? {
        let answer = try await node.forward(text)
        return answer.isEmpty ? nil : answer
    }
}

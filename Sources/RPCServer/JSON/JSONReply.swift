extension JSONValue {
    /// An id is a text, a number or null.
    package static func idOrNull(_ id: JSONValue) -> JSONValue {
        switch id {
        case .string, .integer, .number: id
        default: .null
        }
    }

    /// The answer to one call (JSON-RPC 2.0, section 5).
    package static func reply(id: JSONValue, _ result: Result<JSONValue, RPCFailure>) -> JSONValue {
        switch result {
        case .success(let value): return ["jsonrpc": "2.0", "id": id, "result": value]
        case .failure(let failure):
            let data: JSONValue = failure.bytes.map { .data($0) } ?? ["reason": .string(failure.reason)]
            let error: JSONValue = ["code": .integer(Int64(failure.code)), "message": .string(failure.message), "data": data]
            return ["jsonrpc": "2.0", "id": id, "error": error]
        }
    }
}

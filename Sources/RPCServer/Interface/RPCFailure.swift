/// An answer that is an error: geth's code and message, and a reason that programs can rely on.
public struct RPCFailure: Error, Hashable, Sendable {
    public var code: Int
    public var message: String
    /// A stable camelCase word, sent as `data.reason`.
    public var reason: String
    /// Bytes that go with the error (a revert's return data), sent as hexadecimal `data` in place of the reason, as geth does.
    public var bytes: [UInt8]?

    public init(code: Int = -32000, message: String, reason: String, bytes: [UInt8]? = nil) {
        (self.code, self.message, self.reason, self.bytes) = (code, message, reason, bytes)
    }

    public static let parseError = RPCFailure(code: -32700, message: "parse error", reason: "parseError")
    public static let invalidRequest = RPCFailure(code: -32600, message: "invalid request", reason: "invalidRequest")
    public static let internalError = RPCFailure(code: -32603, message: "internal error", reason: "internalError")
    public static let headerNotFound = RPCFailure(message: "header not found", reason: "blockNotFound")
    public static let busy = RPCFailure(code: -32005, message: "too many requests in work", reason: "busy")

    public static let timedOut = RPCFailure(code: -32002, message: "request timed out", reason: "timeout")

    public static func unknownMethod(_ name: String) -> RPCFailure {
        RPCFailure(code: -32601, message: "the method \(name) does not exist/is not available", reason: "methodNotFound")
    }

    public static func invalidParameters(_ message: String) -> RPCFailure {
        RPCFailure(code: -32602, message: message, reason: "invalidParameters")
    }

    /// EIP-1193's code for what this node does not do.
    public static func unsupported(_ message: String) -> RPCFailure {
        RPCFailure(code: 4200, message: message, reason: "unsupportedMethod")
    }

    /// The node holds the block but not its state any more.
    public static func stateUnavailable(_ number: UInt64) -> RPCFailure {
        RPCFailure(message: "missing trie node: the state of block \(number) is not available", reason: "stateUnavailable")
    }
}

import Primitives

/// Why a call gave no result.
public enum RPCError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The node's own answer: geth's code and message, and the stable reason.
    case refused(code: Int, message: String, reason: String?, data: String?)
    /// The node could not be reached, did not answer in time, or answered with this HTTP status.
    case unreachable(String)
    /// The answer is not what the method gives.
    case malformed(method: String)
    /// There is no receipt yet when the wait is over.
    case timedOut

    /// The node's word for the refusal (`nonceTooLow`), where it gave one.
    public var reason: String? {
        guard case .refused(_, _, let reason, _) = self else { return nil }
        return reason
    }

    public var description: String {
        switch self {
        case .refused(let code, let message, let reason, _): "\(message) (code \(code)\(reason.map { ", \($0)" } ?? ""))".printable
        case .unreachable(let detail): "the node cannot be reached: \(detail.printable)"
        case .malformed(let method): "the node's answer to \(method) is malformed"
        case .timedOut: "the wait is over"
        }
    }
}

import NIOConcurrencyHelpers
import NIOCore

/// A message or request from a peer.
///
/// Its bytes count against its session's bound until the last reference to it is gone: whoever handles it keeps it
/// until the work that it caused is done.
public final class PeerFrame: Sendable {
    public let bytes: [UInt8]
    /// When it was complete.
    public let arrived = NIODeadline.now()
    private let budget: InboundBudget

    init(_ bytes: [UInt8], _ budget: InboundBudget) {
        (self.bytes, self.budget) = (bytes, budget)
        budget.take(Self.charge(bytes))
    }

    /// A frame that counts against nothing.
    package convenience init(_ bytes: [UInt8]) { self.init(bytes, InboundBudget(limit: .max) {}) }

    deinit { budget.release(Self.charge(bytes)) }

    /// Small frames cost more than their bytes.
    private static func charge(_ bytes: [UInt8]) -> Int { bytes.count + 256 }
}

/// Inbound bytes of one session whose handling has not ended.
final class InboundBudget: Sendable {
    private let state = NIOLockedValueBox((bytes: 0, paused: false))
    private let limit: Int
    private let resume: @Sendable () -> Void

    /// - Parameter resume: called, on any thread, when a full budget is half empty again.
    init(limit: Int, resume: @escaping @Sendable () -> Void) { (self.limit, self.resume) = (limit, resume) }

    func take(_ bytes: Int) { state.withLockedValue { $0.bytes += bytes } }

    /// Whether reading has to pause; if so `resume` follows.
    func isFull() -> Bool {
        state.withLockedValue { state in
            state.paused = state.paused || state.bytes > limit
            return state.paused
        }
    }

    func release(_ bytes: Int) {
        let resumes = state.withLockedValue { state in
            state.bytes -= bytes
            guard state.paused, state.bytes <= limit / 2 else { return false }
            state.paused = false
            return true
        }
        if resumes { resume() }
    }
}

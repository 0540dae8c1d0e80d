import Primitives
import RPCServer
import Synchronization

/// What may still be signed in this session: until its time is over, and up to its cap.
final class SpendingLimits: Sendable {
    private struct State {
        var spent = UInt256.zero
        var isLocked = false
    }

    let cap: UInt256
    /// Wei that the fee of one transaction may come to.
    let feeCeiling: UInt256
    private let end: ContinuousClock.Instant
    private let state = Mutex(State())

    init(cap: UInt256, feeCeiling: UInt256, unlockedSeconds: Int64) {
        (self.cap, self.feeCeiling) = (cap, feeCeiling)
        end = .now + .seconds(unlockedSeconds)
    }

    /// Wei that are left.
    var remaining: UInt256 { state.withLock { cap - $0.spent } }

    /// Ends the time early.
    func lock() { state.withLock { $0.isLocked = true } }

    var isUnlocked: Bool { ContinuousClock.now < end && !state.withLock(\.isLocked) }

    func checkUnlocked() throws(RPCFailure) {
        guard isUnlocked else { throw .accountsLocked }
    }

    /// Sets the amount aside; what is not spent after all is given back with `release`.
    func reserve(_ amount: UInt256) throws(RPCFailure) {
        let isWithin = state.withLock { state in
            guard let sum = state.spent.checkedAdd(amount), sum <= cap else { return false }
            state.spent = sum
            return true
        }
        guard isWithin else { throw .overCap(amount, remaining: remaining) }
    }

    func release(_ amount: UInt256) { state.withLock { $0.spent = $0.spent - amount } }
}

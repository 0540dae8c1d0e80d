import NIOConcurrencyHelpers

/// Holds reads up until it is opened, and counts those that have come.
final class Gate: Sendable {
    private let entered = NIOLockedValueBox(0)
    private let lock = ConditionLock(value: 0)

    var count: Int { entered.withLockedValue { $0 } }

    func pass() {
        entered.withLockedValue { $0 += 1 }
        lock.lock(whenValue: 1)
        lock.unlock()
    }

    func open() {
        lock.lock()
        lock.unlock(withValue: 1)
    }
}

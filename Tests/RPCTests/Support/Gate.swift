import Foundation
import NIOConcurrencyHelpers

/// Holds reads up until it is opened, and counts those that have come.
final class Gate: Sendable {
    private let entered = NIOLockedValueBox(0)
    private let condition = NSCondition()
    nonisolated(unsafe) private var places = 0

    var count: Int { entered.withLockedValue { $0 } }

    func pass() {
        entered.withLockedValue { $0 += 1 }
        condition.lock()
        while places == 0 { condition.wait() }
        places -= 1
        condition.unlock()
    }

    /// Lets all of them pass, or so many.
    func open(for count: Int = .max) {
        condition.lock()
        places = count
        condition.broadcast()
        condition.unlock()
    }
}

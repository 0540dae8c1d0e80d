import NIOConcurrencyHelpers

/// How many subscriptions all connections have: each one is told of everything, so that together they have a bound. What a usual
/// client needs it gets although others have taken all.
final class SubscriptionPlaces: Sendable {
    static let usual = 4

    private let maximum: Int
    private let taken = NIOLockedValueBox(0)

    init(maximum: Int) { self.maximum = maximum }

    /// Takes a place for a connection that has some already; false where it must have no more.
    func take(having own: Int) -> Bool {
        taken.withLockedValue { taken in
            guard taken < maximum || own < Self.usual else { return false }
            taken += 1
            return true
        }
    }

    func free(_ count: Int) { taken.withLockedValue { $0 -= count } }
}

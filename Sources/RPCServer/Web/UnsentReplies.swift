import NIOConcurrencyHelpers

/// Bytes of replies that clients have not taken yet, over all connections of a server: many that ask for much and read
/// slowly cannot fill the memory together.
final class UnsentReplies: Sendable {
    private let bytes = NIOLockedValueBox(0)
    private let maximum: Int
    /// What always passes.
    private let share: Int

    init(maximum: Int, connections: Int) {
        self.maximum = maximum
        share = maximum / max(1, connections)
    }

    /// Adds a reply; false, and nothing is added, where there is no room for one so long.
    func add(_ count: Int) -> Bool {
        bytes.withLockedValue { bytes in
            guard bytes + count <= maximum || count <= share else { return false }
            bytes += count
            return true
        }
    }

    func remove(_ count: Int) { bytes.withLockedValue { $0 -= count } }
}

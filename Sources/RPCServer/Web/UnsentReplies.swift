import NIOConcurrencyHelpers

/// Bytes of replies that clients have not taken yet, over all connections of a server: many that ask for much and read
/// slowly cannot fill the memory together.
final class UnsentReplies: Sendable {
    private let bytes = NIOLockedValueBox(0)
    private let maximum: Int
    /// What a connection may always have.
    private let share: Int

    init(maximum: Int, connections: Int) {
        self.maximum = maximum
        share = maximum / max(1, connections)
    }

    /// Adds a reply; false, and nothing is added, where there is no room for it.
    /// - Parameter own: what its connection has then.
    func add(_ count: Int, of own: Int) -> Bool {
        bytes.withLockedValue { bytes in
            guard bytes + count <= maximum || own <= share else { return false }
            bytes += count
            return true
        }
    }

    func remove(_ count: Int) { bytes.withLockedValue { $0 -= count } }
}

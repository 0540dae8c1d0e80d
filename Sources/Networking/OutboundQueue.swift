import NIOConcurrencyHelpers

/// Outbound bytes of one session that the network has not taken yet.
final class OutboundQueue: Sendable {
    private let bytes = NIOLockedValueBox(0)
    private let limit: Int
    private let shared: SharedQueues

    /// - Parameter shared: what all sessions of this class have queued.
    init(limit: Int, shared: SharedQueues) { (self.limit, self.shared) = (limit, shared) }

    /// Adds bytes; false when the peer has not kept up. They are removed in either case.
    func add(_ count: Int) -> Bool {
        let own = bytes.withLockedValue { bytes in
            bytes += count
            return bytes
        }
        return shared.admits(count, of: own) && own <= limit
    }

    func remove(_ count: Int) {
        bytes.withLockedValue { $0 -= count }
        shared.remove(count)
    }
}

/// Outbound bytes of all sessions of a class: peers that ask and do not read cannot fill the memory together.
final class SharedQueues: Sendable {
    private let bytes = NIOLockedValueBox(0)
    private let limit: Int
    private let share: Int

    init(limit: Int, sessions: Int) {
        self.limit = limit
        share = limit / max(1, sessions)
    }

    /// Adds bytes; false when all have too many and the one who has `own` of them has more than its share.
    func admits(_ count: Int, of own: Int) -> Bool {
        let all = bytes.withLockedValue { bytes in
            bytes += count
            return bytes
        }
        return all <= limit || own <= share
    }

    func remove(_ count: Int) { bytes.withLockedValue { $0 -= count } }
}

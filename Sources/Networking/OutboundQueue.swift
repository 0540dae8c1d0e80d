import NIOConcurrencyHelpers

/// Outbound bytes of one session that the network has not taken yet.
final class OutboundQueue: Sendable {
    private let bytes = NIOLockedValueBox(0)
    private let limit: Int
    private let shared: GuestQueues?

    /// - Parameter shared: what all guests have queued; nil for members, who have nothing to share.
    init(limit: Int, shared: GuestQueues?) { (self.limit, self.shared) = (limit, shared) }

    /// Adds bytes; false when the peer has not kept up and has to go. They are removed in either case.
    func add(_ count: Int) -> Bool {
        let own = bytes.withLockedValue { bytes in
            bytes += count
            return bytes
        }
        return shared?.admits(count, of: own) ?? true && own <= limit
    }

    func remove(_ count: Int) {
        bytes.withLockedValue { $0 -= count }
        shared?.remove(count)
    }
}

/// Outbound bytes of all guests of an endpoint: strangers that ask and do not read cannot fill the memory together.
final class GuestQueues: Sendable {
    private let bytes = NIOLockedValueBox(0)
    private let limit: Int
    private let share: Int

    init(_ limits: SessionLimits) {
        limit = limits.maximumQueuedGuestBytes
        share = limit / max(1, limits.maximumGuests)
    }

    /// Adds bytes; false when all have too many and the guest who has `own` of them has more than its share.
    func admits(_ count: Int, of own: Int) -> Bool {
        let all = bytes.withLockedValue { bytes in
            bytes += count
            return bytes
        }
        return all <= limit || own <= share
    }

    func remove(_ count: Int) { bytes.withLockedValue { $0 -= count } }
}

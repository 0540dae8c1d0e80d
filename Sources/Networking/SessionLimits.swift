/// What one peer may send, and how much may wait on its behalf.
public struct TrafficLimits: Sendable {
    /// Of a frame in either direction.
    public var maximumFrameBytes: Int
    /// Inbound bytes and frames a second beyond which reading pauses until the second is over.
    public var bytesPerSecond: Int
    public var framesPerSecond: Int
    /// Inbound bytes whose handling has not ended, beyond which reading pauses.
    public var unhandledBytes: Int
    /// Outbound bytes. A peer that lets more than this pile up is disconnected, and catches up after reconnecting; a member
    /// stays connected and misses what does not fit.
    public var queuedBytes: Int

    public init(maximumFrameBytes: Int, bytesPerSecond: Int, framesPerSecond: Int, unhandledBytes: Int, queuedBytes: Int) {
        self.maximumFrameBytes = maximumFrameBytes
        self.bytesPerSecond = bytesPerSecond
        self.framesPerSecond = framesPerSecond
        self.unhandledBytes = unhandledBytes
        self.queuedBytes = queuedBytes
    }

    /// For peers that keep the network going, and for those that this side dials: blocks of any size pass.
    public static let member = TrafficLimits(
        maximumFrameBytes: 8 << 20, bytesPerSecond: 512 << 20, framesPerSecond: 50_000, unhandledBytes: 4 << 20, queuedBytes: 32 << 20)

    /// For nodes with a stake that ask and seldom tell: the encryption nodes that the chain lists.
    public static let registered = TrafficLimits(
        maximumFrameBytes: 128 << 10, bytesPerSecond: 4 << 20, framesPerSecond: 1000, unhandledBytes: 64 << 10, queuedBytes: 8 << 20)

    /// For peers that anyone may be: questions and single transactions pass.
    public static let guest = TrafficLimits(
        maximumFrameBytes: 1 << 20, bytesPerSecond: 16 << 20, framesPerSecond: 2000, unhandledBytes: 256 << 10, queuedBytes: 32 << 20)

    /// For callers of a server: fragments of 2.6 MB and manifests of at most 4 MiB pass.
    public static let caller = TrafficLimits(
        maximumFrameBytes: 5 << 20, bytesPerSecond: 128 << 20, framesPerSecond: 2000, unhandledBytes: 16 << 20, queuedBytes: 64 << 20)
}

/// When misbehaviour leads to a ban. A correct node never comes near.
public struct BanRules: Sendable {
    /// Points at which a node or an address is banned; one point is forgiven each second.
    public var threshold = 100
    public var banSeconds: UInt64 = 600
    /// How long a kind of message is ignored that a member has used badly.
    public var ignoreSeconds: UInt64 = 60
    /// The first wait and the longest one of a member whose frames were malformed; each wait is twice the one before.
    public var firstWaitMilliseconds: UInt64 = 1000
    public var longestWaitMilliseconds: UInt64 = 60_000
    /// Nodes, addresses, and kinds of message of a node that are remembered at once.
    public var maximumSubjects = 8192

    public init() {}
}

/// Limits of whatever listens or dials.
public struct SessionLimits: Sendable {
    public var members = TrafficLimits.member
    public var registered = TrafficLimits.registered
    public var guests = TrafficLimits.guest
    /// Accepted connections whose handshake is under way. Beyond, the oldest makes room for a newer one.
    public var maximumHandshakes = 128
    public var maximumHandshakesPerAddress = 64
    /// What an address may begin in the long run, and what it may save up.
    public var handshakesPerSecondPerAddress = 8
    public var savedHandshakesPerAddress = 64
    /// The same for all addresses together at which this node expects none of its own peers.
    public var handshakesPerSecond = 256
    public var savedHandshakes = 1024
    /// Accepted sessions of guests. Members and registered nodes have places of their own. When all are taken, the address
    /// with the most makes room for one with fewer.
    public var maximumGuests = 256
    public var maximumGuestsPerAddress = 64
    /// When all places are taken, the guest that has said nothing for the longest time, and for at least this long, goes.
    public var guestIdleSeconds: UInt64 = 30
    public var maximumRegistered = 512
    /// Outbound bytes of all guests and registered nodes together. Beyond, one with more than its share is disconnected.
    public var maximumQueuedGuestBytes = 256 << 20
    /// Outbound bytes of all members together. Beyond, one with more than its share misses messages.
    public var maximumQueuedMemberBytes = 1 << 30
    public var handshakeTimeoutSeconds: Int64 = 10
    /// A session is closed when nothing came for this long; half of it without writing sends a ping.
    public var idleTimeoutSeconds: Int64 = 20
    /// Requests under way in one session, and in all sessions of a server, and the latter's bytes. A session with less than
    /// its share of the requests is served although all together have too many.
    public var maximumRequestsInFlight = 64
    public var maximumServedRequests = 1024
    public var maximumServedBytes = 256 << 20
    public var ban = BanRules()

    public init() {}

    /// The most that sessions of so many members and of as many others as may come can hold, in bytes: for each session a frame
    /// half sent in a buffer that doubles as it grows, what is unhandled with one frame beyond it, and TLS; and the queues.
    public func worstCaseBytes(members count: Int) -> Int {
        let places = [(members, count), (registered, maximumRegistered), (guests, maximumGuests)]
        let inbound = places.reduce(0) { $0 + $1.1 * (3 * $1.0.maximumFrameBytes + $1.0.unhandledBytes) }
        let handshakes = places.reduce(maximumHandshakes) { $0 + $1.1 } * Self.handshakeBytes
        return inbound + handshakes + maximumQueuedGuestBytes + maximumQueuedMemberBytes
    }

    func traffic(of standing: Standing) -> TrafficLimits {
        switch standing {
        case .member: members
        case .registered: registered
        case .guest: guests
        }
    }

    /// Roughly, of one TLS session with both keys.
    private static let handshakeBytes = 128 << 10

    /// For servers and clients of requests.
    public static var service: SessionLimits {
        var limits = SessionLimits()
        // Whoever dials a server owes it no more than a caller is owed.
        (limits.guests, limits.members) = (.caller, .caller)
        // Each may have a long frame half sent.
        limits.maximumGuests = 256
        // Many clients may share an address.
        limits.maximumGuestsPerAddress = limits.maximumGuests
        limits.handshakesPerSecondPerAddress = 32
        return limits
    }
}

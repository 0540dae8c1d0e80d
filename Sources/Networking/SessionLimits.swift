/// What one peer may send, and how much may wait on its behalf.
public struct TrafficLimits: Sendable {
    /// Of a frame in either direction.
    public var maximumFrameBytes: Int
    /// Inbound bytes and frames a second beyond which reading pauses until the second is over.
    public var bytesPerSecond: Int
    public var framesPerSecond: Int
    /// Inbound bytes whose handling has not ended, beyond which reading pauses.
    public var unhandledBytes: Int
    /// Outbound bytes. A peer that lets more than this pile up is disconnected; it catches up after reconnecting.
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
        maximumFrameBytes: 8 << 20, bytesPerSecond: 512 << 20, framesPerSecond: 50_000, unhandledBytes: 32 << 20, queuedBytes: 64 << 20)

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
    /// Nodes and addresses that are remembered at once.
    public var maximumSubjects = 4096

    public init() {}
}

/// Limits of whatever listens or dials.
public struct SessionLimits: Sendable {
    public var members = TrafficLimits.member
    public var guests = TrafficLimits.guest
    /// Accepted connections whose handshake is under way. Beyond, the oldest makes room for a newer one.
    public var maximumHandshakes = 128
    public var maximumHandshakesPerAddress = 64
    /// Accepted sessions of guests. Members always have a place.
    public var maximumGuests = 512
    public var maximumGuestsPerAddress = 256
    /// Outbound bytes of all guests together. Beyond, a guest with more than its share is disconnected.
    public var maximumQueuedGuestBytes = 512 << 20
    public var handshakeTimeoutSeconds: Int64 = 10
    /// A session is closed when nothing came for this long; half of it without writing sends a ping.
    public var idleTimeoutSeconds: Int64 = 20
    /// Requests under way in one session, and in all sessions of a server, and the latter's bytes.
    public var maximumRequestsInFlight = 64
    public var maximumServedRequests = 1024
    public var maximumServedBytes = 256 << 20
    public var ban = BanRules()

    public init() {}

    /// For servers and clients of requests.
    public static var service: SessionLimits {
        var limits = SessionLimits()
        // Whoever dials a server owes it no more than a caller is owed.
        (limits.guests, limits.members) = (.caller, .caller)
        // Each may have a long frame half sent.
        limits.maximumGuests = 256
        return limits
    }
}

import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Primitives

/// What listens and dials under one key: its TLS contexts, connections and memory of misbehaviour.
final class Endpoint: Sendable {
    static let tlsHandler = "tls"

    let identity: NodeIdentity
    let limits: SessionLimits
    let reputation: Reputation
    /// Peers with places of their own.
    private let known: NIOLockedValueBox<(members: Set<Hash>, registered: Set<Hash>)>
    private let connections: Connections
    private let guestQueues: SharedQueues
    private let memberQueues: SharedQueues
    private let now: @Sendable () -> UInt64
    private let tls: SessionTLS
    private let group: any EventLoopGroup
    private let listener = NIOLockedValueBox<(any Channel)?>(nil)

    init(
        identity: NodeIdentity, members: Set<Hash> = [], group: any EventLoopGroup, limits: SessionLimits,
        now: @escaping @Sendable () -> UInt64 = monotonicMilliseconds
    ) throws {
        (self.identity, self.group, self.limits) = (identity, group, limits)
        self.now = now
        known = NIOLockedValueBox((members, []))
        reputation = Reputation(limits.ban, now: now)
        connections = Connections(limits, now: now)
        guestQueues = SharedQueues(limit: limits.maximumQueuedGuestBytes, sessions: limits.maximumGuests + limits.maximumRegistered)
        memberQueues = SharedQueues(limit: limits.maximumQueuedMemberBytes, sessions: Self.usualMembers)
        tls = try SessionTLS(identity)
    }

    /// Validators of two epochs, and the peers that this side dials.
    private static let usualMembers = 256

    /// Sessions keep the limits under which they began.
    var members: Set<Hash> {
        get { known.withLockedValue { $0.members } }
        set { known.withLockedValue { $0.members = newValue } }
    }

    /// Peers that have places of their own, and hardly more than a guest's limits.
    var registered: Set<Hash> {
        get { known.withLockedValue { $0.registered } }
        set { known.withLockedValue { $0.registered = newValue } }
    }

    func standing(of peer: Hash) -> Standing {
        known.withLockedValue { $0.members.contains(peer) ? .member : $0.registered.contains(peer) ? .registered : .guest }
    }

    /// This node looks for peers at these hosts. Names are not looked up: whoever is there by a name has no more than strangers.
    func expect(_ hosts: [String]) {
        connections.expect(Set(hosts.compactMap { try? SocketAddress(ipAddress: $0, port: 0).owner }))
    }

    /// Connections that are open, shaking hands or being dialled.
    var connectionCount: Int { connections.count }

    /// Listens; port 0 takes a free one. Returns the port.
    func listen(host: String, port: Int, events: SessionEvents) async throws -> Int {
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] channel in
                let address = channel.remoteAddress?.owner ?? ""
                guard !reputation.isBanned(.address(address)), connections.accept(channel, from: address) else { return channel.close() }
                return channel.eventLoop.makeCompletedFuture {
                    let handshake = Handshake(address: address)
                    let handler = tls.accepting { self.learn($0, in: handshake) }
                    try configure(channel, tls: handler, handshake, events)
                }
            }
            .bind(host: host, port: port).get()
        listener.withLockedValue { $0 = channel }
        return channel.localAddress?.port ?? port
    }

    /// Connects to the node with this name and no other; `events.ended` hears of any failure.
    func dial(_ address: PeerAddress, events: SessionEvents) {
        ClientBootstrap(group: group)
            .connectTimeout(.seconds(limits.handshakeTimeoutSeconds))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { [self] channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.dial(channel) else { throw SessionError.closed }
                    let handshake = Handshake(address: nil)
                    let handler = try tls.dialling { $0.name == address.name && self.learn($0, in: handshake) }
                    try configure(channel, tls: handler, handshake, events)
                }
            }
            .connect(host: address.host, port: address.port)
            .whenFailure { events.ended(nil, $0) }
    }

    func stop() async {
        try? await listener.withLockedValue { $0 }?.close()
        await connections.closeAll()
    }

    /// What follows from misbehaviour.
    enum Consequence: Hashable, Sendable { case none, ban, ignoreKind }

    /// Adds to a node's points.
    ///
    /// Keys cost nothing, so a banned guest's address answers for it too. A member is never banned, because consensus needs
    /// what it says rightly: what it did badly is ignored, kind by kind, and after malformed frames it has to wait.
    func record(_ misbehaviour: Misbehaviour, kind: Int, of session: Session) -> Consequence {
        guard standing(of: session.peer) != .member else { return recordMember(misbehaviour, kind: kind, of: session.peer) }
        guard reputation.record(misbehaviour, of: .node(session.peer)) else { return .none }
        if let address = session.address { blame(address, for: .undecodableMessage) }
        return .ban
    }

    private func recordMember(_ misbehaviour: Misbehaviour, kind: Int, of peer: Hash) -> Consequence {
        switch misbehaviour {
        // Reading has paused for as long as that lasts.
        case .tooFast, .failedHandshake: return .none
        case .malformedFrame:
            reputation.postpone(.node(peer))
            return .none
        case .undecodableMessage, .falseMessage:
            return reputation.record(misbehaviour, of: .kind(kind, of: peer)) ? .ignoreKind : .none
        }
    }

    private func blame(_ address: String, for misbehaviour: Misbehaviour) {
        guard !connections.expects(address) else { return }
        _ = reputation.record(misbehaviour, of: .address(address))
    }

    private func configure(_ channel: any Channel, tls: any ChannelHandler, _ handshake: Handshake, _ events: SessionEvents) throws {
        let handler = HandshakeHandler(timeoutSeconds: limits.handshakeTimeoutSeconds) { [self] channel in
            try open(channel, handshake, events)
        } failed: { [self] error in
            if let address = handshake.address, handshake.isBlamed(for: error) {
                blame(address, for: .failedHandshake)
            }
            events.ended(nil, handshake.isRefused ? SessionError.banned : error)
        }
        try channel.pipeline.syncOperations.addHandler(FirstBytesHandler { handshake.spoke() })
        try channel.pipeline.syncOperations.addHandler(tls, name: Self.tlsHandler)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// Takes the key that the peer proves, unless it is banned.
    private func learn(_ key: PeerKey, in handshake: Handshake) -> Bool {
        let banned = reputation.isBanned(.node(key.name))
        banned ? handshake.refuse() : handshake.learn(key)
        return !banned
    }

    /// Turns a channel whose handshake is over into a session.
    private func open(_ channel: any Channel, _ handshake: Handshake, _ events: SessionEvents) throws {
        guard let key = handshake.key else { throw SessionError.handshake("no key") }
        let standing = standing(of: key.name)
        let activity = Activity(now: now)
        guard connections.enter(channel, as: standing, activity) else { throw SessionError.noRoom }
        // Whoever dials has chosen the peer and asks it for blocks; both sides reckon with that.
        let isDialled = handshake.address == nil
        let allowance = !isDialled || members.contains(identity.name) ? limits.members : limits.guests
        let session = Session(
            channel: channel, key: key, address: handshake.address, standing: standing, activity: activity,
            traffic: isDialled ? limits.members : limits.traffic(of: standing), queues: standing == .member ? memberQueues : guestQueues,
            // A peer allows this side what it is to that peer.
            outboundFrameBytes: allowance.maximumFrameBytes,
            maximumRequests: limits.maximumRequestsInFlight)
        try SessionPipeline.configure(session, idleTimeoutSeconds: limits.idleTimeoutSeconds, events: events)
        events.established(session)
    }
}

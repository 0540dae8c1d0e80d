import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Primitives

public enum PeerEvent: Sendable {
    case connected(Hash)
    case disconnected(Hash)
    case frame(Hash, [UInt8])
}

/// Where a peer listens and whose key it must prove.
public struct PeerAddress: Hashable, Sendable {
    public var name: Hash
    public var host: String
    public var port: Int

    public init(name: Hash, host: String, port: Int) { (self.name, self.host, self.port) = (name, host, port) }

    /// Splits `host:port`; nil for anything else.
    public init?(name: Hash, endpoint: String) {
        guard let colon = endpoint.lastIndex(of: ":"), let port = Int(endpoint[endpoint.index(after: colon)...]), (1...65535).contains(port)
        else { return nil }
        self.init(name: name, host: String(endpoint[..<colon]), port: port)
    }
}

/// Sessions with many peers, one for each, kept up by dialling again.
public final class PeerNetwork: Sendable {
    private struct State {
        var sessions: [Hash: (session: Session, dialled: Bool)] = [:]
        var failures: [Hash: Int] = [:]
        var listener: (any Channel)?
        var stopped = false
    }

    public let identity: NodeIdentity
    private let tls: SessionTLS
    private let group: any EventLoopGroup
    private let limits: SessionLimits
    private let logger: Logger
    private let deliver: @Sendable (PeerEvent) -> Void
    private let state = NIOLockedValueBox(State())

    /// - Parameter deliver: hears of peers and their frames, for each peer in order, on an event loop: it must not block.
    public init(
        identity: NodeIdentity, group: any EventLoopGroup, limits: SessionLimits = SessionLimits(), logger: Logger,
        deliver: @escaping @Sendable (PeerEvent) -> Void
    ) throws {
        self.identity = identity
        self.group = group
        self.limits = limits
        self.logger = logger
        self.deliver = deliver
        tls = try SessionTLS(identity)
    }

    /// Listens; port 0 takes a free one. Returns the port.
    public func listen(host: String, port: Int) async throws -> Int {
        let channel = try await Listener.bind(host: host, port: port, group: group, tls: tls, limits: limits, events: events(dialled: nil))
        state.withLockedValue { $0.listener = channel }
        return channel.localAddress?.port ?? port
    }

    public var peers: [Hash] { state.withLockedValue { $0.sessions.keys.sorted() } }

    /// Keeps a session with a peer up from now on.
    public func keep(_ address: PeerAddress) {
        guard !state.withLockedValue({ $0.stopped }) else { return }
        guard !state.withLockedValue({ $0.sessions[address.name] != nil }) else { return again(address, inMilliseconds: 1000) }
        ClientBootstrap(group: group)
            .connectTimeout(.seconds(limits.handshakeTimeoutSeconds))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { [tls, limits, events = events(dialled: address)] channel in
                channel.eventLoop.makeCompletedFuture {
                    try SessionPipeline.configure(channel, tls: tls, expecting: address.name, limits: limits, events: events)
                }
            }
            .connect(host: address.host, port: address.port)
            .whenFailure { [weak self] _ in self?.failed(address) }
    }

    public func send(_ bytes: [UInt8], to peer: Hash) {
        state.withLockedValue { $0.sessions[peer]?.session }?.write(.message, bytes)
    }

    public func stop() async {
        let (listener, sessions) = state.withLockedValue { state in
            state.stopped = true
            return (state.listener, state.sessions.values.map(\.session))
        }
        for session in sessions { session.close() }
        try? await listener?.close()
    }

    private func again(_ address: PeerAddress, inMilliseconds delay: Int64) {
        group.next().scheduleTask(in: .milliseconds(delay)) { [weak self] in self?.keep(address) }
    }

    /// Waits longer after each failure, up to 3 s, with a little chance in it.
    private func failed(_ address: PeerAddress) {
        let failures = state.withLockedValue { state in
            state.failures[address.name, default: 0] += 1
            return state.failures[address.name, default: 0]
        }
        again(address, inMilliseconds: min(3000, 100 << Int64(min(failures, 6))) + Int64.random(in: 0..<100))
    }

    private func events(dialled address: PeerAddress?) -> SessionEvents {
        SessionEvents(
            established: { [weak self] in self?.established($0, dialled: address != nil) },
            message: { [weak self] session, bytes in self?.deliver(.frame(session.peer, bytes)) },
            ended: { [weak self] session, error in
                self?.ended(session, error)
                if let address { self?.failed(address) }
            })
    }

    /// Both sides may dial at once; the session that the lower name dialled stays.
    private func established(_ session: Session, dialled: Bool) {
        let peer = session.peer
        let (superseded, isNew): (Session?, Bool) = state.withLockedValue { state in
            state.failures[peer] = nil
            guard let old = state.sessions[peer] else {
                state.sessions[peer] = (session, dialled)
                return (nil, true)
            }
            let keepsNew = old.dialled == dialled || dialled == (identity.name < peer)
            if keepsNew { state.sessions[peer] = (session, dialled) }
            return (keepsNew ? old.session : session, false)
        }
        superseded?.close()
        if isNew {
            logger.debug("connected", metadata: ["peer": "\(peer)"])
            deliver(.connected(peer))
        }
    }

    private func ended(_ session: Session?, _ error: any Error) {
        guard let session else { return logger.debug("no session", metadata: ["error": "\(error)"]) }
        let current = state.withLockedValue { state in
            guard state.sessions[session.peer]?.session === session else { return false }
            state.sessions[session.peer] = nil
            return true
        }
        if current {
            logger.debug("disconnected", metadata: ["peer": "\(session.peer)"])
            deliver(.disconnected(session.peer))
        }
    }
}

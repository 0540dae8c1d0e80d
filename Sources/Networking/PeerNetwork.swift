import Logging
import NIOConcurrencyHelpers
import NIOCore
import Primitives

public enum PeerEvent: Sendable {
    /// A session is there. When a newer one takes its place, `disconnected` and `connected` follow.
    case connected(Hash)
    case disconnected(Hash)
    case frame(Hash, PeerFrame)
}

/// Sessions with many peers, one for each, kept up by dialling again.
public final class PeerNetwork: Sendable {
    private struct State {
        var sessions: [Hash: (session: Session, dialled: Bool)] = [:]
        var failures: [Hash: Int] = [:]
        /// Where the peers are to which sessions are kept up.
        var kept: [Hash: PeerAddress] = [:]
        var stopped = false
    }

    public let identity: NodeIdentity
    /// Kept up besides whatever `keep` is given.
    private let configured: [PeerAddress]
    private let endpoint: Endpoint
    /// Everything that sessions report is put in one order here, on whichever loops they run.
    private let loop: any EventLoop
    private let logger: Logger
    private let deliver: @Sendable (PeerEvent) -> Void
    private let state = NIOLockedValueBox(State())

    /// - Parameters:
    ///   - configured: peers to which sessions are kept up from the first `keep` on, whatever it is given. Their addresses
    ///     come before others of the same peers; this node itself is passed over.
    ///   - members: peers that always have a place, with larger limits: the validators.
    ///   - now: milliseconds that never run backwards, for bans.
    ///   - deliver: hears of peers and their frames, one after the other, on an event loop: it must not block.
    public init(
        identity: NodeIdentity, configured: [PeerAddress] = [], members: Set<Hash> = [], group: any EventLoopGroup,
        limits: SessionLimits = SessionLimits(), logger: Logger,
        now: @escaping @Sendable () -> UInt64 = monotonicMilliseconds, deliver: @escaping @Sendable (PeerEvent) -> Void
    ) throws {
        self.identity = identity
        self.configured = configured.filter { $0.name != identity.name }
        self.logger = logger
        self.deliver = deliver
        loop = group.next()
        endpoint = try Endpoint(identity: identity, members: members, group: group, limits: limits, now: now)
    }

    /// Listens; port 0 takes a free one. Returns the port.
    public func listen(host: String, port: Int) async throws -> Int {
        try await endpoint.listen(host: host, port: port, events: events(dialled: nil))
    }

    public var peers: [Hash] { state.withLockedValue { $0.sessions.keys.sorted() } }

    /// Connections that are open, shaking hands or being dialled.
    public var connectionCount: Int { endpoint.connectionCount }

    /// Keeps sessions with these peers and the configured ones up from now on, and with no others.
    public func keep(_ addresses: [PeerAddress]) {
        let wanted = Dictionary((configured + addresses).map { ($0.name, $0) }) { first, _ in first }
        let new = state.withLockedValue { state in
            defer { state.kept = wanted }
            return wanted.values.filter { state.kept[$0.name] != $0 }
        }
        endpoint.expect(wanted.values.map(\.host))
        for address in new { connect(address) }
    }

    /// Peers that have a place of their own beside the members, with limits of their own, from their next session on.
    public func setRegistered(_ peers: Set<Hash>) { endpoint.registered = peers }

    /// From now on these peers have places of their own and larger limits. A session with a peer for which that changes is
    /// closed: the next one has the new limits.
    public func setMembers(_ members: Set<Hash>) {
        let changed = endpoint.members.symmetricDifference(members)
        guard !changed.isEmpty else { return }
        endpoint.members = members
        let affected = changed.contains(identity.name) ? nil : changed
        let sessions = state.withLockedValue { $0.sessions.values.map(\.session) }
        for session in sessions where affected?.contains(session.peer) ?? true { session.close() }
    }

    private func connect(_ address: PeerAddress) {
        let (wanted, connected) = state.withLockedValue { state in
            (!state.stopped && state.kept[address.name] == address, state.sessions[address.name] != nil)
        }
        guard wanted else { return }
        guard !connected, !endpoint.reputation.isBanned(.node(address.name)) else { return again(address, inMilliseconds: 1000) }
        endpoint.dial(address, events: events(dialled: address))
    }

    /// Queues a frame; nothing happens without a session.
    /// - Throws: `SessionError.frameTooLong`.
    public func send(_ bytes: [UInt8], to peer: Hash) throws(SessionError) {
        try state.withLockedValue { $0.sessions[peer]?.session }?.write(.message, bytes)
    }

    /// Notes what a peer did. When that was too much, a member's messages of this kind are ignored for a while, and any other
    /// peer is banned.
    public func report(_ misbehaviour: Misbehaviour, of peer: Hash, kind: Int = 0) {
        if let session = state.withLockedValue({ $0.sessions[peer]?.session }) { record(misbehaviour, kind: kind, of: session) }
    }

    /// Whether this side chose the peer, or the chain did: a validator, or one to which it keeps a session up.
    public func isOwn(_ peer: Hash) -> Bool {
        endpoint.standing(of: peer) == .member || state.withLockedValue { $0.kept[peer] != nil }
    }

    /// Whether messages of this kind from a peer are to be ignored at present.
    public func ignores(kind: Int, of peer: Hash) -> Bool { endpoint.reputation.isBanned(.kind(kind, of: peer)) }

    /// Whom this side keeps away or ignores at present.
    package var refusals: [Reputation.Refusal] { endpoint.reputation.refusals }

    /// Closes every connection and opens no more.
    public func stop() async {
        state.withLockedValue { $0.stopped = true }
        await endpoint.stop()
    }

    private func again(_ address: PeerAddress, inMilliseconds delay: Int64) {
        loop.scheduleTask(in: .milliseconds(delay)) { [weak self] in self?.connect(address) }
    }

    /// Waits longer after each failure, up to 3 s, with a little chance in it.
    private func failed(_ address: PeerAddress) {
        let failures = state.withLockedValue { state in
            state.failures[address.name, default: 0] += 1
            return state.failures[address.name, default: 0]
        }
        again(address, inMilliseconds: min(3000, 100 << Int64(min(failures, 6))) + Int64.random(in: 0..<100))
    }

    private func record(_ misbehaviour: Misbehaviour, kind: Int = 0, of session: Session) {
        let metadata: Logger.Metadata = ["peer": "\(session.peer)", "what": "\(misbehaviour)", "kind": "\(kind)"]
        logger.debug("a peer misbehaved", metadata: metadata)
        switch endpoint.record(misbehaviour, kind: kind, of: session) {
        case .none: break
        case .ignoreKind: logger.warning("a validator's messages of this kind are ignored for a while", metadata: metadata)
        case .ban:
            logger.warning("banned", metadata: metadata)
            session.channel.abort()
        }
    }
}

// MARK: - What sessions report

extension PeerNetwork {
    private func events(dialled address: PeerAddress?) -> SessionEvents {
        SessionEvents(
            established: { [weak self] session in self?.inOrder { $0.established(session, dialled: address != nil) } },
            message: { [weak self] session, frame in self?.inOrder { $0.received(frame, in: session) } },
            misbehaved: { [weak self] session, what in self?.record(what, of: session) },
            ended: { [weak self] session, error in
                self?.inOrder {
                    $0.ended(session, error)
                    if let address { $0.failed(address) }
                }
            })
    }

    private func inOrder(_ body: @escaping @Sendable (PeerNetwork) -> Void) { loop.execute { body(self) } }

    /// Both sides may dial at once; the session that the lower name dialled stays.
    private func established(_ session: Session, dialled: Bool) {
        let peer = session.peer
        let (superseded, isKept): (Session?, Bool) = state.withLockedValue { state in
            let old = state.sessions[peer]
            let isKept = old.map { $0.dialled == dialled || dialled == (identity.name < peer) } ?? true
            if isKept { state.sessions[peer] = (session, dialled) }
            return (isKept ? old?.session : session, isKept)
        }
        // At once: a peer that opens one session after the other must not have what a polite end takes of each.
        superseded?.channel.abort()
        guard isKept else { return }
        logger.debug("connected", metadata: ["peer": "\(peer)"])
        // What was sent in the old session may be lost: the peer starts anew.
        if superseded != nil { deliver(.disconnected(peer)) }
        deliver(.connected(peer))
    }

    /// Delivers a frame of the peer's present session; one of an older session must not follow a newer one's.
    private func received(_ frame: PeerFrame, in session: Session) {
        let isCurrent = state.withLockedValue { state in
            guard state.sessions[session.peer]?.session === session else { return false }
            // Only a peer that speaks is worth dialling again at once: a refusal comes after this side's handshake.
            state.failures[session.peer] = nil
            return true
        }
        if isCurrent { deliver(.frame(session.peer, frame)) }
    }

    private func ended(_ session: Session?, _ error: any Error) {
        guard let session else { return logger.debug("no session", metadata: ["error": "\(error)"]) }
        let isCurrent = state.withLockedValue { state in
            guard state.sessions[session.peer]?.session === session else { return false }
            state.sessions[session.peer] = nil
            return true
        }
        guard isCurrent else { return }
        logger.debug("disconnected", metadata: ["peer": "\(session.peer)"])
        deliver(.disconnected(session.peer))
    }
}

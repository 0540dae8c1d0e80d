import NIOConcurrencyHelpers
import NIOCore
import Primitives

/// Answers requests from any node or client that proves a key.
public final class SecureServer: Sendable {
    private let endpoint: Endpoint
    public let port: Int

    /// Listens on host and port; port 0 takes a free one.
    ///
    /// Requests beyond what the limits let run at once are answered with "busy".
    /// - Parameters:
    ///   - now: milliseconds that never run backwards, for bans.
    ///   - handler: gets the caller's ML-DSA-65 public key and the request; returns the response.
    public static func start(
        host: String, port: Int, identity: NodeIdentity, group: any EventLoopGroup, limits: SessionLimits = .service,
        now: @escaping @Sendable () -> UInt64 = monotonicMilliseconds, handler: @escaping @Sendable ([UInt8], [UInt8]) async -> [UInt8]
    ) async throws -> SecureServer {
        let endpoint = try Endpoint(identity: identity, group: group, limits: limits, now: now)
        let budget = RequestBudget(limits)
        let events = SessionEvents(
            request: { session, number, frame in
                guard budget.take(frame.bytes.count, for: session) else {
                    try? session.write(.busy, [], number: number)
                    return
                }
                Task {
                    let response = await handler(session.peerKey, frame.bytes)
                    budget.release(frame.bytes.count, for: session)
                    // A response that is too long is this side's fault; the caller hears at once that none comes.
                    do { try session.write(.response, response, number: number) } catch { session.close() }
                }
            },
            misbehaved: { [weak endpoint] session, what in
                if endpoint?.record(what, kind: 0, of: session) == .ban { session.channel.abort() }
            })
        return SecureServer(endpoint, port: try await endpoint.listen(host: host, port: port, events: events))
    }

    private init(_ endpoint: Endpoint, port: Int) { (self.endpoint, self.port) = (endpoint, port) }

    /// Closes every connection and accepts no more.
    public func stop() async { await endpoint.stop() }
}

/// What the handlers of a server have in hand, by session and in all.
private final class RequestBudget: Sendable {
    private let taken = NIOLockedValueBox((requests: 0, bytes: 0, sessions: [ObjectIdentifier: Int]()))
    private let limits: SessionLimits
    /// What a session may have in hand however much others ask.
    private let share: Int

    init(_ limits: SessionLimits) {
        self.limits = limits
        share = limits.maximumServedRequests / max(1, limits.maximumGuests)
    }

    func take(_ bytes: Int, for session: Session) -> Bool {
        taken.withLockedValue { taken in
            let own = taken.sessions[ObjectIdentifier(session), default: 0]
            guard taken.requests < limits.maximumServedRequests || own < share, taken.bytes + bytes <= limits.maximumServedBytes,
                own < limits.maximumRequestsInFlight
            else { return false }
            taken.requests += 1
            taken.bytes += bytes
            taken.sessions[ObjectIdentifier(session), default: 0] += 1
            return true
        }
    }

    /// The handler holds its session, so an identifier is never another session's.
    func release(_ bytes: Int, for session: Session) {
        taken.withLockedValue { taken in
            taken.requests -= 1
            taken.bytes -= bytes
            taken.sessions[ObjectIdentifier(session)] = taken.sessions[ObjectIdentifier(session)].flatMap { $0 > 1 ? $0 - 1 : nil }
        }
    }
}

/// Opens sessions for requests, all under one key.
public final class SecureClient: Sendable {
    private let endpoint: Endpoint

    public init(identity: NodeIdentity, group: any EventLoopGroup, limits: SessionLimits = .service) throws {
        endpoint = try Endpoint(identity: identity, group: group, limits: limits)
    }

    public var identity: NodeIdentity { endpoint.identity }

    /// Connects to the node with this name and no other.
    /// - Throws: `SessionError.handshake` when the other side is not that node or offers only classical cryptography.
    public func connect(to address: PeerAddress) async throws -> Session {
        try await withCheckedThrowingContinuation { continuation in
            let waiting = NIOLockedValueBox<CheckedContinuation<Session, any Error>?>(continuation)
            @Sendable func take() -> CheckedContinuation<Session, any Error>? {
                waiting.withLockedValue { waiting in
                    defer { waiting = nil }
                    return waiting
                }
            }
            let events = SessionEvents(established: { take()?.resume(returning: $0) }, ended: { take()?.resume(throwing: $1) })
            endpoint.dial(address, events: events)
        }
    }
}

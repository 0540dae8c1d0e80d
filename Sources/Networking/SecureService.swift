import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Primitives

/// Answers requests from any node or client that proves a key.
public final class SecureServer: Sendable {
    private let channel: any Channel
    public let port: Int

    /// Listens on host and port; port 0 takes a free one.
    /// - Parameter handler: gets the caller's ML-DSA-65 public key and the request; returns the response.
    public static func start(
        host: String, port: Int, identity: NodeIdentity, group: any EventLoopGroup, limits: SessionLimits = SessionLimits(),
        handler: @escaping @Sendable ([UInt8], [UInt8]) async -> [UInt8]
    ) async throws -> SecureServer {
        let inFlight = NIOLockedValueBox<[ObjectIdentifier: Int]>([:])
        let events = SessionEvents(
            established: { _ in },
            request: { session, number, bytes in
                let id = ObjectIdentifier(session)
                guard inFlight.withLockedValue({ $0[id, default: 0] += 1; return $0[id, default: 0] <= limits.maximumRequestsInFlight }) else {
                    return session.close()
                }
                Task {
                    let response = await handler(session.peerKey, bytes)
                    inFlight.withLockedValue { counts in counts[id] = counts[id].flatMap { $0 > 1 ? $0 - 1 : nil } }
                    session.write(.response, response, number: number)
                }
            },
            ended: { session, _ in
                if let session { inFlight.withLockedValue { $0[ObjectIdentifier(session)] = nil } }
            })
        let channel = try await Listener.bind(
            host: host, port: port, group: group, tls: try SessionTLS(identity), limits: limits, events: events)
        return SecureServer(channel: channel)
    }

    private init(channel: any Channel) {
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    public func stop() async { try? await channel.close() }
}

/// Opens sessions for requests.
public enum SecureClient {
    /// Connects to the node with this name and no other.
    /// - Throws: `SessionError.handshake` when the other side is not that node or offers only classical cryptography.
    public static func connect(
        host: String, port: Int, expecting name: Hash, identity: NodeIdentity, group: any EventLoopGroup,
        limits: SessionLimits = SessionLimits()
    ) async throws -> Session {
        let tls = try SessionTLS(identity)
        let promise = group.next().makePromise(of: Session.self)
        let events = SessionEvents(
            established: { promise.succeed($0) },
            ended: { session, error in if session == nil { promise.fail(SessionError.handshake("\(error)")) } })
        ClientBootstrap(group: group)
            .connectTimeout(.seconds(limits.handshakeTimeoutSeconds))
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try SessionPipeline.configure(channel, tls: tls, expecting: name, limits: limits, events: events)
                }
            }
            .connect(host: host, port: port)
            .whenFailure { promise.fail($0) }
        return try await promise.futureResult.get()
    }
}

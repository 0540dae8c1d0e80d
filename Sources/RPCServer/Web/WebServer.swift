import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// A small HTTP/1.1 and WebSocket server on one port, for JSON-RPC, metrics and the like.
///
/// Connections, heads, bodies, notifications and times are bounded (`WebConfiguration`).
public final class WebServer: Sendable {
    private let listener: any Channel
    private let connections: ConnectionRegistry

    /// The port that it listens on.
    public let port: Int
    public var connectionCount: Int { connections.count }

    private init(_ listener: any Channel, _ connections: ConnectionRegistry) {
        (self.listener, self.connections) = (listener, connections)
        port = listener.localAddress?.port ?? 0
    }

    /// Binds and serves until `shutdown`. Throws when the address cannot be bound.
    public static func start(
        _ configuration: WebConfiguration, routes: any WebRoutes, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws -> WebServer {
        let connections = ConnectionRegistry(maximum: configuration.maximumConnections)
        let unsent = UnsentReplies(maximum: configuration.maximumUnsentReplies, connections: configuration.maximumConnections)
        let listener = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelInitializer { channel in
                guard connections.admit(channel) else {
                    return channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(RefusingHandler()) }
                }
                return configure(channel, configuration, routes, connections, unsent)
            }
            .bind(host: configuration.host, port: configuration.port).get()
        return WebServer(listener, connections)
    }

    /// Stops listening and closes all connections.
    public func shutdown() async {
        try? await listener.close()
        await connections.closeAll()
    }

    private static func configure(
        _ channel: any Channel, _ configuration: WebConfiguration, _ routes: any WebRoutes, _ connections: ConnectionRegistry,
        _ unsent: UnsentReplies
    ) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let http = HTTPConnection(configuration: configuration, routes: routes, connections: connections, unsent: unsent)
            var upgraders: [any HTTPServerProtocolUpgrader & Sendable] = []
            if let messages = routes.webSockets { upgraders.append(upgrader(configuration, routes, messages, connections, unsent)) }
            let bound = NIOLoopBound(http, eventLoop: channel.eventLoop)
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: true,
                withServerUpgrade: (
                    upgraders: upgraders,
                    completionHandler: { context in context.pipeline.syncOperations.removeHandler(bound.value, promise: nil) }
                ), withErrorHandling: true, withEncoderConfiguration: .init(), withDecoderLimitConfiguration: configuration.headLimits)
            try pipeline.addHandler(http)
        }
    }

    private static func upgrader(
        _ configuration: WebConfiguration, _ routes: any WebRoutes, _ messages: any WebSocketMessages, _ connections: ConnectionRegistry,
        _ unsent: UnsentReplies
    ) -> NIOWebSocketServerUpgrader {
        NIOWebSocketServerUpgrader(
            maxFrameSize: configuration.maximumBodyBytes,
            shouldUpgrade: { channel, head in
                // A refused request goes on as plain HTTP, where the same gate answers it.
                let isAllowed = configuration.gate.refusal(of: head, on: channel) == nil && routes.hasWebSocket(at: head.path)
                return channel.eventLoop.makeSucceededFuture(isAllowed ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(
                        NIOWebSocketFrameAggregator(
                            minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 1024,
                            maxAccumulatedFrameSize: configuration.maximumBodyBytes))
                    try pipeline.addHandler(
                        WebSocketConnection(configuration: configuration, messages: messages, connections: connections, unsent: unsent))
                }
            })
    }
}

/// Turns away a connection above the limit.
private final class RefusingHandler: ChannelInboundHandler {
    typealias InboundIn = Never
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        let text = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nretry-after: 1\r\nconnection: close\r\n\r\n"
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: text))).whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

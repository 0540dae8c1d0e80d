import NIOCore
import NIOPosix

/// A plain socket: sends what it is told and collects what comes until the other side closes.
public struct RawClient: Sendable {
    private final class Collector: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let done: EventLoopPromise<String>
        var received = ByteBuffer()

        init(_ done: EventLoopPromise<String>) { self.done = done }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var buffer = unwrapInboundIn(data)
            received.writeBuffer(&buffer)
        }

        func channelInactive(context: ChannelHandlerContext) { done.succeed(String(buffer: received)) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    public let channel: any Channel
    private let done: EventLoopFuture<String>

    /// - Parameters:
    ///   - reads: false leaves everything that comes unread.
    ///   - source: the address that it comes from.
    public static func connect(
        host: String = "127.0.0.1", port: Int, reads: Bool = true, from source: String? = nil
    ) async throws -> RawClient {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let done = loop.makePromise(of: String.self)
        var bootstrap = ClientBootstrap(group: loop)
        if let source { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0)) }
        let channel = try await bootstrap
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(done)) }
            }
            .connect(host: host, port: port).get()
        return RawClient(channel: channel, done: done.futureResult)
    }

    public func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// Sends without caring whether it arrives.
    public func throwIn(_ bytes: [UInt8]) async { try? await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    /// Everything that came, once the other side has closed.
    public func untilClosed() async throws -> String { try await done.get() }

    public func close() async { try? await channel.close() }
}

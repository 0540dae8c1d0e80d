import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Networking

/// The other end of a connection, free to break every rule.
final class RawPeer: Sendable {
    let channel: any Channel
    let received: Watched<[UInt8]>

    private init(_ channel: any Channel, _ received: Watched<[UInt8]>) { (self.channel, self.received) = (channel, received) }

    /// Connects without TLS.
    /// - Parameter source: the address that it comes from.
    static func connect(port: Int, from source: String = "127.0.0.1") async throws -> RawPeer {
        let received = Watched<[UInt8]>([])
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(to: try SocketAddress(ipAddress: source, port: 0))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Collector(received, nil)) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        return RawPeer(channel, received)
    }

    /// Connects with TLS and waits for this side's end of the handshake.
    static func connect(
        port: Int, tls: TLSConfiguration, receiveBuffer: Int? = nil, from source: String = "127.0.0.1"
    ) async throws -> RawPeer {
        let received = Watched<[UInt8]>([])
        let context = try NIOSSLContext(configuration: tls)
        let group = MultiThreadedEventLoopGroup.singleton
        let handshake = group.next().makePromise(of: Void.self)
        var bootstrap = ClientBootstrap(group: group)
            .bind(to: try SocketAddress(ipAddress: source, port: 0))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(context: context, serverHostname: nil) { _, promise in
                        promise.succeed(.certificateVerified)
                    }
                    try channel.pipeline.syncOperations.addHandlers(handler, Collector(received, handshake))
                }
            }
        if let receiveBuffer { bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: receiveBuffer) }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        try await handshake.futureResult.get()
        return RawPeer(channel, received)
    }

    func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    func send(kind: UInt8, _ payload: [UInt8] = []) { send(Self.frame(kind, payload)) }

    static func frame(_ kind: UInt8, _ payload: [UInt8] = []) -> [UInt8] {
        let length = UInt32(payload.count + 1)
        return (0..<4).map { UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * $0)) } + [kind] + payload
    }

    /// Waits until the connection is gone.
    func closed() async { try? await channel.closeFuture.get() }

    func close() async { try? await channel.close() }
}

/// Keeps what arrives.
private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let received: Watched<[UInt8]>
    private let handshake: EventLoopPromise<Void>?

    init(_ received: Watched<[UInt8]>, _ handshake: EventLoopPromise<Void>?) { (self.received, self.handshake) = (received, handshake) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        received.change { $0 += bytes }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { handshake?.succeed() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        handshake?.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { handshake?.fail(ChannelError.eof) }
}

/// Passes bytes on and keeps a copy.
enum Relay {
    /// Listens on a free port and returns it.
    static func start(to target: Int, recording: Watched<[UInt8]>) async throws -> (channel: any Channel, port: Int) {
        let group = MultiThreadedEventLoopGroup.singleton
        let channel = try await ServerBootstrap(group: group)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { inbound in
                ClientBootstrap(group: inbound.eventLoop).channelOption(.autoRead, value: false).connect(host: "127.0.0.1", port: target)
                    .flatMapThrowing { outbound in
                        try inbound.pipeline.syncOperations.addHandler(Forwarder(to: outbound, recording))
                        try outbound.pipeline.syncOperations.addHandler(Forwarder(to: inbound, recording))
                        try inbound.syncOptions?.setOption(.autoRead, value: true)
                        try outbound.syncOptions?.setOption(.autoRead, value: true)
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return (channel, channel.localAddress?.port ?? 0)
    }

    private final class Forwarder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let other: any Channel
        private let recording: Watched<[UInt8]>

        init(to other: any Channel, _ recording: Watched<[UInt8]>) { (self.other, self.recording) = (other, recording) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            recording.change { $0 += Array(buffer.readableBytesView) }
            other.writeAndFlush(buffer, promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
    }
}

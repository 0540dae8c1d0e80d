import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Networking

/// A session of someone whom nobody knows, who sends whatever bytes and reads nothing of the answers.
final class Stranger: Sendable {
    private let channel: any Channel

    private init(_ channel: any Channel) { self.channel = channel }

    /// Under a new key each time.
    static func connect(port: Int) async throws -> Stranger {
        let identity = try NodeIdentity(seed: (0..<32).map { _ in UInt8.random(in: .min ... .max) })
        let configuration = SessionTLS.configuration(identity, base: .makeClientConfiguration())
        let context = try NIOSSLContext(configuration: configuration)
        let group = MultiThreadedEventLoopGroup.singleton
        let handshake = group.next().makePromise(of: Void.self)
        let channel = try await ClientBootstrap(group: group)
            .connectTimeout(.seconds(2))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = try NIOSSLClientHandler(context: context, serverHostname: nil) { _, promise in
                        promise.succeed(.certificateVerified)
                    }
                    try channel.pipeline.syncOperations.addHandlers(tls, Ears(handshake))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        try await handshake.futureResult.get()
        return Stranger(channel)
    }

    /// Returns when the system has taken all of it; throws when the session has ended.
    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }

    func close() { channel.close(promise: nil) }

    static func framed(_ message: [UInt8], declaring length: Int? = nil) -> [UInt8] {
        let length = UInt32(length ?? message.count + 1)
        return (0..<4).map { UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * $0)) } + [0] + message
    }

    /// Drops what comes.
    private final class Ears: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let handshake: EventLoopPromise<Void>

        init(_ handshake: EventLoopPromise<Void>) { self.handshake = handshake }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {}

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case TLSUserEvent.handshakeCompleted = event { handshake.succeed() }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            handshake.fail(error)
            context.close(promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { handshake.fail(ChannelError.eof) }
    }
}

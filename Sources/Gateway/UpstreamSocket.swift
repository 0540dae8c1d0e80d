import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import RPCClient
import RPCServer

/// A WebSocket to the node, for subscriptions: one question at a time, and what the node tells unasked.
final class UpstreamSocket: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<UpstreamHandler>

    private init(_ channel: any Channel, _ handler: NIOLoopBound<UpstreamHandler>) { (self.channel, self.handler) = (channel, handler) }

    /// - Parameters:
    ///   - url: the node's address, which must be `http://`.
    ///   - told: takes a notification.
    ///   - ended: the connection is gone.
    static func connect(
        url: String, milliseconds: Int64, told: @escaping @Sendable ([UInt8]) -> Void, ended: @escaping @Sendable () -> Void
    ) async throws(RPCError) -> UpstreamSocket {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host else {
            throw .unreachable("subscriptions need a node at http://, not at \(url)")
        }
        let port = parts.port ?? 80
        let path = parts.path.isEmpty ? "/" : parts.path
        do {
            let upgraded = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(.milliseconds(milliseconds))
                .connect(host: host.trimmingCharacters(in: ["[", "]"]), port: port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        // A node that never answers the upgrade is not waited for.
                        let deadline = channel.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { channel.close(promise: nil) }
                        return try upgrade(channel, host: "\(host):\(port)", path: path, told: told, ended: ended).map { socket in
                            deadline.cancel()
                            return socket
                        }
                    }
                }
            if let socket = try await upgraded.get() { return socket }
        } catch {
            throw .unreachable("\(url): \(error)")
        }
        throw .unreachable("\(url) does not speak WebSocket")
    }

    private static func upgrade(
        _ channel: any Channel, host: String, path: String, told: @escaping @Sendable ([UInt8]) -> Void, ended: @escaping @Sendable () -> Void
    ) throws -> EventLoopFuture<UpstreamSocket?> {
        let upgrader = NIOTypedWebSocketClientUpgrader<UpstreamSocket?>(maxFrameSize: UpstreamHandler.maximumBytes) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                let handler = UpstreamHandler(told: told, ended: ended)
                let pipeline = channel.pipeline.syncOperations
                try pipeline.addHandler(
                    NIOWebSocketFrameAggregator(
                        minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 1024, maxAccumulatedFrameSize: UpstreamHandler.maximumBytes))
                try pipeline.addHandler(handler)
                return UpstreamSocket(channel, NIOLoopBound(handler, eventLoop: channel.eventLoop))
            }
        }
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: ["host": host, "content-length": "0"])
        let upgrade = NIOTypedHTTPClientUpgradeConfiguration<UpstreamSocket?>(upgradeRequestHead: head, upgraders: [upgrader]) { channel in
            channel.close(promise: nil)
            return channel.eventLoop.makeSucceededFuture(nil)
        }
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: .init(upgradeConfiguration: upgrade))
    }

    /// Sends a text and gives the answer to it, where one is expected.
    func send(_ text: [UInt8], expectsAnswer: Bool, milliseconds: Int64) async throws(RPCError) -> [UInt8]? {
        let promise = channel.eventLoop.makePromise(of: [UInt8]?.self)
        let (handler, channel) = (handler, channel)
        channel.eventLoop.execute {
            handler.value.send(text, expectsAnswer ? promise : nil, on: channel, milliseconds: milliseconds)
            if !expectsAnswer { promise.succeed(nil) }
        }
        do { return try await promise.futureResult.get() } catch { throw .unreachable("the node's WebSocket: \(error)") }
    }

    func close() { channel.close(promise: nil) }
}

/// Tells the node's answers from its notifications: those have a method.
private final class UpstreamHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    static let maximumBytes = 4 << 20

    private let told: @Sendable ([UInt8]) -> Void
    private let ended: @Sendable () -> Void
    private var question: EventLoopPromise<[UInt8]?>?
    private var deadline: Scheduled<Void>?

    init(told: @escaping @Sendable ([UInt8]) -> Void, ended: @escaping @Sendable () -> Void) { (self.told, self.ended) = (told, ended) }

    func send(_ text: [UInt8], _ promise: EventLoopPromise<[UInt8]?>?, on channel: any Channel, milliseconds: Int64) {
        guard channel.isActive, question == nil else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        question = promise
        if promise != nil {
            // An answer that comes too late would be taken for the next one: the connection ends instead.
            deadline = channel.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { channel.close(promise: nil) }
        }
        write(.text, channel.allocator.buffer(bytes: text), channel)
    }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ channel: any Channel) {
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text, .binary: receive(Array(frame.unmaskedData.readableBytesView))
        case .ping: write(.pong, frame.unmaskedData, context.channel)
        case .connectionClose: context.close(promise: nil)
        default: break
        }
    }

    private func receive(_ text: [UInt8]) {
        if let value = try? JSONValue(parsing: text), value["method"] != nil { return told(text) }
        deadline?.cancel()
        question?.succeed(text)
        question = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        question?.fail(ChannelError.ioOnClosedChannel)
        question = nil
        ended()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

import NIOConcurrencyHelpers
import NIOCore
import NIOWebSocket

/// One WebSocket connection: answers texts one after the other, sends notifications, pings, and closes
/// when the client is silent, too slow, or breaks the protocol (RFC 6455).
final class WebSocketConnection: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    /// Texts that may wait while one is answered.
    private static let maximumWaiting = 256

    private let configuration: WebConfiguration
    private let messages: any WebSocketMessages
    private let connections: ConnectionRegistry
    /// Of all connections.
    private let unsentReplies: UnsentReplies
    private var session: (any WebSocketSession)?
    private var waiting: [[UInt8]] = []
    private var waitingBytes = 0
    private var task: Task<Void, Never>?
    private var pinging: RepeatedTask?
    private var heardSincePing = true
    private var writeDeadline: Scheduled<Void>?

    init(configuration: WebConfiguration, messages: any WebSocketMessages, connections: ConnectionRegistry, unsent: UnsentReplies) {
        (self.configuration, self.messages) = (configuration, messages)
        (self.connections, unsentReplies) = (connections, unsent)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let unsent = NIOLockedValueBox((count: 0, bytes: 0))
        let (channel, limits, all) = (context.channel, configuration, unsentReplies)
        let notify: @Sendable ([UInt8]) -> Bool = { text in
            let size = text.count
            let own = unsent.withLockedValue { unsent in
                unsent = (unsent.count + 1, unsent.bytes + size)
                return unsent
            }
            let hasRoom = own.count <= limits.maximumUnsentNotifications && own.bytes <= limits.maximumUnsentBytes
            guard hasRoom, channel.isActive, all.add(size, of: own.bytes) else {
                channel.close(promise: nil)
                return false
            }
            let frame = WebSocketFrame(fin: true, opcode: .text, data: channel.allocator.buffer(bytes: text))
            channel.writeAndFlush(frame).whenComplete { _ in
                all.remove(size)
                unsent.withLockedValue { unsent in unsent = (unsent.count - 1, unsent.bytes - size) }
            }
            return true
        }
        session = messages.open(notify: notify, close: { channel.close(promise: nil) })
        let (bound, connection) = (NIOLoopBound(context, eventLoop: context.eventLoop), NIOLoopBound(self, eventLoop: context.eventLoop))
        let interval = TimeAmount.milliseconds(configuration.pingMilliseconds)
        pinging = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            connection.value.ping(bound.value)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        heardSincePing = true
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text, .binary: receive(Array(frame.unmaskedData.readableBytesView), context)
        case .ping: send(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData), context)
        case .connectionClose: close(.normalClosure, context)
        default: break
        }
    }

    // MARK: - Messages

    private func receive(_ text: [UInt8], _ context: ChannelHandlerContext) {
        guard waiting.count < Self.maximumWaiting, waitingBytes + text.count <= 2 * configuration.maximumBodyBytes else {
            return close(.policyViolation, context)
        }
        waiting.append(text)
        waitingBytes += text.count
        if task == nil { answerNext(context) }
    }

    private func answerNext(_ context: ChannelHandlerContext) {
        guard let session, !waiting.isEmpty else { return }
        connections.works(for: context.channel)
        let text = waiting.removeFirst()
        waitingBytes -= text.count
        let loop = context.eventLoop
        let (bound, connection) = (NIOLoopBound(context, eventLoop: loop), NIOLoopBound(self, eventLoop: loop))
        task = Caller.at(context.channel) {
            Task {
                let answer = await session.answer(text)
                loop.execute {
                    guard connection.value.task != nil else { return }
                    connection.value.finish(answer, bound.value)
                }
            }
        }
    }

    /// Sends the answer, and takes the next text once this one is off.
    private func finish(_ answer: [UInt8]?, _ context: ChannelHandlerContext) {
        let loop = context.eventLoop
        let (unsent, size) = (unsentReplies, answer?.count ?? 0)
        guard unsent.add(size, of: size) else { return close(.unexpectedServerError, context) }
        connections.waits(for: context.channel)
        let (bound, connection) = (NIOLoopBound(context, eventLoop: loop), NIOLoopBound(self, eventLoop: loop))
        writeDeadline = loop.scheduleTask(in: .milliseconds(configuration.writeMilliseconds)) { bound.value.close(promise: nil) }
        let written = loop.makePromise(of: Void.self)
        if let answer {
            let frame = WebSocketFrame(fin: true, opcode: .text, data: context.channel.allocator.buffer(bytes: answer))
            context.writeAndFlush(wrapOutboundOut(frame), promise: written)
        } else {
            written.succeed()
        }
        // What it has subscribed to reads on its behalf as well.
        Caller.at(context.channel) { session?.answered() }
        written.futureResult.whenComplete { _ in unsent.remove(size) }
        written.futureResult.whenSuccess {
            connection.value.writeDeadline?.cancel()
            connection.value.task = nil
            connection.value.answerNext(bound.value)
        }
    }

    private func send(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        // A client that pings without reading its pongs is not served.
        guard context.channel.isWritable else { return context.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    // MARK: - Life

    private func ping(_ context: ChannelHandlerContext) {
        guard heardSincePing else { return context.close(promise: nil) }
        heardSincePing = false
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer())), promise: nil)
    }

    private func close(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        var data = context.channel.allocator.buffer(capacity: 2)
        data.write(webSocketErrorCode: code)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))).whenComplete { _ in
            bound.value.close(promise: nil)
        }
    }

    private func stop() {
        pinging?.cancel()
        writeDeadline?.cancel()
        task?.cancel()
        task = nil
        waiting.removeAll()
        session?.close()
        session = nil
    }
}

import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One HTTP connection: collects a bounded body, has it answered, writes the reply, and closes when the
/// client takes too long over any of it. One request is in work at a time.
final class HTTPConnection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case receiving(HTTPRequestHead, [UInt8])
        /// The refusal is sent; what still comes is thrown away, so that the client reads the refusal.
        case draining
        case working(Task<Void, Never>)
    }

    private let configuration: WebConfiguration
    private let routes: any WebRoutes
    private let connections: ConnectionRegistry
    private let unsent: UnsentReplies
    private var state = State.idle
    private var deadline: Scheduled<Void>?

    init(configuration: WebConfiguration, routes: any WebRoutes, connections: ConnectionRegistry, unsent: UnsentReplies) {
        (self.configuration, self.routes) = (configuration, routes)
        (self.connections, self.unsent) = (connections, unsent)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { arm(configuration.idleMilliseconds, context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) { stop() }

    func channelActive(context: ChannelHandlerContext) {
        arm(configuration.idleMilliseconds, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An upgrade that the gate refuses goes on as plain HTTP and gets its answer there.
        guard !(error is NIOWebSocketUpgradeError) else { return }
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .idle): begin(head, context)
        case (.body(let part), .receiving(let head, var body)):
            guard body.count + part.readableBytes <= configuration.maximumBodyBytes else { return refuse(.tooLarge, head, context) }
            state = .idle  // leaves the body with one owner
            body.append(contentsOf: part.readableBytesView)
            state = .receiving(head, body)
        case (.end, .receiving(let head, let body)): answer(head, body, context)
        case (.end, .draining): context.close(promise: nil)
        default: break
        }
    }

    // MARK: - Requests

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        arm(configuration.requestMilliseconds, context)
        if let refusal = configuration.gate.refusal(of: head, on: context.channel) { return refuse(refusal, head, context) }
        let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
        guard announced <= configuration.maximumBodyBytes else { return refuse(.tooLarge, head, context) }
        state = .receiving(head, [])
    }

    private func answer(_ head: HTTPRequestHead, _ body: [UInt8], _ context: ChannelHandlerContext) {
        deadline?.cancel()
        connections.works(for: context.channel)
        let request = WebRequest(
            method: head.method.rawValue, path: head.path, contentType: head.headers.first(name: "content-type"),
            origin: head.headers.first(name: "origin"), body: body)
        let (routes, loop) = (routes, context.eventLoop)
        let (connection, bound) = (NIOLoopBound(self, eventLoop: loop), NIOLoopBound(context, eventLoop: loop))
        state = .working(
            Caller.at(context.channel) {
                Task {
                    let reply = await routes.reply(to: request)
                    loop.execute {
                        guard case .working = connection.value.state, bound.value.channel.isActive else { return }
                        connection.value.finish(reply, head, bound.value)
                    }
                }
            })
    }

    /// Writes the reply, and its end when the client has taken it: only then may its next request come in, so that a client
    /// that asks on without reading has one reply waiting and no more.
    private func finish(_ whole: WebReply, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let keepAlive = head.isKeepAlive
        let hasRoom = unsent.add(whole.body.count, of: whole.body.count)
        let reply = hasRoom ? whole : .tooManyWait
        let size = hasRoom ? whole.body.count : 0
        arm(configuration.writeMilliseconds, context)
        connections.waits(for: context.channel)
        let (connection, bound) = (NIOLoopBound(self, eventLoop: context.eventLoop), NIOLoopBound(context, eventLoop: context.eventLoop))
        let unsent = unsent
        write(reply, head, keepAlive: keepAlive, context).whenComplete { result in
            unsent.remove(size)
            guard case .success = result else { return bound.value.close(promise: nil) }
            // Before the end: the next request of a client that does not wait comes in while that is written.
            connection.value.state = .idle
            connection.value.arm(connection.value.configuration.idleMilliseconds, bound.value)
            let end = bound.value.writeAndFlush(connection.value.wrapOutboundOut(.end(nil)))
            if !keepAlive { end.whenComplete { _ in bound.value.close(promise: nil) } }
        }
    }

    private func refuse(_ reply: WebReply, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        state = .draining
        _ = write(reply, head, keepAlive: false, context)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Writes all but the end; done when it is off.
    private func write(
        _ reply: WebReply, _ head: HTTPRequestHead, keepAlive: Bool, _ context: ChannelHandlerContext
    ) -> EventLoopFuture<Void> {
        var headers: HTTPHeaders = [
            "content-type": reply.contentType, "content-length": String(reply.body.count), "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        ]
        if !keepAlive { headers.add(name: "connection", value: "close") }
        if let origin = head.headers.first(name: "origin"), configuration.gate.allows(origins: [origin]) {
            headers.add(name: "access-control-allow-origin", value: origin)
            headers.add(name: "access-control-allow-headers", value: "content-type")
            headers.add(name: "access-control-allow-methods", value: "GET, POST")
            headers.add(name: "vary", value: "origin")
        }
        let responseHead = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
        guard !reply.body.isEmpty else { return context.writeAndFlush(wrapOutboundOut(.head(responseHead))) }
        context.write(wrapOutboundOut(.head(responseHead)), promise: nil)
        return context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: reply.body)))))
    }

    // MARK: - Time

    /// Closes the connection unless the next step comes in time. Bytes that trickle in do not extend it.
    private func arm(_ milliseconds: Int64, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: .milliseconds(milliseconds)) { bound.value.close(promise: nil) }
    }

    private func stop() {
        deadline?.cancel()
        if case .working(let task) = state { task.cancel() }
        state = .idle
    }
}

extension WebReply {
    fileprivate static let tooLarge = WebReply.text("request body too large\n", status: 413)
    fileprivate static let tooManyWait = WebReply.text("too many replies wait for those who asked\n", status: 503)
}

extension HTTPRequestHead {
    /// Without the query.
    var path: String { String(uri.prefix { $0 != "?" }) }
}

extension HostGate {
    /// The reply to a request that must not be served; nil for one that may.
    func refusal(of head: HTTPRequestHead, on channel: any Channel) -> WebReply? {
        if !allows(hosts: head.headers["host"], port: channel.localAddress?.port) { return .text("invalid host specified\n", status: 403) }
        if !allows(origins: head.headers["origin"]) { return .text("origin not allowed\n", status: 403) }
        return nil
    }
}

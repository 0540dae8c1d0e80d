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
    private var state = State.idle
    private var deadline: Scheduled<Void>?

    init(configuration: WebConfiguration, routes: any WebRoutes) {
        (self.configuration, self.routes) = (configuration, routes)
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
        let request = WebRequest(
            method: head.method.rawValue, path: head.path, contentType: head.headers.first(name: "content-type"),
            origin: head.headers.first(name: "origin"), body: body)
        let (routes, loop) = (routes, context.eventLoop)
        let (connection, bound) = (NIOLoopBound(self, eventLoop: loop), NIOLoopBound(context, eventLoop: loop))
        state = .working(
            Task {
                let reply = await routes.reply(to: request)
                loop.execute {
                    guard case .working = connection.value.state, bound.value.channel.isActive else { return }
                    connection.value.finish(reply, head, bound.value)
                }
            })
    }

    private func finish(_ reply: WebReply, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let keepAlive = head.isKeepAlive
        arm(configuration.writeMilliseconds, context)
        let (connection, bound) = (NIOLoopBound(self, eventLoop: context.eventLoop), NIOLoopBound(context, eventLoop: context.eventLoop))
        // Before writing: the next request of a client that does not wait may come in while the end is written.
        state = .idle
        write(reply, head, keepAlive: keepAlive, context).whenComplete { result in
            guard keepAlive, case .success = result else { return bound.value.close(promise: nil) }
            guard case .idle = connection.value.state else { return }
            connection.value.arm(connection.value.configuration.idleMilliseconds, bound.value)
        }
    }

    private func refuse(_ reply: WebReply, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        state = .draining
        _ = write(reply, head, keepAlive: false, context)
    }

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
        context.write(wrapOutboundOut(.head(responseHead)), promise: nil)
        if !reply.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(bytes: reply.body)))), promise: nil)
        }
        return context.writeAndFlush(wrapOutboundOut(.end(nil)))
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

import NIOCore

/// What a session's owner hears, on the session's event loop and in order.
struct SessionEvents: Sendable {
    var established: @Sendable (Session) -> Void = { _ in }
    var message: @Sendable (Session, PeerFrame) -> Void = { session, _ in session.close() }
    /// Must answer with `session.write(.response, …)`.
    var request: @Sendable (Session, UInt64, PeerFrame) -> Void = { session, _, _ in session.close() }
    var misbehaved: @Sendable (Session, Misbehaviour) -> Void = { _, _ in }
    /// nil when the session was never established.
    var ended: @Sendable (Session?, any Error) -> Void = { _, _ in }
}

/// The last handler of a session's pipeline.
final class SessionHandler: ChannelInboundHandler {
    typealias InboundIn = Frame
    typealias OutboundOut = Frame

    /// Fired when enough of what was read has been handled.
    struct Resume {}

    /// Why reading has stopped. What the socket holds by then makes the peer wait.
    private struct Pause: OptionSet {
        let rawValue: Int
        static let rate = Pause(rawValue: 1)
        static let unhandled = Pause(rawValue: 2)
    }

    private let session: Session
    private let events: SessionEvents
    private var failure: any Error = SessionError.closed
    private var pauses: Pause = []
    private var second = (start: NIODeadline.distantPast, bytes: 0, frames: 0)

    init(_ session: Session, events: SessionEvents) { (self.session, self.events) = (session, events) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is Resume: resume(context, .unhandled)
        case IdleStateHandler.IdleStateEvent.write: try? session.write(.ping, [])
        // Silence is the peer's fault only while this side listens.
        case IdleStateHandler.IdleStateEvent.read: if pauses.isEmpty { context.channel.abort() }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var frame = unwrapInboundIn(data)
        count(context, bytes: frame.payload.readableBytes + 5)
        switch frame.kind {
        case .ping: session.pong()
        case .pong: break
        case .message: events.message(session, hold(frame.payload))
        case .request, .response, .busy:
            guard let number = frame.payload.readInteger(as: UInt64.self) else {
                return errorCaught(context: context, error: SessionError.malformedFrame)
            }
            switch frame.kind {
            case .request: events.request(session, number, hold(frame.payload))
            case .busy: session.finish(number, .failure(SessionError.busy))
            default: session.finish(number, .success(Array(frame.payload.readableBytesView)))
            }
        }
        if session.unhandled.isFull() { pause(context, .unhandled) }
    }

    private func hold(_ payload: ByteBuffer) -> PeerFrame {
        session.activity.touch()
        return PeerFrame(Array(payload.readableBytesView), session.unhandled)
    }

    /// Stops reading for the rest of a second whose allowance of bytes or frames is used up.
    private func count(_ context: ChannelHandlerContext, bytes: Int) {
        let now = context.eventLoop.now
        if now >= second.start + .seconds(1) { second = (now, 0, 0) }
        second.bytes += bytes
        second.frames += 1
        guard second.bytes > session.traffic.bytesPerSecond || second.frames > session.traffic.framesPerSecond, !pauses.contains(.rate)
        else { return }
        pause(context, .rate)
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(deadline: second.start + .seconds(1)) { bound.value.handler.resume(bound.value.context, .rate) }
        events.misbehaved(session, .tooFast)
    }

    private func pause(_ context: ChannelHandlerContext, _ why: Pause) {
        pauses.insert(why)
        try? context.channel.syncOptions?.setOption(.autoRead, value: false)
    }

    private func resume(_ context: ChannelHandlerContext, _ why: Pause) {
        pauses.remove(why)
        guard pauses.isEmpty, context.channel.isActive else { return }
        try? context.channel.syncOptions?.setOption(.autoRead, value: true)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = error
        switch error as? SessionError {
        case .malformedFrame, .frameTooLong: events.misbehaved(session, .malformedFrame)
        default: break
        }
        context.channel.abort()
    }

    func channelInactive(context: ChannelHandlerContext) {
        session.closed()
        events.ended(session, failure)
        context.fireChannelInactive()
    }
}

/// Puts the handlers of a session onto a channel.
enum SessionPipeline {
    static func configure(_ session: Session, idleTimeoutSeconds: Int64, events: SessionEvents) throws {
        let pipeline = session.channel.pipeline.syncOperations
        let idle = TimeAmount.seconds(idleTimeoutSeconds)
        try pipeline.addHandler(IdleStateHandler(readTimeout: idle, writeTimeout: .nanoseconds(idle.nanoseconds / 2)))
        try pipeline.addHandler(ByteToMessageHandler(FrameDecoder(maximumBytes: session.traffic.maximumFrameBytes)))
        try pipeline.addHandler(MessageToByteHandler(FrameEncoder()))
        try pipeline.addHandler(SessionHandler(session, events: events))
    }
}

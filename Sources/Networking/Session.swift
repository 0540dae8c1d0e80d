import Cryptography
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Primitives

/// An established session with a node whose key is proven.
public final class Session: Sendable {
    public let peerKey: [UInt8]
    /// Keccak-256 of the peer's key.
    public let peer: Hash
    let channel: any Channel
    private let limits: SessionLimits
    private let queued = NIOLockedValueBox(0)
    private let waiting = NIOLockedValueBox(Waiting())

    private struct Waiting {
        var next: UInt64 = 0
        var requests: [UInt64: CheckedContinuation<[UInt8], any Error>] = [:]
        var closed = false
    }

    init(channel: any Channel, peerKey: [UInt8], limits: SessionLimits) {
        (self.channel, self.peerKey, self.limits) = (channel, peerKey, limits)
        peer = Keccak256.hash(peerKey)
    }

    public func close() { channel.close(promise: nil) }

    /// Queues a frame. A peer that does not keep up is disconnected.
    func write(_ kind: Frame.Kind, _ bytes: [UInt8], number: UInt64? = nil) {
        let size = bytes.count + 13
        guard queued.withLockedValue({ $0 += size; return $0 <= limits.maximumQueuedBytes }) else { return close() }
        var payload = channel.allocator.buffer(capacity: size)
        if let number { payload.writeInteger(number) }
        payload.writeBytes(bytes)
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { [queued] _ in queued.withLockedValue { $0 -= size } }
        channel.writeAndFlush(Frame(kind: kind, payload: payload), promise: promise)
    }

    /// Sends a request and waits for its response.
    public func request(_ bytes: [UInt8], timeoutMilliseconds: Int64 = 30_000) async throws -> [UInt8] {
        try await withCheckedThrowingContinuation { continuation in
            let number: Result<UInt64, SessionError> = waiting.withLockedValue { waiting in
                guard !waiting.closed else { return .failure(.closed) }
                guard waiting.requests.count < limits.maximumRequestsInFlight else { return .failure(.tooManyRequests) }
                waiting.next += 1
                waiting.requests[waiting.next] = continuation
                return .success(waiting.next)
            }
            switch number {
            case .failure(let error): continuation.resume(throwing: error)
            case .success(let number):
                write(.request, bytes, number: number)
                channel.eventLoop.scheduleTask(in: .milliseconds(timeoutMilliseconds)) { [weak self] in
                    self?.finish(number, .failure(SessionError.timeout))
                }
            }
        }
    }

    func finish(_ number: UInt64, _ result: Result<[UInt8], any Error>) {
        waiting.withLockedValue { $0.requests.removeValue(forKey: number) }?.resume(with: result)
    }

    func closed() {
        let open = waiting.withLockedValue { waiting in
            waiting.closed = true
            defer { waiting.requests = [:] }
            return waiting.requests
        }
        for (_, continuation) in open { continuation.resume(throwing: SessionError.closed) }
    }
}

/// What a session's owner hears, on the session's event loop and in order.
struct SessionEvents: Sendable {
    var established: @Sendable (Session) -> Void
    var message: @Sendable (Session, [UInt8]) -> Void = { _, _ in }
    /// Must answer with `session.write(.response, …)`.
    var request: @Sendable (Session, UInt64, [UInt8]) -> Void = { session, _, _ in session.close() }
    /// nil when the session was never established.
    var ended: @Sendable (Session?, any Error) -> Void
}

/// The last handler of a session's pipeline.
final class SessionHandler: ChannelInboundHandler {
    typealias InboundIn = Frame
    typealias OutboundOut = Frame

    private let limits: SessionLimits
    private let events: SessionEvents
    private let peerKey: NIOLockedValueBox<[UInt8]?>
    private var session: Session?
    private var failure: any Error = SessionError.closed
    private var deadline: Scheduled<Void>?
    private var allowance: Int

    init(limits: SessionLimits, peerKey: NIOLockedValueBox<[UInt8]?>, events: SessionEvents) {
        (self.limits, self.peerKey, self.events) = (limits, peerKey, events)
        allowance = limits.maximumInboundBytesPerSecond
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: .seconds(limits.handshakeTimeoutSeconds)) { channel.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event {
            guard let key = peerKey.withLockedValue({ $0 }) else { return context.close(promise: nil) }
            deadline?.cancel()
            let session = Session(channel: context.channel, peerKey: key, limits: limits)
            self.session = session
            refillAllowance(context)
            events.established(session)
        } else if let idle = event as? IdleStateHandler.IdleStateEvent {
            idle == .read ? context.close(promise: nil) : session?.write(.ping, [])
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let session else { return context.close(promise: nil) }
        var frame = unwrapInboundIn(data)
        throttle(context, bytes: frame.payload.readableBytes + 5)
        switch frame.kind {
        case .ping: session.write(.pong, [])
        case .pong: break
        case .message: events.message(session, Array(frame.payload.readableBytesView))
        case .request, .response:
            guard let number = frame.payload.readInteger(as: UInt64.self) else { return context.close(promise: nil) }
            let bytes = Array(frame.payload.readableBytesView)
            if frame.kind == .request { events.request(session, number, bytes) } else { session.finish(number, .success(bytes)) }
        }
    }

    /// Stops reading when a peer has used up its second's allowance.
    private func throttle(_ context: ChannelHandlerContext, bytes: Int) {
        allowance -= bytes
        if allowance < 0 { _ = context.channel.setOption(.autoRead, value: false) }
    }

    private func refillAllowance(_ context: ChannelHandlerContext) {
        let limit = limits.maximumInboundBytesPerSecond
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { task in
            let (handler, context) = bound.value
            guard context.channel.isActive else { return task.cancel() }
            if handler.allowance < 0 { _ = context.channel.setOption(.autoRead, value: true) }
            handler.allowance = limit
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = error
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        session?.closed()
        events.ended(session, failure)
        context.fireChannelInactive()
    }
}

/// Puts the handlers of a session onto a channel.
enum SessionPipeline {
    static func configure(
        _ channel: any Channel, tls: SessionTLS, expecting name: Hash?, limits: SessionLimits, events: SessionEvents
    ) throws {
        let key = NIOLockedValueBox<[UInt8]?>(nil)
        let learned: @Sendable ([UInt8]) -> Void = { bytes in key.withLockedValue { $0 = bytes } }
        let pipeline = channel.pipeline.syncOperations
        if let name {
            try pipeline.addHandler(tls.dialling(expecting: name, learned: learned))
        } else {
            try pipeline.addHandler(tls.accepting(learned: learned))
        }
        let idle = TimeAmount.seconds(limits.idleTimeoutSeconds)
        try pipeline.addHandler(IdleStateHandler(readTimeout: idle, writeTimeout: .nanoseconds(idle.nanoseconds / 2)))
        try pipeline.addHandler(ByteToMessageHandler(FrameDecoder(maximumBytes: limits.maximumFrameBytes)))
        try pipeline.addHandler(MessageToByteHandler(FrameEncoder()))
        try pipeline.addHandler(SessionHandler(limits: limits, peerKey: key, events: events))
    }
}

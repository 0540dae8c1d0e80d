import NIOConcurrencyHelpers
import NIOCore
import NIOTLS
import Primitives

/// Stands in a channel until its TLS handshake is over, then makes place for the session's handlers.
final class HandshakeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let timeout: TimeAmount
    private let finished: (any Channel) throws -> Void
    private let failed: (any Error) -> Void
    private var deadline: Scheduled<Void>?
    private var failure: any Error = SessionError.handshake("the other side closed the connection")

    /// - Parameters:
    ///   - finished: adds the session's handlers.
    ///   - failed: hears of a handshake that ended without a session.
    init(timeoutSeconds: Int64, finished: @escaping (any Channel) throws -> Void, failed: @escaping (any Error) -> Void) {
        timeout = .seconds(timeoutSeconds)
        (self.finished, self.failed) = (finished, failed)
    }

    func channelActive(context: ChannelHandlerContext) {
        startClock(context)
        context.fireChannelActive()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { startClock(context) }
    }

    private func startClock(_ context: ChannelHandlerContext) {
        guard deadline == nil else { return }
        let bound = NIOLoopBound((handler: self, channel: context.channel), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: timeout) {
            bound.value.handler.failure = SessionError.timeout
            bound.value.channel.abort()
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case TLSUserEvent.handshakeCompleted = event else { return context.fireUserInboundEventTriggered(event) }
        do {
            try finished(context.channel)
            context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        } catch {
            failure = error
            context.channel.abort()
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        failure = SessionError.handshake("\(error)")
        context.channel.abort()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        failed(failure)
        context.fireChannelInactive()
    }
}

/// Notices that the other side has said something.
final class FirstBytesHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let spoke: () -> Void

    init(_ spoke: @escaping () -> Void) { self.spoke = spoke }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        spoke()
        context.fireChannelRead(data)
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }
}

/// A node key that a handshake proves.
struct PeerKey: Sendable {
    let bytes: [UInt8]
    /// Keccak-256 of the key.
    let name: Hash
}

/// What a handshake has shown so far.
final class Handshake: Sendable {
    /// Of the other side, when it connected to this one.
    let address: String?
    private let state = NIOLockedValueBox((key: PeerKey?.none, isRefused: false, spoke: false))

    init(address: String?) { self.address = address }

    var key: PeerKey? { state.withLockedValue { $0.key } }
    var isRefused: Bool { state.withLockedValue { $0.isRefused } }

    func learn(_ key: PeerKey) { state.withLockedValue { $0.key = key } }
    func refuse() { state.withLockedValue { $0.isRefused = true } }
    func spoke() { state.withLockedValue { $0.spoke = true } }

    /// Whether the other side answers for a failure: not for looking whether something listens, nor for a lack of room or a ban.
    func isBlamed(for error: any Error) -> Bool {
        let (isRefused, spoke) = state.withLockedValue { ($0.isRefused, $0.spoke) }
        switch error as? SessionError {
        case .timeout: return true
        case .handshake: return spoke && !isRefused
        default: return false
        }
    }
}

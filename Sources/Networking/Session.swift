import NIOConcurrencyHelpers
import NIOCore
import Primitives

/// An established session with a node whose key is proven.
public final class Session: Sendable {
    public let peerKey: [UInt8]
    /// Keccak-256 of the peer's key.
    public let peer: Hash
    /// Where the peer came from; nil when this side dialled.
    let address: String?
    let channel: any Channel
    let traffic: TrafficLimits
    let unhandled: InboundBudget
    let standing: Standing
    let activity: Activity
    private let outboundFrameBytes: Int
    private let queue: OutboundQueue
    private let pongIsQueued = NIOLockedValueBox(false)
    private let requests: OutboundRequests

    init(
        channel: any Channel, key: PeerKey, address: String?, standing: Standing, activity: Activity, traffic: TrafficLimits,
        queues: SharedQueues, outboundFrameBytes: Int, maximumRequests: Int
    ) {
        (peerKey, peer) = (key.bytes, key.name)
        (self.channel, self.address, self.traffic, self.outboundFrameBytes) = (channel, address, traffic, outboundFrameBytes)
        self.standing = standing
        self.activity = activity
        queue = OutboundQueue(limit: traffic.queuedBytes, shared: queues)
        requests = OutboundRequests(maximum: maximumRequests)
        unhandled = InboundBudget(limit: traffic.unhandledBytes) { channel.pipeline.fireUserInboundEventTriggered(SessionHandler.Resume()) }
    }

    public func close() { channel.close(promise: nil) }

    /// Queues a frame. A peer that does not keep up is disconnected; a member only misses it.
    /// - Throws: `frameTooLong`, which the peer would punish.
    func write(_ kind: Frame.Kind, _ bytes: [UInt8], number: UInt64? = nil) throws(SessionError) {
        let length = bytes.count + (number == nil ? 1 : 9)
        guard length <= outboundFrameBytes else { throw .frameTooLong(bytes: length) }
        let size = length + 4
        guard queue.add(size) else {
            queue.remove(size)
            if standing != .member { channel.abort() }
            return
        }
        var payload = channel.allocator.buffer(capacity: length)
        if let number { payload.writeInteger(number) }
        payload.writeBytes(bytes)
        let promise = channel.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { [queue, pongIsQueued] _ in
            queue.remove(size)
            if kind == .pong { pongIsQueued.withLockedValue { $0 = false } }
        }
        channel.writeAndFlush(Frame(kind: kind, payload: payload), promise: promise)
    }

    /// Answers a ping, unless the answer to an earlier one is still on its way out.
    func pong() {
        let isFirst = pongIsQueued.withLockedValue { isQueued in
            defer { isQueued = true }
            return !isQueued
        }
        if isFirst { try? write(.pong, []) }
    }

    /// Sends a request and waits for its response.
    /// - Throws: `SessionError`: `busy` when the server would not look at it, `timeout`, `closed`, `tooManyRequests`,
    ///   `frameTooLong`; `CancellationError` when the task is cancelled.
    public func request(_ bytes: [UInt8], timeoutMilliseconds: Int64 = 30_000) async throws -> [UInt8] {
        let number = requests.nextNumber()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if let refusal = requests.add(number, continuation) { return continuation.resume(throwing: refusal) }
                // From here on a cancellation finds the request; one that came before is seen here.
                guard !Task.isCancelled else { return finish(number, .failure(CancellationError())) }
                requests.setTimer(
                    of: number,
                    to: channel.eventLoop.scheduleTask(in: .milliseconds(timeoutMilliseconds)) { [weak self] in
                        self?.finish(number, .failure(SessionError.timeout))
                    })
                do { try write(.request, bytes, number: number) } catch { finish(number, .failure(error)) }
            }
        } onCancel: {
            finish(number, .failure(CancellationError()))
        }
    }

    /// Ends a request; nothing happens when it has ended already.
    func finish(_ number: UInt64, _ result: Result<[UInt8], any Error>) { requests.finish(number, result) }

    func closed() { requests.close() }
}

/// The requests of one session that wait for a response.
final class OutboundRequests: Sendable {
    private struct Waiting {
        let continuation: CheckedContinuation<[UInt8], any Error>
        var timer: Scheduled<Void>?
    }

    private struct State {
        var next: UInt64 = 0
        var waiting: [UInt64: Waiting] = [:]
        var closed = false
    }

    private let state = NIOLockedValueBox(State())
    private let maximum: Int

    init(maximum: Int) { self.maximum = maximum }

    func nextNumber() -> UInt64 {
        state.withLockedValue { state in
            state.next += 1
            return state.next
        }
    }

    /// Takes a request in, or says why not.
    func add(_ number: UInt64, _ continuation: CheckedContinuation<[UInt8], any Error>) -> SessionError? {
        state.withLockedValue { state in
            guard !state.closed else { return .closed }
            guard state.waiting.count < maximum else { return .tooManyRequests }
            state.waiting[number] = Waiting(continuation: continuation)
            return nil
        }
    }

    func setTimer(of number: UInt64, to timer: Scheduled<Void>) {
        state.withLockedValue { $0.waiting[number]?.timer = timer }
    }

    func finish(_ number: UInt64, _ result: Result<[UInt8], any Error>) {
        let ended = state.withLockedValue { $0.waiting.removeValue(forKey: number) }
        ended?.timer?.cancel()
        ended?.continuation.resume(with: result)
    }

    func close() {
        let numbers = state.withLockedValue { state in
            state.closed = true
            return Array(state.waiting.keys)
        }
        for number in numbers { finish(number, .failure(SessionError.closed)) }
    }
}

import RPCClient
import RPCServer
import Synchronization

/// One client's WebSocket: calls as over HTTP, subscriptions over a WebSocket to the node that lives as long.
final class GatewaySocket: WebSocketSession, Forwarding {
    /// Notifications that may come in before the client has been told the subscription's id.
    private static let maximumHeld = 1024

    fileprivate struct State {
        var upstream: UpstreamSocket?
        /// While a call to the node is not answered here, notifications wait: they may be about its subscription.
        var isHolding = false
        var held: [[UInt8]] = []
        var isClosed = false
    }

    private let dispatcher: GatewayDispatcher
    private let milliseconds: Int64
    private let notify: @Sendable ([UInt8]) -> Bool
    private let end: @Sendable () -> Void
    private let state = Mutex(State())

    init(
        dispatcher: GatewayDispatcher, milliseconds: Int64, notify: @escaping @Sendable ([UInt8]) -> Bool, close: @escaping @Sendable () -> Void
    ) {
        (self.dispatcher, self.milliseconds, self.notify, end) = (dispatcher, milliseconds, notify, close)
    }

    func answer(_ text: [UInt8]) async -> [UInt8]? { await dispatcher.answer(text, forward: self) }

    func answered() {
        // One text after the other, without the lock: sending may end the connection, and so call `close`.
        while let text = state.withLock({ $0.nextHeld() }) {
            guard notify(text) else { return }
        }
    }

    func close() {
        let upstream = state.withLock { state in
            state.isClosed = true
            state.held = []
            return state.upstream.take()
        }
        upstream?.close()
    }

    // MARK: - To the node

    func send(_ text: [UInt8], _ calls: [JSONValue]) async throws(RPCError) -> [UInt8]? {
        guard calls.contains(where: \.isAboutSubscriptions) else {
            return try await HTTPForwarding(node: dispatcher.node).send(text, calls)
        }
        let upstream = try await connected()
        state.withLock { $0.isHolding = true }
        return try await upstream.send(text, expectsAnswer: calls.contains(where: \.expectsAnswer), milliseconds: milliseconds)
    }

    /// The client's texts come one after the other, so that one connection is made.
    private func connected() async throws(RPCError) -> UpstreamSocket {
        if let upstream = state.withLock(\.upstream) { return upstream }
        let upstream = try await UpstreamSocket.connect(
            url: dispatcher.node.url, milliseconds: milliseconds, told: { [weak self] in self?.tell($0) },
            // Subscriptions went with it: the client must learn of that.
            ended: { [end] in end() })
        let isKept = state.withLock { state in
            if !state.isClosed { state.upstream = upstream }
            return !state.isClosed
        }
        guard isKept else {
            upstream.close()
            throw .unreachable("the connection is closed")
        }
        return upstream
    }

    private func tell(_ text: [UInt8]) {
        let (isHeld, isTooMuch) = state.withLock { state in
            guard state.isHolding else { return (false, false) }
            state.held.append(text)
            return (true, state.held.count > Self.maximumHeld)
        }
        if isTooMuch { end() }
        if !isHeld { _ = notify(text) }
    }
}

extension GatewaySocket.State {
    /// Takes the next notification that waits; none ends the waiting.
    fileprivate mutating func nextHeld() -> [UInt8]? {
        guard !held.isEmpty else {
            isHolding = false
            return nil
        }
        return held.removeFirst()
    }
}

extension JSONValue {
    fileprivate var isAboutSubscriptions: Bool { ["eth_subscribe", "eth_unsubscribe"].contains(self["method"]?.asString) }

    /// Only what is a notification by all rules gets no answer.
    fileprivate var expectsAnswer: Bool { self["id"] != nil || self["method"]?.asString == nil || self["jsonrpc"] != "2.0" }
}

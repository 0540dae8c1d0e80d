import ChainTypes
import NIOConcurrencyHelpers

/// One connection's calls and subscriptions.
final class SubscriptionSession: WebSocketSession {
    static let maximumSubscriptions = 32

    private struct State {
        var nextID: UInt64 = 1
        /// Subscribed, but the client has not been told the id yet.
        var starting: [(id: String, subscription: Subscription)] = []
        var running: [String: Task<Void, Never>] = [:]
        /// Alternatives of each subscription to logs.
        var sizes: [String: Int] = [:]
        var isClosed = false

        var count: Int { starting.count + running.count }
    }

    let feed: any HeadFeed
    private let dispatcher: RPCDispatcher
    private let places: SubscriptionPlaces
    private let notify: @Sendable ([UInt8]) -> Bool
    private let state = NIOLockedValueBox(State())

    init(dispatcher: RPCDispatcher, feed: any HeadFeed, places: SubscriptionPlaces, notify: @escaping @Sendable ([UInt8]) -> Bool) {
        (self.dispatcher, self.feed, self.places, self.notify) = (dispatcher, feed, places, notify)
    }

    func answer(_ text: [UInt8]) async -> [UInt8]? { await dispatcher.answer(text, session: self) }

    /// Takes a subscription in; the notifications follow once the answer with the id is on its way.
    func subscribe(_ subscription: Subscription) throws(RPCFailure) -> String {
        let id = state.withLockedValue { state -> String? in
            // A connection may have one filter of the greatest size, or many smaller ones.
            guard !state.isClosed, state.count < Self.maximumSubscriptions,
                state.sizes.values.reduce(subscription.size, +) <= LogFilter.maximumSize, places.take(having: state.count)
            else { return nil }
            let id = "0x" + String(state.nextID, radix: 16)
            state.sizes[id] = subscription.size
            state.nextID += 1
            state.starting.append((id, subscription))
            return id
        }
        guard let id else {
            let message = "too many subscriptions (at most \(Self.maximumSubscriptions), and fewer with long filters)"
            throw RPCFailure(code: -32005, message: message, reason: "tooManySubscriptions")
        }
        return id
    }

    func unsubscribe(_ id: String) -> Bool {
        let isFound = state.withLockedValue { state in
            state.sizes[id] = nil
            if let task = state.running.removeValue(forKey: id) {
                task.cancel()
                return true
            }
            guard let index = state.starting.firstIndex(where: { $0.id == id }) else { return false }
            state.starting.remove(at: index)
            return true
        }
        if isFound { places.free(1) }
        return isFound
    }

    func answered() {
        state.withLockedValue { state in
            guard !state.isClosed else { return }
            for (id, subscription) in state.starting { state.running[id] = Task { await self.run(subscription, as: id) } }
            state.starting.removeAll()
        }
    }

    func close() {
        state.withLockedValue { state in
            state.isClosed = true
            places.free(state.count)
            for task in state.running.values { task.cancel() }
            (state.starting, state.running) = ([], [:])
        }
    }

    private func run(_ subscription: Subscription, as id: String) async {
        await subscription.run(dispatcher) { [notify] result in
            let parameters: JSONValue = ["subscription": .string(id), "result": result]
            let text: JSONValue = ["jsonrpc": "2.0", "method": "eth_subscription", "params": parameters]
            return notify(text.bytes)
        }
    }
}

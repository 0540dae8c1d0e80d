import ChainTypes
import NIOConcurrencyHelpers
import RPCServer

/// Passes newly final headers and newly admitted transactions on to any number of subscribers, and remembers how long finality took.
final class HeadFeedHub: HeadFeed {
    static let remembered: UInt64 = 4096

    private let heads = FanOut<SealedHeader>(keeping: 64)
    private let transactions = FanOut<Transaction>(keeping: 256)
    /// Milliseconds from a block's time to its finality here, for the newest blocks.
    private let finality = NIOLockedValueBox<[UInt64: UInt64]>([:])

    func newHeads() -> AsyncStream<SealedHeader> { heads.stream() }
    func pendingTransactions() -> AsyncStream<Transaction> { transactions.stream() }

    func publish(_ transaction: Transaction) { transactions.publish(transaction) }

    func publish(_ sealed: SealedHeader, now: UInt64) {
        finality.withLockedValue { finality in
            let time = sealed.envelope.timeMilliseconds
            finality[sealed.number] = now > time ? now - time : 0
            if sealed.number > Self.remembered { finality[sealed.number - Self.remembered] = nil }
        }
        heads.publish(sealed)
    }

    func finalityMilliseconds(_ number: UInt64) -> UInt64? { finality.withLockedValue { $0[number] } }
}

/// Passes items on to streams, in a task of its own: strangers may listen by thousands, and the replica must not wait until each
/// has been told.
private final class FanOut<Item: Sendable>: Sendable {
    private struct State {
        var next = 0
        var streams: [Int: AsyncStream<Item>.Continuation] = [:]
    }

    private let kept: Int
    private let state: NIOLockedValueBox<State>
    private let source: AsyncStream<Item>.Continuation

    /// - Parameter kept: items that wait for a slow listener, or for this; of more the newest.
    init(keeping kept: Int) {
        let state = NIOLockedValueBox(State())
        let (items, source) = AsyncStream.makeStream(of: Item.self, bufferingPolicy: .bufferingNewest(kept))
        (self.kept, self.state, self.source) = (kept, state, source)
        Task { for await item in items { for stream in state.withLockedValue({ Array($0.streams.values) }) { stream.yield(item) } } }
    }

    deinit { source.finish() }

    func publish(_ item: Item) { source.yield(item) }

    func stream() -> AsyncStream<Item> {
        let (stream, continuation) = AsyncStream.makeStream(of: Item.self, bufferingPolicy: .bufferingNewest(kept))
        let id = state.withLockedValue { state in
            state.next += 1
            state.streams[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLockedValue { $0.streams[id] = nil } }
        return stream
    }
}

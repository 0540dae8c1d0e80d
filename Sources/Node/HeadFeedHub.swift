import ChainTypes
import NIOConcurrencyHelpers
import RPCServer

/// Passes newly final headers and newly admitted transactions on to any number of subscribers, and remembers how long finality took.
final class HeadFeedHub: HeadFeed {
    private struct State {
        var next = 0
        var streams: [Int: AsyncStream<SealedHeader>.Continuation] = [:]
        var waiting: [Int: AsyncStream<Transaction>.Continuation] = [:]
        /// Milliseconds from a block's time to its finality here, for the newest blocks.
        var finality: [UInt64: UInt64] = [:]
    }

    static let remembered: UInt64 = 4096
    private let state = NIOLockedValueBox(State())

    func newHeads() -> AsyncStream<SealedHeader> {
        let (stream, continuation) = AsyncStream.makeStream(of: SealedHeader.self, bufferingPolicy: .bufferingNewest(64))
        let id = state.withLockedValue { state in
            state.next += 1
            state.streams[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLockedValue { $0.streams[id] = nil } }
        return stream
    }

    func pendingTransactions() -> AsyncStream<Transaction> {
        let (stream, continuation) = AsyncStream.makeStream(of: Transaction.self, bufferingPolicy: .bufferingNewest(1024))
        let id = state.withLockedValue { state in
            state.next += 1
            state.waiting[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLockedValue { $0.waiting[id] = nil } }
        return stream
    }

    func publish(_ transaction: Transaction) {
        for stream in state.withLockedValue({ Array($0.waiting.values) }) { stream.yield(transaction) }
    }

    func publish(_ sealed: SealedHeader, now: UInt64) {
        let streams = state.withLockedValue { state in
            let time = sealed.envelope.timeMilliseconds
            state.finality[sealed.number] = now > time ? now - time : 0
            if sealed.number > Self.remembered { state.finality[sealed.number - Self.remembered] = nil }
            return Array(state.streams.values)
        }
        for stream in streams { stream.yield(sealed) }
    }

    func finalityMilliseconds(_ number: UInt64) -> UInt64? { state.withLockedValue { $0.finality[number] } }
}

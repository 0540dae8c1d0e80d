import ChainTypes
import Primitives

/// What a client hears of without asking again (`eth_subscribe`).
enum Subscription: Sendable {
    case heads(AsyncStream<SealedHeader>)
    /// Logs of the blocks from a number on.
    case logs(LogFilter, AsyncStream<SealedHeader>, from: UInt64)
    case transactions(AsyncStream<Transaction>, full: Bool)
    /// Whether the node is behind its peers, looked at with each new head.
    case syncing(AsyncStream<SealedHeader>)

    /// Alternatives of its filter.
    var size: Int {
        guard case .logs(let filter, _, _) = self else { return 0 }
        return filter.size
    }

    /// Blocks of logs that are read at once.
    static let logBlocks: UInt64 = 64

    /// Tells of everything that happens until the task is cancelled or the client does not take any more.
    /// - Parameter tell: sends a result; false when the client is gone.
    func run(_ dispatcher: RPCDispatcher, tell: @Sendable (JSONValue) -> Bool) async {
        switch self {
        case .heads(let heads):
            for await head in heads { guard !Task.isCancelled, tell(.object(BlockJSON.header(head))) else { return } }
        case .logs(let filter, let heads, let first): await Self.logs(filter, heads, first, dispatcher, tell)
        case .transactions(let transactions, let full):
            for await new in transactions {
                guard !Task.isCancelled, tell(full ? TransactionJSON.pending(new) : .data(new.hash)) else { return }
            }
        case .syncing(let heads): await Self.syncing(heads, dispatcher, tell)
        }
    }

    /// A stream may lose heads, blocks stay: each head is told of with all blocks since the last one.
    private static func logs(
        _ filter: LogFilter, _ heads: AsyncStream<SealedHeader>, _ first: UInt64, _ dispatcher: RPCDispatcher,
        _ tell: @Sendable (JSONValue) -> Bool
    ) async {
        var next = first
        let reader = dispatcher.reader
        for await head in heads {
            // Most blocks hold nothing for most subscribers: their filter says so without a read.
            if next == head.number, !filter.mayMatch(head.header.logsBloom) { next += 1 }
            while next <= head.number {
                let (start, end) = (next, min(head.number, next + logBlocks - 1))
                let read = try? await dispatcher.pool.run(.long) { () throws -> (logs: [JSONValue], next: UInt64) in
                    var (scan, number) = (LogScan(filter, reader), start)
                    while number <= end, try scan.add(number) { number += 1 }
                    return (scan.logs, number)
                }
                // When the node is busy, the next head comes back to these blocks.
                guard let read else { break }
                for log in read.logs { guard !Task.isCancelled, tell(log) else { return } }
                next = read.next
            }
        }
    }

    private static func syncing(
        _ heads: AsyncStream<SealedHeader>, _ dispatcher: RPCDispatcher, _ tell: @Sendable (JSONValue) -> Bool
    ) async {
        let reader = dispatcher.reader
        var wasSyncing: Bool?
        func look() async -> Bool {
            guard let status = try? await dispatcher.pool.run(.short, { (try reader.status().syncing, try reader.headNumber()) }) else {
                return true
            }
            guard wasSyncing != (status.0 != nil) else { return true }
            wasSyncing = status.0 != nil
            guard let syncing = status.0 else { return tell(false) }
            let progress: JSONValue = [
                "startingBlock": .quantity(syncing.startingBlock), "currentBlock": .quantity(status.1),
                "highestBlock": .quantity(syncing.highestBlock),
            ]
            return tell(["syncing": true, "status": progress])
        }
        guard await look() else { return }
        for await _ in heads { guard !Task.isCancelled, await look() else { return } }
    }
}

import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// How long a read may take.
enum ReadLength: Sendable {
    /// It looks some things up.
    case short
    /// It runs contracts or walks through many blocks.
    case long
}

/// On whose behalf a task reads.
enum Caller {
    /// The client's address; empty for the node itself.
    @TaskLocal static var address = ""

    /// Runs the work as the client's of the channel.
    static func at<Value>(_ channel: any Channel, _ work: () throws -> Value) rethrows -> Value {
        try $address.withValue(channel.remoteAddress?.ipAddress ?? "", operation: work)
    }
}

/// The threads that blocking reads run on, away from Swift's cooperative pool and the event loops. Long reads have threads of
/// their own: whoever asks for them without end keeps no one from learning a balance, or whether the node is well. They also
/// yield to all other threads. Addresses take turns: one with many connections waits for its own reads. The number of waiting
/// reads is bounded.
final class ReaderPool: Sendable {
    private typealias Work = @Sendable (NIOThreadPool.WorkItemState) -> Void

    private struct Threads: Sendable {
        let pool: NIOThreadPool
        let count = NIOLockedValueBox(0)
        let queue = NIOLockedValueBox(TurnQueue<Work>())

        init(_ count: Int) {
            pool = NIOThreadPool(numberOfThreads: max(1, count))
            pool.start()
        }
    }

    private let short: Threads
    private let long: Threads
    private let maximumWaiting: Int

    /// - Parameter maximumWaiting: of each length.
    init(threadCount: Int, maximumWaiting: Int) {
        short = Threads(threadCount - threadCount / 2)
        long = Threads(threadCount / 2)
        self.maximumWaiting = maximumWaiting
    }

    /// Reads that are in work or wait.
    var waiting: Int { [short, long].map { $0.count.withLockedValue { $0 } }.reduce(0, +) }

    /// Runs the read on one of the threads when its caller's turn comes; throws `RPCFailure.busy` when too many wait.
    func run<Value: Sendable>(_ length: ReadLength = .short, _ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let threads = length == .short ? short : long
        let admitted = threads.count.withLockedValue { count in
            guard count < maximumWaiting else { return false }
            count += 1
            return true
        }
        guard admitted else { throw RPCFailure.busy }
        defer { threads.count.withLockedValue { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            let work: Work = { state in
                if length == .long { Self.yieldToOthers() }
                continuation.resume(with: state == .active ? Result { try body() } : .failure(CancellationError()))
            }
            threads.queue.withLockedValue { $0.append(work, of: Caller.address) }
            // As many are taken as are put in, each in its caller's turn.
            threads.pool.submit { state in threads.queue.withLockedValue { $0.next() }?(state) }
        }
    }

    /// Has the kernel prefer every other thread of the process, consensus among them, to the calling one.
    private static func yieldToOthers() {
        #if os(Linux)
        // Zero is the calling thread: on Linux each has a priority of its own.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        #endif
    }

    func shutdown() async {
        for threads in [short, long] { try? await threads.pool.shutdownGracefully() }
    }
}

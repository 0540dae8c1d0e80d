import NIOConcurrencyHelpers
import NIOPosix

/// How long a read may take.
enum ReadLength: Sendable {
    /// It looks some things up.
    case short
    /// It runs contracts or walks through many blocks.
    case long
}

/// The threads that blocking reads run on, away from Swift's cooperative pool and the event loops. Long reads have threads of
/// their own: whoever asks for them without end keeps no one from learning a balance, or whether the node is well.
/// The number of waiting reads is bounded.
final class ReaderPool: Sendable {
    private struct Threads {
        let pool: NIOThreadPool
        let waiting = NIOLockedValueBox(0)

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

    /// Runs the read on one of the threads; throws `RPCFailure.busy` when too many wait.
    func run<Value: Sendable>(_ length: ReadLength = .short, _ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let threads = length == .short ? short : long
        let admitted = threads.waiting.withLockedValue { count in
            guard count < maximumWaiting else { return false }
            count += 1
            return true
        }
        guard admitted else { throw RPCFailure.busy }
        defer { threads.waiting.withLockedValue { $0 -= 1 } }
        return try await threads.pool.runIfActive(body)
    }

    func shutdown() async {
        for threads in [short, long] { try? await threads.pool.shutdownGracefully() }
    }
}

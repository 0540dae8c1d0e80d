import NIOConcurrencyHelpers
import NIOPosix

/// The threads that blocking reads run on, away from Swift's cooperative pool and the event loops.
/// The number of waiting reads is bounded.
final class ReaderPool: Sendable {
    private let threads: NIOThreadPool
    private let maximumWaiting: Int
    private let waiting = NIOLockedValueBox(0)

    init(threadCount: Int, maximumWaiting: Int) {
        threads = NIOThreadPool(numberOfThreads: threadCount)
        self.maximumWaiting = maximumWaiting
        threads.start()
    }

    /// Runs the read on one of the threads; throws `RPCFailure.busy` when too many wait.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        let admitted = waiting.withLockedValue { count in
            guard count < maximumWaiting else { return false }
            count += 1
            return true
        }
        guard admitted else { throw RPCFailure.busy }
        defer { waiting.withLockedValue { $0 -= 1 } }
        return try await threads.runIfActive(body)
    }

    func shutdown() async { try? await threads.shutdownGracefully() }
}

import Foundation
import NIOConcurrencyHelpers
import NIOPosix
import Node
import Primitives
import TestKit
import Testing

/// Which work goes first.
@Suite(.timeLimit(.minutes(2))) struct WorkPoolTests {
    /// One thread that is held up until everything has been submitted, and what it then did, in order.
    private final class Held: Sendable {
        let threads: NIOThreadPool
        let pool: WorkPool
        private let gate = NIOLockedValueBox(false)
        private let done = NIOLockedValueBox<[String]>([])
        private let running = NIOLockedValueBox(false)

        init(threads count: Int = 1) {
            threads = NIOThreadPool(numberOfThreads: count)
            threads.start()
            pool = WorkPool(threads: threads, count: count)
        }

        /// Returns once the thread is held.
        func hold() async throws {
            pool.submit(.votes, for: .zero) { [self] in
                running.withLockedValue { $0 = true }
                while !gate.withLockedValue({ $0 }) { Thread.yield() }
            }
            try await eventually { running.withLockedValue { $0 } }
        }

        func add(_ urgency: WorkPool.Urgency, _ peer: UInt64, _ name: String, limit: Int = .max) -> Bool {
            pool.submit(urgency, for: Hash(UInt256(peer)), limit: limit) { [self] in done.withLockedValue { $0.append(name) } }
        }

        func release(after count: Int) async throws -> [String] {
            gate.withLockedValue { $0 = true }
            try await eventually { done.withLockedValue { $0.count } == count }
            try await threads.shutdownGracefully()
            return done.withLockedValue { $0 }
        }
    }

    @Test func votesGoBeforeWhateverElseWaits() async throws {
        let held = Held()
        try await held.hold()
        for urgency in WorkPool.Urgency.allCases.reversed() { _ = held.add(urgency, 1, "\(urgency)") }
        let order = try await held.release(after: WorkPool.Urgency.allCases.count)
        #expect(order == WorkPool.Urgency.allCases.map { "\($0)" })
    }

    @Test func onePeersThousandDoNotGoBeforeAnothersOne() async throws {
        let held = Held()
        try await held.hold()
        for number in 0..<1000 { _ = held.add(.transactions, 1, "flood \(number)") }
        _ = held.add(.transactions, 2, "honest")
        let order = try await held.release(after: 1001)
        #expect(order.firstIndex(of: "honest") == 1)
        #expect(order.filter { $0 != "honest" } == (0..<1000).map { "flood \($0)" })
    }

    @Test func strangersAreServedBehindAnEndlessFlood() async throws {
        let held = Held()
        try await held.hold()
        for number in 0..<100 { _ = held.add(.votes, 1, "\(number)") }
        _ = held.add(.guests, 2, "stranger")
        let order = try await held.release(after: 101)
        #expect(order.firstIndex(of: "stranger").map { $0 < WorkPool.fairness } == true)
    }

    @Test func aPeersLineHasAnEnd() async throws {
        let held = Held()
        try await held.hold()
        for number in 0..<5 { #expect(held.add(.votes, 1, "\(number)", limit: 3) == (number < 3)) }
        #expect(held.add(.votes, 2, "other", limit: 3))
        #expect(try await held.release(after: 4).count == 4)
    }

    @Test func guestsOccupyHalfOfTheThreadsAtMost() async throws {
        let threads = NIOThreadPool(numberOfThreads: 4)
        threads.start()
        let pool = WorkPool(threads: threads, count: 4)
        let counts = NIOLockedValueBox((running: 0, most: 0, done: 0))
        let gate = NIOLockedValueBox(false)
        for peer in 0..<8 as Range<UInt64> {
            pool.submit(.guests, for: Hash(UInt256(peer))) {
                counts.withLockedValue {
                    $0.running += 1
                    $0.most = max($0.most, $0.running)
                }
                while !gate.withLockedValue({ $0 }) { Thread.yield() }
                counts.withLockedValue {
                    $0.running -= 1
                    $0.done += 1
                }
            }
        }
        // Others pass while guests hold all that they may.
        let passed = NIOLockedValueBox(0)
        try await eventually { counts.withLockedValue { $0.running } == 2 }
        for _ in 0..<100 { pool.submit(.transactions, for: .zero) { passed.withLockedValue { $0 += 1 } } }
        try await eventually { passed.withLockedValue { $0 } == 100 }
        gate.withLockedValue { $0 = true }
        try await eventually { counts.withLockedValue { $0.done } == 8 }
        #expect(counts.withLockedValue { $0.most } == 2)
        try await threads.shutdownGracefully()
    }
}

private enum Thread {
    static func yield() { sched_yield() }
}

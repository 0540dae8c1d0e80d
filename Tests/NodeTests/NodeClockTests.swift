import NIOConcurrencyHelpers
import Node
import TestKit
import Testing

/// The time that a node goes by, whatever is done to the system's.
@Suite struct NodeClockTests {
    /// The system's time and the time that passes, both in the hands of a test.
    private final class Times: Sendable {
        private let state = NIOLockedValueBox((wall: UInt64(1_800_000_000_000), passed: UInt64(5000)))
        let steps = NIOLockedValueBox<[Int64]>([])

        var wall: UInt64 { state.withLockedValue { $0.wall } }
        func set(by milliseconds: Int64) { state.withLockedValue { $0.wall = UInt64(Int64($0.wall) + milliseconds) } }

        func pass(_ milliseconds: UInt64) {
            state.withLockedValue {
                $0.wall += milliseconds
                $0.passed += milliseconds
            }
        }

        func clock() -> NodeClock {
            NodeClock(
                wall: { self.state.withLockedValue { $0.wall } }, monotonic: { self.state.withLockedValue { $0.passed } },
                noticed: { reading in self.steps.withLockedValue { $0.append(reading.step) } })
        }
    }

    @Test func itGoesWithTheSystemWhileNobodySetsThat() {
        let times = Times()
        let clock = times.clock()
        for _ in 0..<1000 {
            times.pass(7)
            #expect(clock.milliseconds == times.wall)
        }
        #expect(times.steps.withLockedValue { $0.isEmpty })
    }

    @Test func whenTheSystemIsSetBackIntervalsAreATenthOffAtMost() {
        let times = Times()
        let clock = times.clock()
        let before = clock.milliseconds
        times.set(by: -3_600_000)
        for second in 1...60 as ClosedRange<UInt64> {
            times.pass(1000)
            #expect((before + 900 * second...before + 1000 * second).contains(clock.milliseconds))
        }
        #expect(times.steps.withLockedValue { $0 } == [-3_600_000])
    }

    @Test func itMeetsTheSystemAgainAfterASmallStep() {
        for step in [-2000, -300, 300, 4000] as [Int64] {
            let times = Times()
            let clock = times.clock()
            times.set(by: step)
            for _ in 0..<60 {
                times.pass(1000)
                _ = clock.milliseconds
            }
            #expect(clock.milliseconds == times.wall, "\(step)")
            #expect(times.steps.withLockedValue { $0 } == [step])
        }
    }

    @Test func itFollowsAtOnceWhereTheSystemIsFarAhead() {
        let times = Times()
        let clock = times.clock()
        times.set(by: 7_200_000)
        #expect(clock.milliseconds == times.wall)
        #expect(times.steps.withLockedValue { $0 } == [7_200_000])
    }

    @Test func whateverIsDoneItNeverRunsBackwards() {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        let times = Times()
        let clock = times.clock()
        var last = clock.milliseconds
        for _ in 0..<20_000 {
            if Int.random(in: 0..<10, using: &random) == 0 { times.set(by: Int64.random(in: -100_000...100_000, using: &random)) }
            times.pass(UInt64.random(in: 0...50, using: &random))
            let now = clock.milliseconds
            #expect(now >= last, "seed \(seed)")
            last = now
        }
    }
}

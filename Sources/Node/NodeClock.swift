import NIOConcurrencyHelpers
import Networking

/// Milliseconds since 1970 that never run backwards, and by which intervals are nearly right.
///
/// It starts with the system's time and goes on with the time that has passed. Towards the system's time it is led
/// slowly, so that nothing which waits for an interval waits for the length of a correction. Where the system's time
/// has jumped far ahead, as after a machine's sleep, it jumps as well: blocks must carry the true time, and nobody
/// has waited in between.
package final class NodeClock: Sendable {
    package struct Reading: Hashable, Sendable {
        package var milliseconds: UInt64
        /// The system's time less this one.
        package var offset: Int64
        /// How far the system's time has been set since the reading before; 0 for what clocks differ by themselves.
        package var step: Int64
    }

    private struct State {
        var milliseconds: UInt64
        var passed: UInt64
        /// Passed time that corrections have not been made for, in milliseconds.
        var credit: UInt64 = 0
        var offset: Int64 = 0
    }

    /// While it is led, it goes faster or slower by one part in so many.
    package static let slowness: UInt64 = 10
    /// A step of the system's time is at least so long.
    package static let stepMilliseconds: Int64 = 250
    /// Further ahead than this the system's time is followed at once.
    package static let jumpMilliseconds: Int64 = 5000

    private let state: NIOLockedValueBox<State>
    private let wall: @Sendable () -> UInt64
    private let monotonic: @Sendable () -> UInt64
    private let noticed: @Sendable (Reading) -> Void

    /// - Parameters:
    ///   - wall: the system's time, milliseconds since 1970.
    ///   - monotonic: milliseconds since some moment that never run backwards.
    ///   - noticed: hears of steps of the system's time.
    package init(
        wall: @escaping @Sendable () -> UInt64 = { WallClock.milliseconds },
        monotonic: @escaping @Sendable () -> UInt64 = monotonicMilliseconds,
        noticed: @escaping @Sendable (Reading) -> Void = { _ in }
    ) {
        self.wall = wall
        self.monotonic = monotonic
        self.noticed = noticed
        state = NIOLockedValueBox(State(milliseconds: wall(), passed: monotonic()))
    }

    package var milliseconds: UInt64 { read().milliseconds }

    package func read() -> Reading {
        let reading = state.withLockedValue { state in
            // Read under the lock, so that no reader goes back behind another.
            let passed = monotonic()
            let elapsed = passed - min(passed, state.passed)
            state.passed = max(state.passed, passed)
            let before = state.offset
            state.milliseconds += elapsed
            let offset = Int64(clamping: wall()) - Int64(clamping: state.milliseconds)
            let change = offset - before
            let correction = lead(&state, offset, elapsed)
            state.offset = offset - correction
            let isStep = abs(change) >= Self.stepMilliseconds
            return Reading(milliseconds: state.milliseconds, offset: state.offset, step: isStep ? change : 0)
        }
        if reading.step != 0 { noticed(reading) }
        return reading
    }

    /// Moves towards the system's time; returns by how much.
    private func lead(_ state: inout State, _ offset: Int64, _ elapsed: UInt64) -> Int64 {
        guard offset <= Self.jumpMilliseconds else {
            state.milliseconds += UInt64(offset)
            return offset
        }
        state.credit += elapsed
        let most = Int64(clamping: state.credit / Self.slowness)
        guard most > 0 else { return 0 }
        state.credit %= Self.slowness
        // Of the time that has just been added no more is taken back than that, so it never runs backwards.
        let correction = max(min(offset, most), -min(most, Int64(clamping: elapsed)))
        state.milliseconds = UInt64(Int64(state.milliseconds) + correction)
        return correction
    }
}

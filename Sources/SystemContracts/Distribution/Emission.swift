import Primitives
import WorldState

/// How many wei the chain makes, as a function of time.
///
/// Year y of the first ten pays 80 M − (y − 1) · 25/9 M QST, evenly over its 365 days; afterwards a governed rate of the supply.
public enum Emission {
    public static let yearMilliseconds: UInt64 = 365 * 86_400_000
    static let scheduledYears: UInt64 = 10

    /// Wei from genesis to a time within the first ten years, rounded down; that of the tenth year's end for later times.
    /// - Parameter elapsed: milliseconds since genesis.
    public static func scheduled(_ elapsed: UInt64) -> UInt256 {
        let end = scheduledYears &* yearMilliseconds
        let (years, rest) = min(elapsed, end).quotientAndRemainder(dividingBy: yearMilliseconds)
        // In ninths of a million QST a year: 720, 695, …, 495.
        // There are at most ten years, so nothing here comes near its bounds.
        let whole = years &* 720 &- 25 &* years &* (years &- min(years, 1)) / 2
        let rate = years < scheduledYears ? 720 &- 25 &* years : 0
        let ninths = UInt256(whole) &* UInt256(yearMilliseconds) &+ UInt256(rate) &* UInt256(rest)
        return ninths &* QST.one &* UInt256(1_000_000) / UInt256(9 &* yearMilliseconds)
    }

    /// Wei between two times.
    /// - Parameters:
    ///   - from, to: milliseconds since genesis; nothing where `to` is not later.
    ///   - supply: wei at `from`.
    ///   - lateRate: of 10^18 a year, after the schedule.
    /// - Throws: a revert beyond 2^256: never for a supply below 2^96 and a rate of at most the whole.
    public static func between(_ from: UInt64, _ to: UInt64, supply: UInt256, lateRate: UInt256) throws(NativeFailure) -> UInt256 {
        guard from < to else { return .zero }
        let made = try scheduled(to).minus(scheduled(from))
        let late = to.since(max(from, scheduledYears &* yearMilliseconds))
        guard late > 0 else { return made }
        let aYear = try supply.plus(made).fraction(lateRate)
        return try made.plus(try aYear.scaled(UInt256(late), over: UInt256(yearMilliseconds)))
    }
}

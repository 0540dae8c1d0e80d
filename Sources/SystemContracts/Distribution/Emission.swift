import Primitives

/// How many wei the chain makes, as a function of time.
///
/// Year y of the first ten pays 80 M − (y − 1) · 25/9 M QST, evenly over its 365 days; afterwards a governed rate of the supply.
public enum Emission {
    public static let yearMilliseconds: UInt64 = 365 * 86_400_000
    static let scheduledYears: UInt64 = 10

    /// Wei from genesis to a time within the first ten years, rounded down; that of the tenth year's end for later times.
    /// - Parameter elapsed: milliseconds since genesis.
    public static func scheduled(_ elapsed: UInt64) -> UInt256 {
        let end = scheduledYears * yearMilliseconds
        let (years, rest) = min(elapsed, end).quotientAndRemainder(dividingBy: yearMilliseconds)
        // In ninths of a million QST a year: 720, 695, …, 495.
        let whole = years * 720 - (years == 0 ? 0 : 25 * years * (years - 1) / 2)
        let rate = years < scheduledYears ? 720 - 25 * years : 0
        let ninths = UInt256(whole) * UInt256(yearMilliseconds) + UInt256(rate) * UInt256(rest)
        return ninths * (QST.one * UInt256(1_000_000)) / UInt256(9 * yearMilliseconds)
    }

    /// Wei between two times.
    /// - Parameters:
    ///   - from, to: milliseconds since genesis; nothing where `to` is not later.
    ///   - supply: wei at `from`.
    ///   - lateRate: of 10^18 a year, after the schedule.
    public static func between(_ from: UInt64, _ to: UInt64, supply: UInt256, lateRate: UInt256) -> UInt256 {
        guard from < to else { return .zero }
        let scheduled = scheduled(to) - scheduled(from)
        let late = to - min(to, max(from, scheduledYears * yearMilliseconds))
        guard late > 0 else { return scheduled }
        // Below 2^96 · 2^60 · 2^64: fits.
        return scheduled + (supply + scheduled) * lateRate / QST.one * UInt256(late) / UInt256(yearMilliseconds)
    }
}

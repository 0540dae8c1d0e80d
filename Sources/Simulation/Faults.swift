/// What goes wrong in a simulated network, until it heals.
public struct Faults: Sendable {
    /// Chance in a thousand that a message is lost, delivered twice, or delayed by up to `longDelayMilliseconds`.
    public var lossPerMille = 50
    public var duplicationPerMille = 20
    public var delayPerMille = 50
    public var longDelayMilliseconds: UInt64 = 3000
    /// Mean time between crashes of some validator; 0 for none.
    public var crashIntervalMilliseconds: UInt64 = 4000
    public var downMilliseconds: ClosedRange<UInt64> = 100...6000
    /// When all of it stops.
    public var healAtMilliseconds: UInt64 = 20_000

    public init() {}

    public static var none: Faults {
        var faults = Faults()
        (faults.lossPerMille, faults.duplicationPerMille, faults.delayPerMille) = (0, 0, 0)
        (faults.crashIntervalMilliseconds, faults.healAtMilliseconds) = (0, 0)
        return faults
    }
}

/// SplitMix64: random numbers that the seed fixes.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    mutating func happens(perMille: Int) -> Bool { Int.random(in: 0..<1000, using: &self) < perMille }
}

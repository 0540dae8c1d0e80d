/// What goes wrong in a simulated network by itself, until it heals.
public struct Faults: Sendable {
    /// Chance in a thousand that a message is lost, delivered twice, or delayed by up to `longDelayMilliseconds`.
    public var lossPerMille = 50
    public var duplicationPerMille = 20
    public var delayPerMille = 50
    public var longDelayMilliseconds: UInt64 = 3000
    /// Mean time between crashes of some validator; 0 for none.
    public var crashIntervalMilliseconds: UInt64 = 4000
    public var downMilliseconds: ClosedRange<UInt64> = 100...6000
    /// Mean time between partitions; 0 for none. Some are one-way.
    public var partitionIntervalMilliseconds: UInt64 = 0
    public var partitionMilliseconds: ClosedRange<UInt64> = 500...6000
    /// How far clocks stand apart from the true time. Until the network heals one of them also jumps ahead now and then.
    public var clockSkewMilliseconds: UInt64 = 0
    /// Chance in a thousand that a crash also makes a disk forget what it had promised to keep, back to an earlier moment. At most
    /// as many validators as may fail at all meet with that.
    public var forgetfulPerMille = 0
    /// When all of it stops.
    public var healAtMilliseconds: UInt64 = 20_000

    public init() {}

    public static var none: Faults {
        var faults = Faults()
        faults.lossPerMille = 0
        faults.duplicationPerMille = 0
        faults.delayPerMille = 0
        faults.crashIntervalMilliseconds = 0
        faults.healAtMilliseconds = 0
        return faults
    }
}

/// SplitMix64: random numbers that the seed fixes.
struct SeededGenerator: RandomNumberGenerator, Sendable {
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

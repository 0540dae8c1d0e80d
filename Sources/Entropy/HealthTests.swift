/// The continuous health tests of SP 800-90B (section 4.4) over one source's bytes.
///
/// Both have a false-alarm probability of at most 2^-30 for a source of 7 bits per byte.
public struct HealthTests: Sendable {
    public enum Fault: Hashable, Sendable { case repetition, proportion }

    /// The H of section 4.4.
    public static let assessedBitsPerByte = 7.0
    /// 1 + ⌈30 / 7⌉ equal bytes in a row (section 4.4.1).
    public static let repetitionCutoff = 6
    /// So many of `window` bytes equal to the first of them: 1 + the 1 - 2^-30 quantile of Binomial(512, 2^-7) (section 4.4.2).
    public static let proportionCutoff = 22
    public static let window = 512
    /// The least that section 4.3 wants tested, and thrown away, before first use.
    public static let startUpBytes = 1024

    private var last: UInt8?
    private var run = 0
    private var sample: UInt8 = 0
    private var matches = 0
    private var seenInWindow = 0

    public init() {}

    /// Takes the source's next bytes; returns the first fault.
    public mutating func take(_ bytes: [UInt8]) -> Fault? {
        for byte in bytes {
            if let fault = take(byte) { return fault }
        }
        return nil
    }

    private mutating func take(_ byte: UInt8) -> Fault? {
        run = byte == last ? run + 1 : 1
        last = byte
        if run >= Self.repetitionCutoff { return .repetition }

        if seenInWindow == 0 { (sample, matches) = (byte, 0) }
        if byte == sample { matches += 1 }
        seenInWindow = (seenInWindow + 1) % Self.window
        return matches >= Self.proportionCutoff ? .proportion : nil
    }
}

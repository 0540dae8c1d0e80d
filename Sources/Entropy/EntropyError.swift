/// Why there is no entropy to be had. Nothing of a failed draw is delivered.
public enum EntropyError: Error, Hashable, Sendable {
    /// The source is not there or cannot be opened or read.
    case unavailable(source: String, reason: String)
    /// The source gave less than it was asked for, in the time it has.
    case starved(source: String)
    /// The source gave one byte value again and again (SP 800-90B, section 4.4.1).
    case repetition(source: String)
    /// One byte value is too frequent in the source's output (SP 800-90B, section 4.4.2).
    case proportion(source: String)
    /// The source failed before and has not been restarted since.
    case stopped(source: String)
    /// A pool needs a source.
    case noSources
    /// Two sources of a pool have the same name, so they may be one: XORed it would cancel itself out.
    case duplicate(source: String)
    /// A draw has a bound: this many bytes.
    case tooMuch(maximumBytes: Int)
}

extension EntropyError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unavailable(let source, let reason): "entropy source \(source) is unavailable: \(reason)"
        case .starved(let source): "entropy source \(source) ran dry"
        case .repetition(let source): "entropy source \(source) repeats itself; it was stopped"
        case .proportion(let source): "entropy source \(source) is biased; it was stopped"
        case .stopped(let source): "entropy source \(source) is stopped: it failed before"
        case .noSources: "no entropy source is configured"
        case .duplicate(let source): "entropy source \(source) is configured twice"
        case .tooMuch(let maximum): "at most \(maximum) bytes of entropy are drawn at a time"
        }
    }
}

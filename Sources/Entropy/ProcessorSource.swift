import CEntropy

/// The processor's seed instruction, RDSEED, which reads its physical noise source through the maker's conditioner.
/// Its maker is trusted.
public struct ProcessorSource: EntropySource {
    public let name = "rdseed"
    public let kind = EntropyKind.physical

    /// Whether this processor has the instruction.
    public static var isPresent: Bool { qs_rdseed_present() != 0 }

    /// How often a word is asked for: other processes share the source, and it is refilled within microseconds.
    private static let attempts: UInt32 = 100_000

    /// Fails where the processor lacks the instruction.
    public init() throws(EntropyError) {
        guard Self.isPresent else { throw .unavailable(source: "rdseed", reason: "this processor has no RDSEED instruction") }
    }

    public func read(count: Int) throws(EntropyError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard qs_rdseed(&bytes, count, Self.attempts) == count else { throw .starved(source: name) }
        return bytes
    }
}

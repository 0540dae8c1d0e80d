/// What a source rests on.
public enum EntropyKind: String, Hashable, Sendable {
    /// A physical process, read directly.
    case physical
    /// The operating system's generator: however much it gives, it holds no more than its seed.
    case kernel
}

/// Where raw bytes come from, before health tests.
public protocol EntropySource: Sendable {
    /// Short and stable, for records and measures: `kernel`, `rdseed`, `/dev/hwrng`.
    var name: String { get }
    var kind: EntropyKind { get }
    /// The min-entropy that is counted on, in bits per byte of output.
    var assessedBitsPerByte: Double { get }
    /// Exactly `count` bytes. Called by one thread at a time.
    func read(count: Int) throws(EntropyError) -> [UInt8]
}

extension EntropySource {
    /// What the health tests' cut-offs are made for; makers claim up to 8.
    public var assessedBitsPerByte: Double { HealthTests.assessedBitsPerByte }
}

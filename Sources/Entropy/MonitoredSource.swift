/// A source under its health tests.
struct MonitoredSource: Sendable {
    let source: any EntropySource
    private var tests = HealthTests()
    private(set) var fault: EntropyError?

    /// Runs the start-up test, whose bytes are thrown away.
    init(_ source: any EntropySource) throws(EntropyError) {
        self.source = source
        _ = try draw(count: HealthTests.startUpBytes)
    }

    /// The source's next bytes. A source that fails is stopped: it is not read again before `restart`.
    mutating func draw(count: Int) throws(EntropyError) -> [UInt8] {
        guard fault == nil else { throw .stopped(source: source.name) }
        do throws(EntropyError) {
            let bytes = try source.read(count: count)
            guard bytes.count == count else { throw .starved(source: source.name) }
            switch tests.take(bytes) {
            case .repetition: throw .repetition(source: source.name)
            case .proportion: throw .proportion(source: source.name)
            case nil: return bytes
            }
        } catch {
            fault = error
            throw error
        }
    }

    /// Tries a stopped source again, from its start-up test on.
    mutating func restart() throws(EntropyError) { self = try MonitoredSource(source) }

    var health: SourceHealth {
        SourceHealth(name: source.name, kind: source.kind, assessedBitsPerByte: source.assessedBitsPerByte, fault: fault)
    }
}

/// How a source is.
public struct SourceHealth: Hashable, Sendable {
    public let name: String
    public let kind: EntropyKind
    public let assessedBitsPerByte: Double
    /// Why it was stopped; nil while it works.
    public let fault: EntropyError?

    public var isHealthy: Bool { fault == nil }

    /// The seed of the kernel's generator, in bits.
    public static let kernelSeedBits = 256.0

    /// The min-entropy that is counted for so many bytes; none from a source that was stopped.
    public func assessedBits(inBytes count: Int) -> Double {
        guard isHealthy else { return 0 }
        let bits = assessedBitsPerByte * Double(count)
        return kind == .kernel ? min(bits, Self.kernelSeedBits) : bits
    }
}

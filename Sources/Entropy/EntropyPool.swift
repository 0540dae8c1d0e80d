import Cryptography
import Synchronization

/// Several sources, XORed: the result is as hard to guess as the best of them, if they are independent.
///
/// There is no fallback. Once a source fails, every draw fails until the source is restarted or the pool is made
/// again without it, so that nobody believes in a source that is not there.
public final class EntropyPool: Sendable {
    /// The most that one draw gives; an entropy block R is 256 KiB.
    public static let maximumDrawBytes = 1 << 20

    private let sources: Mutex<[MonitoredSource]>

    /// Runs every source's start-up test.
    public init(_ sources: [any EntropySource]) throws(EntropyError) {
        guard !sources.isEmpty else { throw .noSources }
        var monitored: [MonitoredSource] = []
        for source in sources {
            guard !monitored.contains(where: { $0.source.name == source.name }) else { throw .duplicate(source: source.name) }
            monitored.append(try MonitoredSource(source))
        }
        self.sources = Mutex(monitored)
    }

    /// The kernel's generator, the processor's seed instruction where there is one, and the devices.
    /// - Parameter devices: paths of character devices; each must open and pass.
    public static func system(devices: [String] = []) throws(EntropyError) -> EntropyPool {
        var sources: [any EntropySource] = [KernelSource()]
        if ProcessorSource.isPresent { sources.append(try ProcessorSource()) }
        for path in devices { sources.append(try DeviceSource(path: path)) }
        return try EntropyPool(sources)
    }

    /// `count` bytes, to which every source has contributed `count` bytes.
    public func draw(count: Int) throws(EntropyError) -> [UInt8] {
        guard (0...Self.maximumDrawBytes).contains(count) else { throw .tooMuch(maximumBytes: Self.maximumDrawBytes) }
        return try sources.withLock { (sources) throws(EntropyError) in
            var sum = [UInt8](repeating: 0, count: count)
            for index in sources.indices {
                let bytes = try sources[index].draw(count: count)
                for (place, byte) in bytes.enumerated() { sum[place] ^= byte }
            }
            return sum
        }
    }

    /// `draw` with what the bytes rest on. The record is made afterwards: a source that has failed by then counts for nothing.
    public func recordedDraw(count: Int) throws(EntropyError) -> EntropyDraw {
        EntropyDraw(bytes: try draw(count: count), sources: record(forBytes: count))
    }

    /// The sources of a draw, and what physical min-entropy is counted for it.
    public func record(forBytes count: Int) -> EntropyRecord {
        EntropyRecord(sources: health.map(\.name), physicalBits: UInt64(max(0, assessedPhysicalBits(inBytes: count))))
    }

    /// Tries a stopped source again: it must pass its start-up test.
    public func restart(source name: String) throws(EntropyError) {
        try sources.withLock { (sources) throws(EntropyError) in
            guard let index = sources.firstIndex(where: { $0.source.name == name }) else {
                throw .unavailable(source: name, reason: "not in this pool")
            }
            try sources[index].restart()
        }
    }

    public var health: [SourceHealth] { sources.withLock { $0.map(\.health) } }

    /// The physical min-entropy that is counted for a draw of so many bytes: the best physical source's.
    public func assessedPhysicalBits(inBytes count: Int) -> Double {
        health.filter { $0.kind == .physical }.map { $0.assessedBits(inBytes: count) }.max() ?? 0
    }
}

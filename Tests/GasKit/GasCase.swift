import Foundation
import Primitives

/// Something that has a price: what it uses of gas and of a processor when it is done for about as much gas as is given.
public struct GasCase: Sendable {
    public enum Kind: String, Sendable {
        case native, ownPrecompile, precompile, opcode

        /// Whether the price is this chain's to choose; the others are Ethereum's.
        public var isOwn: Bool { self == .native || self == .ownPrecompile }
    }

    public let kind: Kind
    public let name: String
    private let work: @Sendable (_ gas: UInt64) throws -> GasSample

    init(_ kind: Kind, _ name: String, _ work: @escaping @Sendable (_ gas: UInt64) throws -> GasSample) {
        self.kind = kind
        self.name = name
        self.work = work
    }

    public func measure(gas: UInt64) throws -> GasSample { try work(gas) }

    /// The best rate of several slices, in million gas per second of one core.
    /// - Parameter seconds: about how long a slice lasts.
    public func rate(slices: Int, seconds: Double) throws -> Double {
        var gas: UInt64 = 100_000
        var best = 0.0
        for slice in 0...slices {
            let sample = try measure(gas: gas)
            // The first tells how much gas a slice takes.
            if slice > 0 { best = max(best, sample.rate) }
            gas = min(max(UInt64(sample.rate * 1e6 * seconds), 50_000), 50_000_000)
        }
        return best
    }
}

public struct GasSample: Sendable {
    public var gas: UInt64
    public var seconds: Double

    /// Million gas per second.
    public var rate: Double { Double(gas) / 1e6 / max(seconds, 1e-9) }
}

/// The processor time of this thread, so that other work on the machine counts little.
func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

import Primitives

/// The Keccak sponge (FIPS 202, section 4): absorbs bytes in pieces of any size, then squeezes any number.
///
/// A value type without heap storage: copying it keeps a point to return to.
public struct Sponge: Sendable {
    private var lanes = InlineArray<25, UInt64>(repeating: 0)
    /// Where the next byte goes in or comes out, below `rate`.
    private var offset = 0
    private var isSqueezing = false
    private let rate: Int
    private let suffix: UInt8

    /// - Parameters:
    ///   - rate: bytes per permutation, a multiple of 8 below 200: twice the security level in bytes less than 200.
    ///   - suffix: the domain bits with the first padding bit: 0x01 Keccak, 0x06 SHA-3, 0x1f SHAKE.
    public init(rate: Int, suffix: UInt8) {
        precondition(rate > 0 && rate < 200 && rate.isMultiple(of: 8))
        (self.rate, self.suffix) = (rate, suffix)
    }

    /// Takes in more of the message. Must not follow a `squeeze`.
    @inlinable public mutating func absorb(_ bytes: some Collection<UInt8>) {
        guard bytes.withContiguousStorageIfAvailable({ absorb(UnsafeRawBufferPointer($0)) }) == nil else { return }
        Array(bytes).withUnsafeBytes { absorb($0) }
    }

    /// Takes in more of the message. Must not follow a `squeeze`.
    public mutating func absorb(_ bytes: UnsafeRawBufferPointer) {
        precondition(!isSqueezing, "absorbing after squeezing")
        let (rate, start) = (rate, offset)
        offset = withState { lanes in Self.absorb(bytes, into: lanes, at: start, rate: rate) }
    }

    /// The next `count` bytes of output.
    public mutating func squeeze(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            squeeze(into: UnsafeMutableRawBufferPointer(buffer))
            initialized = count
        }
    }

    /// Fills the buffer with the next bytes of output.
    public mutating func squeeze(into output: UnsafeMutableRawBufferPointer) {
        finish()
        let (rate, start) = (rate, offset)
        offset = withState { lanes in
            var (offset, written) = (start, 0)
            while written < output.count {
                if offset == rate {
                    KeccakPermutation.permute(lanes)
                    offset = 0
                }
                let count = min(rate - offset, output.count - written)
                let source = UnsafeRawBufferPointer(start: UnsafeRawPointer(lanes) + offset, count: count)
                UnsafeMutableRawBufferPointer(rebasing: output[written...]).copyMemory(from: source)
                offset += count
                written += count
            }
            return offset
        }
    }

    /// The first 32 bytes of output for what has been absorbed so far; absorbing may go on afterwards.
    public var hash: Hash {
        precondition(!isSqueezing, "hash of a sponge that is being squeezed")
        var copy = self
        copy.finish()
        return Hash(copy.lanes[0].bigEndian, copy.lanes[1].bigEndian, copy.lanes[2].bigEndian, copy.lanes[3].bigEndian)
    }

    /// Pads (pad10*1) and permutes, once.
    private mutating func finish() {
        guard !isSqueezing else { return }
        isSqueezing = true
        lanes[offset / 8] ^= UInt64(suffix) << UInt64(8 * (offset % 8))
        lanes[rate / 8 - 1] ^= 1 << 63
        withState { KeccakPermutation.permute($0) }
        offset = 0
    }

    /// The state as the permutation wants it. Lanes are little-endian bytes, as the machine's words are.
    private mutating func withState<Result>(_ body: (UnsafeMutablePointer<UInt64>) -> Result) -> Result {
        withUnsafeMutableBytes(of: &lanes) { bytes in
            bytes.withMemoryRebound(to: UInt64.self) { body($0.baseAddress!) }
        }
    }
}

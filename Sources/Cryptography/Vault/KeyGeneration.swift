/// kGen: from a 2^21-bit entropy block to the 1,280 bits of a key.
///
/// A Toeplitz hash gives 23 segments of 57 bits (1,311 bits). The first 18 segments, cut to 1024 bits, are `K`; the other
/// five, cut to 256 bits, are `k`. The segments are names for stretches of the output and hide nothing.
public enum KeyGeneration {
    /// Bits of an entropy block.
    public static let blockBits = 2_097_152
    public static let blockByteCount = blockBits / 8
    static let segmentBits = 57
    static let outputBits = 23 * segmentBits
    static let cipherKeyStart = 18 * segmentBits
    /// Bytes of seed: 2^21 + 1,310 bits.
    public static let seedByteCount = ToeplitzHash.seedByteCount(blockBits: blockBits, outputBits: outputBits)
    /// Bytes that one key takes: an entropy block and a seed of the Toeplitz hash.
    public static let inputByteCount = blockByteCount + seedByteCount

    /// Why no key came out.
    public enum Failure: Error, Hashable, Sendable {
        /// The entropy block is not 262,144 bytes.
        case wrongBlockLength
        /// The seed is not `seedByteCount` bytes.
        case wrongSeedLength
    }

    /// The key material of a block followed by its seed: `inputByteCount` bytes.
    public static func material(input: [UInt8]) throws(Failure) -> KeyMaterial {
        try material(block: Array(input.prefix(blockByteCount)), seed: Array(input.dropFirst(blockByteCount)))
    }

    /// The key material of an entropy block.
    /// - Parameters:
    ///   - block: 262,144 bytes, the exclusive or of the contributions.
    ///   - seed: 262,308 bytes, uniform and independent of the block; it need not be secret.
    public static func material(block: [UInt8], seed: [UInt8]) throws(Failure) -> KeyMaterial {
        guard block.count == blockByteCount else { throw .wrongBlockLength }
        guard seed.count == seedByteCount else { throw .wrongSeedLength }
        let output = ToeplitzHash.hash(block: block, seed: seed, outputBits: outputBits)
        let key = output[..<TKPKey.byteCount] + bits(of: output, from: cipherKeyStart, byteCount: 32)
        guard let material = KeyMaterial(key) else { preconditionFailure("128 + 32 bytes") }
        return material
    }

    private static func bits(of bytes: [UInt8], from start: Int, byteCount: Int) -> [UInt8] {
        (0..<byteCount).map { index in
            let (byte, shift) = ((start + 8 * index) / 8, (start + 8 * index) % 8)
            return UInt8(truncatingIfNeeded: (UInt16(bytes[byte]) | UInt16(bytes[byte + 1]) << 8) >> UInt16(shift))
        }
    }
}

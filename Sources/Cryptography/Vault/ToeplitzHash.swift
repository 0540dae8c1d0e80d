import Primitives

/// Hashing with a Toeplitz matrix over GF(2): a universal family, so by the leftover hash lemma its output is close to
/// uniform when the block holds enough min-entropy and the seed is uniform and independent of it (the seed may
/// be public). Impagliazzo, Levin and Luby 1989; Krawczyk 1994.
///
/// Output bit `i` is the sum over `j` of `block[j] · seed[i − j + n − 1]`. Bit `j` of a byte string is bit `j mod 8`,
/// least significant first, of byte `j div 8`.
public enum ToeplitzHash {
    /// Bytes of seed that a block and an output need.
    public static func seedByteCount(blockBits: Int, outputBits: Int) -> Int { (blockBits + outputBits - 1 + 7) / 8 }

    /// The output's bits, packed into bytes; spare bits of the last byte are zero.
    ///
    /// Block bits with the same place in their 64-bit word select seed windows that are word-aligned relative to each
    /// other, so 64 accumulators take masked words and are shifted into place only once, at the end.
    /// No branch or address depends on the block. Cost: about `blockBits · outputBits / 64` word operations.
    /// - Precondition: the block is whole 64-bit words and the seed at least `seedByteCount` bytes.
    public static func hash(block: [UInt8], seed: [UInt8], outputBits: Int) -> [UInt8] {
        let blockBits = 8 * block.count
        precondition(block.count.isMultiple(of: 8) && outputBits > 0, "the block is whole words")
        precondition(seed.count >= seedByteCount(blockBits: blockBits, outputBits: outputBits), "the seed is too short")
        let width = (outputBits + 63) / 64 + 1
        let vectors = (width + 7) / 8
        let blockWords = words(of: block)
        var seedWords = words(of: seed)
        let needed = blockWords.count - 1 + 8 * vectors
        if seedWords.count < needed { seedWords += [UInt64](repeating: 0, count: needed - seedWords.count) }

        var accumulators = [SIMD8<UInt64>](repeating: .zero, count: 64 * vectors)
        for (index, word) in blockWords.enumerated() {
            let start = blockWords.count - 1 - index
            for vector in 0..<vectors {
                let window = load(seedWords, at: start + 8 * vector)
                for bit in 0..<64 {
                    let mask = SIMD8<UInt64>(repeating: 0 &- (word >> UInt64(bit) & 1))
                    accumulators[64 * vector + bit] ^= window & mask
                }
            }
        }
        return fold(accumulators, vectors: vectors, outputBits: outputBits)
    }

    /// Shifts accumulator `bit` right by `63 − bit` places and adds all of them.
    private static func fold(_ accumulators: [SIMD8<UInt64>], vectors: Int, outputBits: Int) -> [UInt8] {
        let outputWords = (outputBits + 63) / 64
        var output = [UInt64](repeating: 0, count: outputWords)
        for bit in 0..<64 {
            let shift = UInt64(63 - bit)
            func word(_ index: Int) -> UInt64 { accumulators[64 * (index / 8) + bit][index % 8] }
            for index in 0..<outputWords {
                output[index] ^= word(index) >> shift | (shift == 0 ? 0 : word(index + 1) << (64 - shift))
            }
        }
        var bytes: [UInt8] = []
        for word in output { bytes.append(littleEndian: word) }
        bytes.removeLast(bytes.count - (outputBits + 7) / 8)
        if outputBits % 8 != 0 { bytes[bytes.count - 1] &= UInt8(1 << (outputBits % 8) - 1) }
        return bytes
    }

    private static func load(_ words: [UInt64], at start: Int) -> SIMD8<UInt64> {
        SIMD8(
            words[start], words[start + 1], words[start + 2], words[start + 3],
            words[start + 4], words[start + 5], words[start + 6], words[start + 7])
    }

    private static func words(of bytes: [UInt8]) -> [UInt64] {
        stride(from: 0, to: bytes.count, by: 8).map { start in
            var iterator = bytes[start..<min(start + 8, bytes.count)].makeIterator()
            return iterator.nextLane()
        }
    }
}

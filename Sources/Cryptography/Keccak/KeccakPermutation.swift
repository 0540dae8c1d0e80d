/// Keccak-f[1600] (FIPS 202, section 3.3): 24 rounds on 25 lanes of 64 bits.
///
/// A state is 25 lanes in memory order, lane x + 5y being FIPS 202's A[x, y]; a lane's bytes are little-endian.
/// `permute(_:)` is the scalar form; the calls for many states take the widest vectors that the processor has.
public enum KeccakPermutation {
    /// Lanes in a state.
    public static let laneCount = 25

    /// Lanes of a keystream block: the 576 bits that the truncated keyed permutation keeps.
    public static let keystreamLanes = 9

    /// Bytes of a keystream block.
    public static let keystreamBlockBytes = 72

    /// Permutes `count` consecutive states in place.
    /// - Parameter states: `count` × 25 lanes, one state after the other.
    public static func permuteMany(_ states: UnsafeMutablePointer<UInt64>, count: Int) {
        permuteMany(states, count: count, path: .best)
    }

    /// Writes keystream blocks of the truncated keyed permutation in counter mode: block i is the first 72 bytes of
    /// Keccak-f(key ‖ input ‖ firstBlock + i).
    ///
    /// Inputs must never repeat under one key; here they differ in the ninth lane, whose low 32 bits are the block
    /// counter. Running over the counter's end would change the salt above it and is a broken invariant.
    /// - Parameters:
    ///   - key: 16 lanes, 1024 bits.
    ///   - input: the first 8 of the 9 lanes of x.
    ///   - firstBlock: the ninth lane for the first block: 32 bits of salt ‖ 32-bit block counter.
    ///   - blocks: how many blocks of 72 bytes to write.
    ///   - output: room for 72 × `blocks` bytes, any alignment.
    public static func keystream(
        key: [UInt64], input: [UInt64], firstBlock: UInt64, blocks: Int, into output: UnsafeMutableRawPointer
    ) {
        keystream(key: key, input: input, firstBlock: firstBlock, blocks: blocks, into: output, path: .best)
    }
}

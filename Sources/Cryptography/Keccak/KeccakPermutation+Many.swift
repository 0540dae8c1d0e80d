import CKeccak

// Unsafe code, fenced: vector code does whole vectors, the scalar code what is left over. The tests compare
// every path with a plain model of FIPS 202.

extension KeccakPermutation {
    /// The instruction set that many permutations at once use.
    package enum Path: CaseIterable, Sendable {
        case scalar, avx2, avx512

        package var isSupported: Bool { vector.map { ckeccak_supported($0) != 0 } ?? true }

        /// The widest one that this processor has.
        package static let best = allCases.last { $0.isSupported } ?? .scalar

        fileprivate var vector: ckeccak_path? {
            switch self {
            case .scalar: nil
            case .avx2: CKECCAK_AVX2
            case .avx512: CKECCAK_AVX512
            }
        }
    }

    package static func permuteMany(_ states: UnsafeMutablePointer<UInt64>, count: Int, path: Path) {
        precondition(count >= 0)
        let done = path.vector.map { ckeccak_permute($0, states, count) } ?? 0
        for index in done..<count { permute(states + laneCount * index) }
    }

    package static func keystream(
        key: [UInt64], input: [UInt64], firstBlock: UInt64, blocks: Int, into output: UnsafeMutableRawPointer, path: Path
    ) {
        precondition(key.count == 16 && input.count == 8)
        precondition(blocks >= 0 && UInt64(blocks) <= (1 << 32) - (firstBlock & 0xffff_ffff), "block counter exhausted")
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * laneCount) { room in
            guard let prefix = room.baseAddress else { return }
            let state = prefix + laneCount
            prefix.update(from: key, count: 16)
            (prefix + 16).update(from: input, count: 8)
            let done = path.vector.map { ckeccak_keystream($0, prefix, firstBlock, blocks, output) } ?? 0
            for index in done..<blocks {
                state.update(from: prefix, count: 24)
                state[24] = firstBlock + UInt64(index)
                permute(state)
                (output + keystreamBlockBytes * index).copyMemory(from: state, byteCount: keystreamBlockBytes)
            }
        }
    }
}

/// The keystream loop. Raw pointers, because it runs over every byte of vault data; tests compare it with a twin
/// written from the standard.
extension TKP {
    static func applyKeystream(key: TKPKey, input: TKPInput, to bytes: UnsafeMutableBufferPointer<UInt8>) {
        let blocks = (bytes.count + blockByteCount - 1) / blockByteCount
        precondition(UInt64(input.block) + UInt64(blocks) <= 1 << 32, "keystream longer than its block counter")
        var input = input
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 25) { state in
            guard let lanes = state.baseAddress else { return }
            for block in 0..<blocks {
                load(key, input, into: state)
                KeccakPermutation.permute(lanes)
                exclusiveOr(state, into: bytes, at: block * blockByteCount)
                input.block &+= 1
            }
            state.update(repeating: 0)
        }
    }

    private static func load(_ key: TKPKey, _ input: TKPInput, into state: UnsafeMutableBufferPointer<UInt64>) {
        let tail = input.lanes
        for lane in 0..<16 { state[lane] = key.lanes[lane] }
        for lane in 0..<9 { state[16 + lane] = tail[lane] }
    }

    private static func exclusiveOr(
        _ state: UnsafeMutableBufferPointer<UInt64>, into bytes: UnsafeMutableBufferPointer<UInt8>, at start: Int
    ) {
        for index in start..<min(start + blockByteCount, bytes.count) {
            let offset = index - start
            bytes[index] ^= UInt8(truncatingIfNeeded: state[offset / 8] >> UInt64(offset % 8 * 8))
        }
    }
}

// Unsafe code, fenced: all reads stay inside `bytes`, all writes inside the first `rate` bytes of the state.

extension Sponge {
    /// XORs the bytes into the state from byte `start` on, permuting whenever `rate` bytes are full.
    /// - Returns: the offset of the next byte.
    static func absorb(
        _ bytes: UnsafeRawBufferPointer, into lanes: UnsafeMutablePointer<UInt64>, at start: Int, rate: Int
    ) -> Int {
        guard var next = bytes.baseAddress else { return start }
        let end = next + bytes.count
        let state = UnsafeMutableRawPointer(lanes).assumingMemoryBound(to: UInt8.self)
        var offset = start
        while next < end {
            if offset.isMultiple(of: 8) {
                // Whole lanes, which is nearly all of the message.
                let count = min(rate - offset, end - next) / 8
                for lane in 0..<count { lanes[offset / 8 + lane] ^= next.loadUnaligned(fromByteOffset: 8 * lane, as: UInt64.self) }
                next += 8 * count
                offset += 8 * count
            }
            while next < end, offset < rate {
                state[offset] ^= next.load(as: UInt8.self)
                next += 1
                offset += 1
                if offset.isMultiple(of: 8), end - next >= 8 { break }
            }
            if offset == rate {
                KeccakPermutation.permute(lanes)
                offset = 0
            }
        }
        return offset
    }
}

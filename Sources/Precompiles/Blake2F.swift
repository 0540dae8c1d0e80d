/// `0x09`: the compression function F of BLAKE2b (EIP-152, RFC 7693): rounds (4) ‖ h (64) ‖ m (128) ‖ t (16) ‖ final (1).
enum Blake2F {
    static let inputBytes = 213

    /// One for each round; nil for an input of another length.
    static func gas(_ input: PrecompileInput) -> UInt64? {
        input.count == inputBytes ? UInt64(rounds(input)) : nil
    }

    private static func rounds(_ input: PrecompileInput) -> UInt32 {
        UInt32(bigEndian: input.bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
    }

    static func run(_ input: PrecompileInput) -> [UInt8]? {
        guard input.count == inputBytes, let last = input.bytes.last, last <= 1 else { return nil }
        let bytes = input.bytes
        let h = State(
            Row(lane(bytes, 0), lane(bytes, 1), lane(bytes, 2), lane(bytes, 3)),
            Row(lane(bytes, 4), lane(bytes, 5), lane(bytes, 6), lane(bytes, 7)))
        // The message's words in the order of ten rounds, so that a round reads 16 in a row.
        let result = withUnsafeTemporaryAllocation(of: UInt64.self, capacity: order.count) { schedule in
            for (index, word) in order.enumerated() { schedule[index] = lane(bytes, 8 + Int(word)) }
            return compress(h, schedule, (lane(bytes, 24), lane(bytes, 25)), isFinal: last == 1, rounds: rounds(input))
        }
        var output: [UInt8] = []
        output.reserveCapacity(64)
        for row in [result.low, result.high] {
            for word in [row.v0, row.v1, row.v2, row.v3] { output.append(littleEndian: word) }
        }
        return output
    }

    /// The word of that index after the count of rounds; `bytes` has `inputBytes`.
    @inline(__always) private static func lane(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 4 + 8 * index, as: UInt64.self))
    }

    private static let start: [UInt64] = [
        0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b, 0xa54f_f53a_5f1d_36f1,
        0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f, 0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
    ]

    /// The order in which each of ten rounds takes the message's words.
    private static let order: [UInt8] = [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ]

    private static func compress(
        _ h: State, _ schedule: UnsafeMutableBufferPointer<UInt64>, _ t: (UInt64, UInt64), isFinal: Bool, rounds: UInt32
    ) -> State {
        var (a, b) = (h.low, h.high)
        var c = Row(start[0], start[1], start[2], start[3])
        var d = Row(start[4] ^ t.0, start[5] ^ t.1, isFinal ? ~start[6] : start[6], start[7])
        guard let first = schedule.baseAddress else { return h }
        var words = UnsafePointer(first)
        for _ in 0..<rounds {
            round(&a, &b, &c, &d, words)
            words += 16
            if words == first + schedule.count { words = UnsafePointer(first) }
        }
        return State(h.low ^ a ^ c, h.high ^ b ^ d)
    }

    private struct State {
        let low, high: Row

        init(_ low: Row, _ high: Row) { (self.low, self.high) = (low, high) }
    }

    /// Four words of the state. Without vector instructions that rotate, single words are twice as fast.
    private struct Row {
        var v0, v1, v2, v3: UInt64

        init(_ v0: UInt64, _ v1: UInt64, _ v2: UInt64, _ v3: UInt64) { (self.v0, self.v1, self.v2, self.v3) = (v0, v1, v2, v3) }

        static func ^ (a: Row, b: Row) -> Row { Row(a.v0 ^ b.v0, a.v1 ^ b.v1, a.v2 ^ b.v2, a.v3 ^ b.v3) }
    }

    /// `m` points to 16 words.
    @inline(__always) private static func round(
        _ a: inout Row, _ b: inout Row, _ c: inout Row, _ d: inout Row, _ m: UnsafePointer<UInt64>
    ) {
        mix(&a.v0, &b.v0, &c.v0, &d.v0, m[0], m[1])
        mix(&a.v1, &b.v1, &c.v1, &d.v1, m[2], m[3])
        mix(&a.v2, &b.v2, &c.v2, &d.v2, m[4], m[5])
        mix(&a.v3, &b.v3, &c.v3, &d.v3, m[6], m[7])
        mix(&a.v0, &b.v1, &c.v2, &d.v3, m[8], m[9])
        mix(&a.v1, &b.v2, &c.v3, &d.v0, m[10], m[11])
        mix(&a.v2, &b.v3, &c.v0, &d.v1, m[12], m[13])
        mix(&a.v3, &b.v0, &c.v1, &d.v2, m[14], m[15])
    }

    /// The mixing function G (RFC 7693, section 3.1).
    @inline(__always) private static func mix(
        _ a: inout UInt64, _ b: inout UInt64, _ c: inout UInt64, _ d: inout UInt64, _ x: UInt64, _ y: UInt64
    ) {
        a = a &+ b &+ x
        d = turned(d ^ a, 32)
        c = c &+ d
        b = turned(b ^ c, 24)
        a = a &+ b &+ y
        d = turned(d ^ a, 16)
        c = c &+ d
        b = turned(b ^ c, 63)
    }

    @inline(__always) private static func turned(_ value: UInt64, _ count: UInt64) -> UInt64 { value &>> count | value &<< (64 - count) }
}

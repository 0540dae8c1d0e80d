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
        let lanes = (0..<26).map { UInt64(littleEndian: input.bytes.loadUnaligned(fromByteOffset: 4 + 8 * $0, as: UInt64.self)) }
        var h = Array(lanes[0..<8])
        compress(&h, lanes[8..<24].map(\.self), (lanes[24], lanes[25]), isFinal: last == 1, rounds: rounds(input))
        var output: [UInt8] = []
        output.reserveCapacity(64)
        for lane in h { output.append(littleEndian: lane) }
        return output
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

    /// `h` has 8 words and `m` 16.
    private static func compress(_ h: inout [UInt64], _ m: [UInt64], _ t: (UInt64, UInt64), isFinal: Bool, rounds: UInt32) {
        typealias Row = SIMD4<UInt64>
        var a = Row(h[0], h[1], h[2], h[3])
        var b = Row(h[4], h[5], h[6], h[7])
        var c = Row(start[0], start[1], start[2], start[3])
        var d = Row(start[4] ^ t.0, start[5] ^ t.1, isFinal ? ~start[6] : start[6], start[7])
        // The words in the order of ten rounds, so that a round reads four rows.
        var rows: [Row] = []
        for round in 0..<10 {
            let s = order[(16 * round)..<(16 * round + 16)].map { m[Int($0)] }
            rows.append(Row(s[0], s[2], s[4], s[6]))
            rows.append(Row(s[1], s[3], s[5], s[7]))
            rows.append(Row(s[8], s[10], s[12], s[14]))
            rows.append(Row(s[9], s[11], s[13], s[15]))
        }
        var index = 0
        for _ in 0..<rounds {
            mix(&a, &b, &c, &d, rows[index], rows[index + 1])
            (b, c, d) = (rotated1(b), rotated2(c), rotated3(d))
            mix(&a, &b, &c, &d, rows[index + 2], rows[index + 3])
            (b, c, d) = (rotated3(b), rotated2(c), rotated1(d))
            index = index == 36 ? 0 : index + 4
        }
        for i in 0..<4 {
            h[i] ^= a[i] ^ c[i]
            h[i + 4] ^= b[i] ^ d[i]
        }
    }

    /// The mixing function G (RFC 7693, section 3.1) on four columns at once.
    @inline(__always) private static func mix(
        _ a: inout SIMD4<UInt64>, _ b: inout SIMD4<UInt64>, _ c: inout SIMD4<UInt64>, _ d: inout SIMD4<UInt64>,
        _ x: SIMD4<UInt64>, _ y: SIMD4<UInt64>
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

    @inline(__always) private static func turned(_ value: SIMD4<UInt64>, _ count: UInt64) -> SIMD4<UInt64> {
        (value &>> SIMD4(repeating: count)) | (value &<< SIMD4(repeating: 64 - count))
    }

    @inline(__always) private static func rotated1(_ v: SIMD4<UInt64>) -> SIMD4<UInt64> { SIMD4(v[1], v[2], v[3], v[0]) }
    @inline(__always) private static func rotated2(_ v: SIMD4<UInt64>) -> SIMD4<UInt64> { SIMD4(v[2], v[3], v[0], v[1]) }
    @inline(__always) private static func rotated3(_ v: SIMD4<UInt64>) -> SIMD4<UInt64> { SIMD4(v[3], v[0], v[1], v[2]) }
}

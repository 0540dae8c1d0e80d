enum KeccakPermutation {
    private static let rotations: [UInt64] = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44]
    private static let lanes = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1]
    private static let constants: [UInt64] = [
        0x1, 0x8082, 0x8000_0000_0000_808a, 0x8000_0000_8000_8000, 0x808b, 0x8000_0001, 0x8000_0000_8000_8081,
        0x8000_0000_0000_8009, 0x8a, 0x88, 0x8000_8009, 0x8000_000a, 0x8000_808b, 0x8000_0000_0000_008b,
        0x8000_0000_0000_8089, 0x8000_0000_0000_8003, 0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x800a,
        0x8000_0000_8000_000a, 0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x8000_0001, 0x8000_0000_8000_8008,
    ]
    static func permute(_ a: UnsafeMutablePointer<UInt64>) {
        var column = [UInt64](repeating: 0, count: 5)
        for constant in constants {
            for x in 0..<5 { column[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] }
            for x in 0..<5 {
                let mixed = column[(x + 4) % 5] ^ (column[(x + 1) % 5] << 1 | column[(x + 1) % 5] >> 63)
                for y in stride(from: 0, to: 25, by: 5) { a[x + y] ^= mixed }
            }
            var moving = a[1]
            for step in 0..<24 {
                let lane = lanes[step]
                (a[lane], moving) = (moving << rotations[step] | moving >> (64 - rotations[step]), a[lane])
            }
            for y in stride(from: 0, to: 25, by: 5) {
                for x in 0..<5 { column[x] = a[y + x] }
                for x in 0..<5 { a[y + x] = column[x] ^ (~column[(x + 1) % 5] & column[(x + 2) % 5]) }
            }
            a[0] ^= constant
        }
    }
}

// Unsafe code, fenced: the caller's pointer leads to 25 lanes. The tests compare every path with a
// plain model of FIPS 202.

extension KeccakPermutation {
    /// Keccak-f[1600] (FIPS 202, section 3.3) on one state, in place.
    /// - Parameter state: 25 lanes, lane x + 5y being FIPS 202's A[x, y], bytes of a lane little-endian.
    public static func permute(_ state: UnsafeMutablePointer<UInt64>) {
        // Locals, not an array: the compiler keeps them in registers, which makes this ten times faster.
        var (a0, a1, a2, a3, a4) = (state[0], state[1], state[2], state[3], state[4])
        var (a5, a6, a7, a8, a9) = (state[5], state[6], state[7], state[8], state[9])
        var (a10, a11, a12, a13, a14) = (state[10], state[11], state[12], state[13], state[14])
        var (a15, a16, a17, a18, a19) = (state[15], state[16], state[17], state[18], state[19])
        var (a20, a21, a22, a23, a24) = (state[20], state[21], state[22], state[23], state[24])
        for constant in roundConstants {
            // Theta: the parities of the columns, and what each column is changed by.
            let c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20
            let c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21
            let c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22
            let c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23
            let c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
            let d0 = c4 ^ rotated(c1, 1)
            let d1 = c0 ^ rotated(c2, 1)
            let d2 = c1 ^ rotated(c3, 1)
            let d3 = c2 ^ rotated(c4, 1)
            let d4 = c3 ^ rotated(c0, 1)
            // Rho and pi: turn every lane and move it to its place.
            let (b0, b1, b2, b3, b4) = (
                a0 ^ d0, rotated(a6 ^ d1, 44), rotated(a12 ^ d2, 43), rotated(a18 ^ d3, 21), rotated(a24 ^ d4, 14)
            )
            let (b5, b6, b7, b8, b9) = (
                rotated(a3 ^ d3, 28), rotated(a9 ^ d4, 20), rotated(a10 ^ d0, 3), rotated(a16 ^ d1, 45), rotated(a22 ^ d2, 61)
            )
            let (b10, b11, b12, b13, b14) = (
                rotated(a1 ^ d1, 1), rotated(a7 ^ d2, 6), rotated(a13 ^ d3, 25), rotated(a19 ^ d4, 8), rotated(a20 ^ d0, 18)
            )
            let (b15, b16, b17, b18, b19) = (
                rotated(a4 ^ d4, 27), rotated(a5 ^ d0, 36), rotated(a11 ^ d1, 10), rotated(a17 ^ d2, 15), rotated(a23 ^ d3, 56)
            )
            let (b20, b21, b22, b23, b24) = (
                rotated(a2 ^ d2, 62), rotated(a8 ^ d3, 55), rotated(a14 ^ d4, 39), rotated(a15 ^ d0, 41), rotated(a21 ^ d1, 2)
            )
            // Chi, and iota's constant in the first lane.
            a0 = b0 ^ (~b1 & b2) ^ constant
            a1 = b1 ^ (~b2 & b3)
            a2 = b2 ^ (~b3 & b4)
            a3 = b3 ^ (~b4 & b0)
            a4 = b4 ^ (~b0 & b1)
            a5 = b5 ^ (~b6 & b7)
            a6 = b6 ^ (~b7 & b8)
            a7 = b7 ^ (~b8 & b9)
            a8 = b8 ^ (~b9 & b5)
            a9 = b9 ^ (~b5 & b6)
            a10 = b10 ^ (~b11 & b12)
            a11 = b11 ^ (~b12 & b13)
            a12 = b12 ^ (~b13 & b14)
            a13 = b13 ^ (~b14 & b10)
            a14 = b14 ^ (~b10 & b11)
            a15 = b15 ^ (~b16 & b17)
            a16 = b16 ^ (~b17 & b18)
            a17 = b17 ^ (~b18 & b19)
            a18 = b18 ^ (~b19 & b15)
            a19 = b19 ^ (~b15 & b16)
            a20 = b20 ^ (~b21 & b22)
            a21 = b21 ^ (~b22 & b23)
            a22 = b22 ^ (~b23 & b24)
            a23 = b23 ^ (~b24 & b20)
            a24 = b24 ^ (~b20 & b21)
        }
        (state[0], state[1], state[2], state[3], state[4]) = (a0, a1, a2, a3, a4)
        (state[5], state[6], state[7], state[8], state[9]) = (a5, a6, a7, a8, a9)
        (state[10], state[11], state[12], state[13], state[14]) = (a10, a11, a12, a13, a14)
        (state[15], state[16], state[17], state[18], state[19]) = (a15, a16, a17, a18, a19)
        (state[20], state[21], state[22], state[23], state[24]) = (a20, a21, a22, a23, a24)
    }
}

@inline(__always) private func rotated(_ lane: UInt64, _ bits: UInt64) -> UInt64 {
    lane &<< bits | lane &>> (64 &- bits)
}

private let roundConstants: [UInt64] = [
    0x1, 0x8082, 0x8000_0000_0000_808a, 0x8000_0000_8000_8000, 0x808b, 0x8000_0001, 0x8000_0000_8000_8081,
    0x8000_0000_0000_8009, 0x8a, 0x88, 0x8000_8009, 0x8000_000a, 0x8000_808b, 0x8000_0000_0000_008b,
    0x8000_0000_0000_8089, 0x8000_0000_0000_8003, 0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x800a,
    0x8000_0000_8000_000a, 0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x8000_0001, 0x8000_0000_8000_8008,
]

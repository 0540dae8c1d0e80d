/// Keccak-f[1600] as FIPS 202, section 3.2 writes it, constants computed from their definitions: slow, obvious, and
/// sharing nothing with the code it checks.
enum PlainKeccak {
    static func permute(_ state: [UInt64]) -> [UInt64] {
        (0..<24).reduce(state) { round($0, index: $1) }
    }

    private static func round(_ a: [UInt64], index: Int) -> [UInt64] {
        let parity = (0..<5).map { x in (0..<5).reduce(0) { $0 ^ a[x + 5 * $1] } }
        let theta = (0..<25).map { a[$0] ^ parity[($0 + 4) % 5] ^ turned(parity[($0 + 1) % 5], 1) }
        var moved = [UInt64](repeating: 0, count: 25)
        for x in 0..<5 {
            for y in 0..<5 { moved[y + 5 * ((2 * x + 3 * y) % 5)] = turned(theta[x + 5 * y], offsets[x + 5 * y]) }
        }
        var result = (0..<25).map { lane in
            let (x, row) = (lane % 5, lane / 5 * 5)
            return moved[lane] ^ (~moved[row + (x + 1) % 5] & moved[row + (x + 2) % 5])
        }
        for j in 0...6 where bit(j + 7 * index) { result[0] ^= 1 << UInt64((1 << j) - 1) }
        return result
    }

    private static func turned(_ lane: UInt64, _ bits: Int) -> UInt64 { bits == 0 ? lane : lane << bits | lane >> (64 - bits) }

    /// Algorithm 2: the offsets of rho.
    private static let offsets: [Int] = {
        var offsets = [Int](repeating: 0, count: 25)
        var (x, y) = (1, 0)
        for t in 0..<24 {
            offsets[x + 5 * y] = (t + 1) * (t + 2) / 2 % 64
            (x, y) = (y, (2 * x + 3 * y) % 5)
        }
        return offsets
    }()

    /// Algorithm 5: bit t of the linear feedback shift register.
    private static func bit(_ t: Int) -> Bool {
        var register: UInt16 = 1
        for _ in 0..<(t % 255) {
            register <<= 1
            if register & 0x100 != 0 { register ^= 0x171 }
        }
        return register & 1 == 1
    }
}

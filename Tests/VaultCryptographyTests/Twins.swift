/// Slow second implementations, written from the definitions and sharing no code with the library.
enum Twin {
    /// Keccak-f[1600] on bits: FIPS 202, sections 3.2 and 3.3, indices as there.
    static func permutation(_ state: [UInt8]) -> [UInt8] {
        func at(_ x: Int, _ y: Int, _ z: Int) -> Int { 64 * (5 * y + x) + z }
        var a = (0..<1600).map { state[$0 / 8] >> UInt8($0 % 8) & 1 == 1 }
        for round in 0..<24 {
            var b = a
            for x in 0..<5 {
                for z in 0..<64 {
                    let parity = (0..<5).reduce(false) {
                        $0 != (a[at((x + 4) % 5, $1, z)] != a[at((x + 1) % 5, $1, (z + 63) % 64)])
                    }
                    for y in 0..<5 { b[at(x, y, z)] = a[at(x, y, z)] != parity }
                }
            }
            var c = b
            var (x, y) = (1, 0)
            for t in 0..<24 {
                let offset = (t + 1) * (t + 2) / 2
                for z in 0..<64 { c[at(x, y, z)] = b[at(x, y, (z - offset % 64 + 64) % 64)] }
                (x, y) = (y, (2 * x + 3 * y) % 5)
            }
            for x in 0..<5 {
                for y in 0..<5 { for z in 0..<64 { b[at(x, y, z)] = c[at((x + 3 * y) % 5, x, z)] } }
            }
            for x in 0..<5 {
                for y in 0..<5 {
                    for z in 0..<64 { a[at(x, y, z)] = b[at(x, y, z)] != (!b[at((x + 1) % 5, y, z)] && b[at((x + 2) % 5, y, z)]) }
                }
            }
            for j in 0...6 where roundBit(j + 7 * round) { a[at(0, 0, (1 << j) - 1)].toggle() }
        }
        return (0..<200).map { byte in (0..<8).reduce(0) { $0 | (a[8 * byte + $1] ? 1 << UInt8($1) : 0) } }
    }

    private static func roundBit(_ t: Int) -> Bool {
        var r = 1
        for _ in 0..<(t % 255) {
            r <<= 1
            if r & 256 != 0 { r ^= 0x171 }
        }
        return r & 1 == 1
    }

    /// The product in GF(2^8) by schoolbook multiplication and long division by x^8 + x^4 + x^3 + x + 1.
    static func product(_ a: UInt8, _ b: UInt8) -> UInt8 {
        var product = 0
        for i in 0..<8 where a >> UInt8(i) & 1 == 1 { product ^= Int(b) << i }
        for i in stride(from: 14, through: 8, by: -1) where product >> i & 1 == 1 { product ^= 0x11b << (i - 8) }
        return UInt8(product)
    }

    /// The polynomial's value, term by term.
    static func value(_ coefficients: [UInt8], at x: UInt8) -> UInt8 {
        var (sum, power) = (0 as UInt8, 1 as UInt8)
        for coefficient in coefficients {
            sum ^= product(coefficient, power)
            power = product(power, x)
        }
        return sum
    }

    /// The Toeplitz product, bit by bit.
    static func toeplitz(block: [UInt8], seed: [UInt8], outputBits: Int) -> [UInt8] {
        func bit(_ bytes: [UInt8], _ index: Int) -> UInt8 { bytes[index / 8] >> UInt8(index % 8) & 1 }
        let n = 8 * block.count
        var output = [UInt8](repeating: 0, count: (outputBits + 7) / 8)
        for i in 0..<outputBits {
            for j in 0..<n { output[i / 8] ^= (bit(block, j) & bit(seed, i - j + n - 1)) << UInt8(i % 8) }
        }
        return output
    }
}

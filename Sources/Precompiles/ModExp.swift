import CGMP
import Primitives

/// `0x05`: base ^ exponent mod modulus for numbers of any length (EIP-198, EIP-2565, EIP-7823, EIP-7883).
struct ModExp {
    let input: PrecompileInput
    let baseLength, exponentLength, modulusLength: UInt256

    /// No more memory than this is asked for, whatever the gas: base and modulus that are longer cost more than
    /// 10^11 gas under every rule.
    static let longestNumber = 1 << 24
    /// A longer exponent costs more than 5 · 10^7 gas (EIP-198) or 3 · 10^8 gas (EIP-2565).
    static let longestExponent = 1 << 27

    init(_ input: PrecompileInput) {
        self.input = input
        baseLength = input.number(0)
        exponentLength = input.number(32)
        modulusLength = input.number(64)
    }

    /// nil: the input is refused.
    func run() -> [UInt8]? {
        if modulusLength.isZero { return [] }
        guard let base = Self.bounded(baseLength, Self.longestNumber), let modulus = Self.bounded(modulusLength, Self.longestNumber),
            let exponent = Self.bounded(exponentLength, Self.longestExponent)
        else { return nil }
        return power(base, exponent, modulus)
    }

    private static func bounded(_ length: UInt256, _ longest: Int) -> Int? {
        guard let value = length.asUInt64, value <= UInt64(longest) else { return nil }
        return Int(value)
    }

    private func power(_ base: Int, _ exponent: Int, _ modulus: Int) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: modulus)
        var b = number(96, base)
        var e = number(96 + base, exponent)
        var m = number(96 + base + exponent, modulus)
        var result = __mpz_struct()
        __gmpz_init(&result)
        defer {
            __gmpz_clear(&b)
            __gmpz_clear(&e)
            __gmpz_clear(&m)
            __gmpz_clear(&result)
        }
        // A modulus of zero gives zero (EIP-198); GMP would divide by it.
        guard m._mp_size != 0 else { return output }
        __gmpz_powm(&result, &b, &e, &m)
        let size = (__gmpz_sizeinbase(&result, 2) + 7) / 8
        guard result._mp_size != 0, size <= modulus else { return output }
        output.withUnsafeMutableBytes { bytes in
            _ = __gmpz_export(bytes.baseAddress.map { $0 + (modulus - size) }, nil, 1, 1, 0, 0, &result)
        }
        return output
    }

    /// The big-endian number in `length` bytes from `offset` on, zeros beyond the input. The caller clears it.
    private func number(_ offset: Int, _ length: Int) -> __mpz_struct {
        let bytes = input.present(offset, length)
        var value = __mpz_struct()
        __gmpz_init(&value)
        __gmpz_import(&value, bytes.count, 1, 1, 0, 0, bytes)
        let missingBits = UInt(8 * (length - bytes.count))
        if missingBits > 0 { withUnsafeMutablePointer(to: &value) { __gmpz_mul_2exp($0, $0, missingBits) } }
        return value
    }
}

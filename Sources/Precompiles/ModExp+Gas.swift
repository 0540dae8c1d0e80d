import Primitives

extension ModExp {
    /// The price; nil where no gas is enough, or where EIP-7823 forbids the lengths.
    func gas(_ fork: Fork) -> UInt64? {
        if fork >= .osaka {
            let bound = UInt256(1024)
            guard baseLength <= bound, exponentLength <= bound, modulusLength <= bound else { return nil }
        }
        let length = max(Self.clamped(baseLength), Self.clamped(modulusLength))
        let (product, overflow) = Self.complexity(length, fork).multipliedReportingOverflow(by: iterations(fork))
        guard !overflow else { return nil }
        return UInt64(exactly: max(product / Self.divisor(fork), Self.minimum(fork)))
    }

    private static func divisor(_ fork: Fork) -> UInt128 { fork >= .osaka ? 1 : fork >= .berlin ? 3 : 20 }
    private static func minimum(_ fork: Fork) -> UInt128 { fork >= .osaka ? 500 : fork >= .berlin ? 200 : 0 }

    /// Longer numbers cost more than any gas in each formula, so they need not be told apart.
    private static func clamped(_ length: UInt256) -> UInt128 {
        guard let value = length.asUInt64, value < 1 << 40 else { return 1 << 40 }
        return UInt128(value)
    }

    private static func complexity(_ length: UInt128, _ fork: Fork) -> UInt128 {
        let words = (length + 7) / 8
        if fork >= .osaka { return length <= 32 ? 16 : 2 * words * words }
        if fork >= .berlin { return words * words }
        if length <= 64 { return length * length }
        if length <= 1024 { return length * length / 4 + 96 * length - 3072 }
        return length * length / 16 + 480 * length - 199_680
    }

    /// How often the exponent makes the algorithm square: its bits but the first, estimated above 32 bytes.
    private func iterations(_ fork: Fork) -> UInt128 {
        let headLength = exponentLength.asUInt64.map { Int(min($0, 32)) } ?? 32
        let head = baseLength.asUInt64.flatMap { Int(exactly: $0) }.flatMap { base -> UInt256? in
            let (offset, overflow) = base.addingReportingOverflow(96)
            return overflow ? nil : UInt256(bigEndian: input.padded(offset, headLength))
        }
        let bits = 256 - (head ?? .zero).leadingZeroBitCount
        var count = UInt128(max(bits - 1, 0))
        if UInt256(32) < exponentLength {
            // A clamped length costs more than any gas unless the complexity is zero.
            let length = exponentLength.asUInt64.map { UInt128($0) } ?? 1 << 72
            count += (fork >= .osaka ? 16 : 8) * (length - 32)
        }
        return max(count, 1)
    }
}

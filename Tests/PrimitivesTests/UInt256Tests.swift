import Primitives
import TestKit
import Testing

/// Natural numbers as little-endian 16-bit digits, as plainly as school teaches them.
private struct Schoolbook {
    var digits: [UInt32]

    init(_ value: UInt256) {
        digits = [value.limb0, value.limb1, value.limb2, value.limb3].flatMap { limb in
            (0..<4).map { UInt32(truncatingIfNeeded: limb >> UInt64(16 * $0)) & 0xffff }
        }
    }

    private init(digits: [UInt32]) { self.digits = digits }

    static func + (a: Schoolbook, b: Schoolbook) -> Schoolbook {
        var (sum, carry) = ([UInt32](), 0 as UInt32)
        for index in 0..<max(a.digits.count, b.digits.count) {
            carry += (index < a.digits.count ? a.digits[index] : 0) + (index < b.digits.count ? b.digits[index] : 0)
            sum.append(carry & 0xffff)
            carry >>= 16
        }
        return Schoolbook(digits: sum + [carry])
    }

    static func * (a: Schoolbook, b: Schoolbook) -> Schoolbook {
        var product = [UInt64](repeating: 0, count: a.digits.count + b.digits.count)
        for (i, x) in a.digits.enumerated() {
            var carry: UInt64 = 0
            for (j, y) in b.digits.enumerated() {
                carry += product[i + j] + UInt64(x) * UInt64(y)
                product[i + j] = carry & 0xffff
                carry >>= 16
            }
            product[i + b.digits.count] += carry
        }
        return Schoolbook(digits: product.map { UInt32($0) })
    }

    /// The lowest 256 bits, and whether there are more.
    var folded: (value: UInt256, overflow: Bool) {
        var bytes: [UInt8] = []
        for digit in digits.prefix(16).reversed() { bytes.append(bigEndian: UInt16(digit)) }
        return (UInt256(bigEndian: bytes) ?? .zero, digits.dropFirst(16).contains { $0 != 0 })
    }
}

struct UInt256Tests {
    /// Numbers that like the edges of limbs.
    private static func number(_ random: inout SeededGenerator) -> UInt256 {
        func limb() -> UInt64 {
            [0, 0, 1, .max, .max - 1, 1 << 63, 1 << 32, random.next(), random.next()].randomElement(using: &random) ?? 0
        }
        let value = UInt256(limbs: limb(), limb(), limb(), limb())
        return Bool.random(using: &random) ? value : value >> Int.random(in: 0...256, using: &random)
    }

    private func forPairs(_ body: (UInt256, UInt256, inout SeededGenerator) throws -> Void) rethrows {
        var random = SeededGenerator(seed: 256)
        for _ in 0..<20_000 { try body(Self.number(&random), Self.number(&random), &random) }
    }

    @Test func additionEqualsSchoolbook() throws {
        try forPairs { a, b, _ in
            let (expected, overflow) = (Schoolbook(a) + Schoolbook(b)).folded
            try #require(a.addingReportingOverflow(b) == (expected, overflow), "\(a) + \(b)")
            try #require(a.checkedAdd(b) == (overflow ? nil : expected))
        }
    }

    @Test func subtractionUndoesAddition() throws {
        try forPairs { a, b, _ in
            let difference = a.subtractingReportingOverflow(b)
            try #require(difference.overflow == (a < b), "\(a) - \(b)")
            try #require(difference.partialValue.addingReportingOverflow(b).partialValue == a)
            try #require(a.checkedSubtract(b) == (a < b ? nil : difference.partialValue))
        }
    }

    @Test func multiplicationEqualsSchoolbook() throws {
        try forPairs { a, b, _ in
            let (expected, overflow) = (Schoolbook(a) * Schoolbook(b)).folded
            try #require(a.multipliedReportingOverflow(by: b) == (expected, overflow), "\(a) * \(b)")
            try #require(a.checkedMultiply(b) == (overflow ? nil : expected))
        }
    }

    @Test func divisionLeavesASmallerRemainder() throws {
        try forPairs { a, b, _ in
            guard !b.isZero else { return }
            let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
            try #require(remainder < b, "\(a) / \(b)")
            try #require((Schoolbook(quotient) * Schoolbook(b) + Schoolbook(remainder)).folded == (a, false), "\(a) / \(b)")
        }
    }

    @Test func shiftsAreProductsAndQuotientsOfPowersOfTwo() throws {
        try forPairs { a, _, random in
            let count = Int.random(in: 0...255, using: &random)
            let power = UInt256.one << count
            try #require(a << count == a.multipliedReportingOverflow(by: power).partialValue, "\(a) << \(count)")
            try #require(a >> count == a / power, "\(a) >> \(count)")
            try #require(a << 256 == .zero && a >> 256 == .zero && a << 1000 == .zero)
            try #require(power.leadingZeroBitCount == 255 - count)
        }
        #expect(UInt256.zero.leadingZeroBitCount == 256)
    }

    @Test func bitsAndOrderFollowTheBytes() throws {
        try forPairs { a, b, _ in
            let (x, y) = (Hash(a).bytes, Hash(b).bytes)
            try #require(Hash(a & b).bytes == zip(x, y).map { $0 & $1 })
            try #require(Hash(a | b).bytes == zip(x, y).map { $0 | $1 })
            try #require(Hash(a ^ b).bytes == zip(x, y).map { $0 ^ $1 })
            try #require((a < b) == x.lexicographicallyPrecedes(y))
        }
    }

    @Test func everyTextAndByteFormReadsBack() throws {
        try forPairs { a, _, _ in
            try #require(UInt256(decimal: a.description) == a)
            try #require(Hex.decodeQuantity(a.quantity) == a)
            try #require(UInt256(bigEndian: a.minimalBytes) == a)
            try #require(a.minimalBytes.first != 0)
            try #require(Hash(a).number == a)
            try #require(try UInt256(rlp: a.rlp) == a)
            try #require(a.asUInt64 == (a.minimalBytes.count <= 8 ? a.limb0 : nil))
        }
    }

    @Test func knownDecimals() {
        #expect(UInt256.max.description == "115792089237316195423570985008687907853269984665640564039457584007913129639935")
        #expect(UInt256(decimal: "115792089237316195423570985008687907853269984665640564039457584007913129639936") == nil)
        #expect(UInt256(limbs: 0, 1, 0, 0).description == "18446744073709551616")
        #expect(UInt256(10_000_000_000_000_000_000).description == "10000000000000000000")
        #expect(UInt256.zero.description == "0")
        #expect(UInt256.zero.quantity == "0x0")
        for text in ["", "-1", "+1", "1_0", " 1", "0x1", "1.0", "١"] { #expect(UInt256(decimal: text) == nil, "\(text)") }
        #expect(UInt256(bigEndian: [UInt8](repeating: 0, count: 33)) == nil)
    }

    @Test(arguments: ["0x00", "00", "8100", "a1" + String(repeating: "01", count: 33), "820001", "c0", ""])
    func nonCanonicalNumbersAreRefused(hex: String) throws {
        let bytes = try #require(Hex.decode(hex))
        #expect(throws: RLPError.self) { try UInt256(rlp: bytes) }
    }
}

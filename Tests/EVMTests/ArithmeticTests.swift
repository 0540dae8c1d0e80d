import Primitives
import TestKit
import Testing

/// The words' arithmetic against slow definitions of the same things.
struct ArithmeticTests {
    private static func number(_ random: inout SeededGenerator) -> UInt256 {
        func limb() -> UInt64 { [0, 1, .max, .max - 1, 1 << 63, random.next(), random.next()].randomElement(using: &random) ?? 0 }
        return UInt256(limbs: limb(), limb(), limb(), limb()) >> Int.random(in: 0...255, using: &random)
    }

    /// (a · b) mod m by doubling and adding, never above 2^256.
    private static func slowProduct(_ a: UInt256, _ b: UInt256, modulo m: UInt256) -> UInt256 {
        func sum(_ x: UInt256, _ y: UInt256) -> UInt256 { x >= m - y ? x - (m - y) : x + y }
        var (result, addend) = (UInt256.zero, a % m)
        for bit in 0..<256 {
            if (b >> bit).limb0 & 1 == 1 { result = sum(result, addend) }
            addend = sum(addend, addend)
        }
        return result
    }

    @Test func wideProductsAndSumsAreReducedExactly() throws {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<2_000 {
            let (a, b, m) = (Self.number(&random), Self.number(&random), Self.number(&random))
            guard m > 1 else { continue }
            try #require(a.multiplied(by: b, modulo: m) == Self.slowProduct(a, b, modulo: m), "\(a) · \(b) mod \(m)")
            let sum = (a % m).checkedAdd(b % m).map { $0 % m }
            if let sum { try #require(a.adding(b, modulo: m) == sum, "\(a) + \(b) mod \(m)") }
        }
        #expect(UInt256.max.multiplied(by: .max, modulo: .zero) == .zero)
        #expect(UInt256.max.adding(.max, modulo: .zero) == .zero)
        #expect(UInt256.max.adding(.max, modulo: 7) == (UInt256.max % 7).multiplied(by: 2, modulo: 7))
    }

    @Test func signedDivisionFollowsTheYellowPaper() {
        let minimum = UInt256.one << 255
        #expect(minimum.signedDivided(by: .max) == minimum)
        #expect(UInt256(7).negated.signedDivided(by: 2) == UInt256(3).negated)
        #expect(UInt256(7).negated.signedRemainder(by: 2) == UInt256.one.negated)
        #expect(UInt256(7).signedRemainder(by: UInt256(2).negated) == .one)
        #expect(UInt256(7).signedDivided(by: .zero) == .zero)
    }

    @Test func shiftsByWordsEndAtTheWord() {
        let negative = UInt256(5).negated
        #expect(negative.shiftedRightSigned(by: 1) == UInt256(3).negated)
        #expect(negative.shiftedRightSigned(by: 256) == .max)
        #expect(negative.shiftedRightSigned(by: .max) == .max)
        #expect(UInt256(5).shiftedRightSigned(by: 300) == .zero)
        #expect(UInt256.one.shiftedLeft(by: UInt256(limbs: 0, 1, 0, 0)) == .zero)
        #expect(UInt256.max.shiftedRight(by: 255) == .one)
    }

    @Test func bytesAndSignsAreFoundFromTheRightEnd() {
        #expect(UInt256(0x1234).byte(at: 31) == 0x34)
        #expect(UInt256(0x1234).byte(at: 30) == 0x12)
        #expect(UInt256(0x1234).byte(at: 32) == .zero)
        #expect(UInt256(0x80).signExtended(fromByte: 0) == UInt256(0x80).negated)
        #expect(UInt256(0x7f).signExtended(fromByte: 0) == 0x7f)
        #expect(UInt256(0x80).signExtended(fromByte: 31) == 0x80)
        #expect(UInt256(3).raised(to: 5) == 243)
        #expect(UInt256(2).raised(to: 256) == .zero)
        #expect(UInt256.zero.raised(to: .zero) == .one)
    }
}

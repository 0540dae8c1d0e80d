import Precompiles
import Primitives
import TestKit
import Testing

@Suite struct BN254Tests {
    static let order = UInt256(bigEndian: Hex.decode("30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001") ?? []) ?? .zero
    static let modulus = UInt256(bigEndian: Hex.decode("30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47") ?? []) ?? .zero
    static let generator = word(1) + word(2)
    static let infinity = [UInt8](repeating: 0, count: 64)

    func times(_ scalar: UInt256, _ point: [UInt8]) throws -> [UInt8] { try #require(output(0x07, point + word(scalar))) }
    func sum(_ a: [UInt8], _ b: [UInt8]) throws -> [UInt8] { try #require(output(0x06, a + b)) }
    func isOne(_ pairs: [UInt8]...) -> Bool? { output(0x08, pairs.flatMap(\.self)).map { $0 == word(1) } }

    func negated(_ point: [UInt8]) throws -> [UInt8] {
        let y = try #require(UInt256(bigEndian: point[32...]))
        return y.isZero ? point : point[..<32] + word(Self.modulus - y)
    }

    func number(_ generator: inout SeededGenerator) throws -> UInt256 { try #require(UInt256(bigEndian: generator.bytes(32))) }

    @Test func multiplesMatchAnotherImplementation() throws {
        for (scalar, point) in BN254Points.curve {
            #expect(try output(0x07, Self.generator + bytes(scalar)) == bytes(point))
        }
    }

    @Test func additionIsAGroup() throws {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<50 {
            let (j, k, l) = (try number(&random), try number(&random), try number(&random))
            let (a, b, c) = (try times(j, Self.generator), try times(k, Self.generator), try times(l, Self.generator))
            #expect(try sum(a, b) == sum(b, a))
            #expect(try sum(sum(a, b), c) == sum(a, sum(b, c)))
            #expect(try sum(a, Self.infinity) == a)
            #expect(try sum(Self.infinity, a) == a)
            #expect(try sum(a, negated(a)) == Self.infinity)
            #expect(try sum(a, a) == times(2, a))
            let (reducedJ, reducedK) = (j % Self.order, k % Self.order)
            #expect(try sum(a, b) == times(reducedJ + reducedK, Self.generator))
            #expect(try times(k, a) == times(j, b))
        }
    }

    @Test func edgesOfTheScalar() throws {
        #expect(try times(0, Self.generator) == Self.infinity)
        #expect(try times(Self.order, Self.generator) == Self.infinity)
        #expect(try times(Self.order + 1, Self.generator) == Self.generator)
        #expect(try times(.max, Self.generator) == times(.max % Self.order, Self.generator))
        #expect(try times(.max, Self.infinity) == Self.infinity)
    }

    @Test func shortInputsEndInZeros() throws {
        #expect(output(0x06, []) == Self.infinity)
        #expect(output(0x07, []) == Self.infinity)
        #expect(output(0x08, []) == word(1))
        #expect(output(0x06, Self.generator) == Self.generator)
        #expect(try output(0x07, Self.generator + [0x80]) == times(UInt256(1) << 255, Self.generator))
    }

    @Test func coordinatesMustBeReducedAndOnTheCurve() throws {
        #expect(output(0x06, word(Self.modulus + 1) + word(2)) == nil)
        #expect(output(0x06, word(1) + word(Self.modulus + 2)) == nil)
        #expect(output(0x06, word(Self.modulus) + word(0)) == nil)
        #expect(output(0x06, word(1) + word(3)) == nil)
        #expect(output(0x07, word(0) + word(1) + word(0)) == nil)
        let q = try bytes(BN254Points.generator)
        #expect(isOne(word(1) + word(3) + q) == nil)
        #expect(isOne(Self.infinity + word(1) + q[32...]) == nil)
        #expect(isOne(Self.generator + word(Self.modulus) + q[32...]) == nil)
        #expect(output(0x08, Self.generator + q + [0]) == nil)
    }

    @Test func thePairingIsBilinear() throws {
        var random = SeededGenerator(seed: 8)
        let q = try bytes(BN254Points.generator)
        for (scalar, multiple) in BN254Points.twist {
            let k = try #require(UInt256(bigEndian: try bytes(scalar)))
            let a = try number(&random)
            let p = try times(a, Self.generator)
            // e(-kP, Q) e(P, kQ) = 1, and nothing near it is.
            #expect(try isOne(negated(times(k, p)) + q, p + bytes(multiple)) == true)
            #expect(try isOne(times(k, p) + q, p + bytes(multiple)) == false)
            #expect(try isOne(negated(times(k - 1, p)) + q, p + bytes(multiple)) == false)
            // e(P, Q) e(R, Q) = e(P + R, Q).
            let r = try times(number(&random), Self.generator)
            #expect(try isOne(p + q, r + q, negated(sum(p, r)) + q) == true)
            // e(P, kQ) e(-P, kQ) = 1.
            #expect(try isOne(p + bytes(multiple), negated(p) + bytes(multiple)) == true)
        }
        #expect(isOne(Self.generator + q) == false)
    }

    @Test func pairsWithInfinityCountAsOne() throws {
        let q = try bytes(BN254Points.generator)
        let noTwist = [UInt8](repeating: 0, count: 128)
        #expect(isOne(Self.infinity + q) == true)
        #expect(isOne(Self.generator + noTwist) == true)
        #expect(isOne(Self.infinity + noTwist) == true)
        #expect(isOne(Self.generator + q, Self.infinity + q, Self.generator + noTwist) == false)
    }

    /// More pairs than one walk takes at once, with infinite ones between.
    @Test(arguments: [7, 8, 9, 16, 17]) func manyPairs(_ count: Int) throws {
        var random = SeededGenerator(seed: UInt64(count))
        let q = try bytes(BN254Points.generator)
        var (input, total): ([UInt8], [UInt8]) = ([], Self.infinity)
        for index in 1..<count {
            let p = try times(number(&random), Self.generator)
            input += p + (index % 5 == 0 ? [UInt8](repeating: 0, count: 128) : q)
            if index % 5 != 0 { total = try sum(total, p) }
        }
        #expect(try isOne(input, negated(total) + q) == true)
        #expect(isOne(input, total + q) == false)
    }

    /// Also beside an infinite point, where the value of the pairing does not depend on it.
    @Test func pointsOutsideTheSubgroupAreRefused() throws {
        for (what, point) in BN254Points.outside {
            #expect(try isOne(Self.generator + bytes(point)) == nil, "\(what)")
            #expect(try isOne(Self.infinity + bytes(point)) == nil, "\(what)")
            let q = try bytes(BN254Points.generator)
            #expect(try isOne(Self.generator + q, Self.generator + bytes(point)) == nil, "\(what)")
        }
    }
}

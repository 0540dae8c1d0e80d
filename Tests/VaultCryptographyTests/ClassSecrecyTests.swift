import Cryptography
import Testing

/// GF(8) modulo x^3 + x + 1, by schoolbook: small enough to try every key with every randomness.
enum GF8: BinaryField {
    static let order = 8

    static func multiply(_ a: UInt8, _ b: UInt8) -> UInt8 {
        var product: UInt8 = 0
        for bit in 0..<3 where b >> UInt8(bit) & 1 == 1 { product ^= a << UInt8(bit) }
        for bit in [4, 3] where product >> UInt8(bit) & 1 == 1 { product ^= 0b1011 << UInt8(bit - 3) }
        return product
    }
}

/// Exactly, not statistically: the shipped sharing runs over GF(8), for every key and every randomness, and what an adversary sees
/// must occur equally often whatever the key is. The committees are those of the devnet.
@Suite struct ClassSecrecyTests {
    /// How often every view occurs, for each key.
    static func views(
        _ shape: CommitteeShape, operators: [Int], community: [Int]
    ) throws -> [[[UInt8]: Int]] {
        let length = TwoLevel<GF8>.randomnessByteCount(secretLength: 1, shape: shape)
        return try (0..<8 as Range<UInt8>).map { key in
            var counts: [[UInt8]: Int] = [:]
            for number in 0..<(1 << (3 * length)) {
                let randomness = (0..<length).map { UInt8(number >> (3 * $0) & 7) }
                let dealt = try TwoLevel<GF8>.deal(secret: [key], shape: shape, randomness: randomness)
                let view = operators.flatMap { dealt.operators[$0].bytes } + community.flatMap { dealt.community[$0].bytes }
                counts[view, default: 0] += 1
            }
            return counts
        }
    }

    static func subsets(of count: Int, size: Int) -> [[Int]] {
        (0..<(1 << count)).filter { $0.nonzeroBitCount == size }.map { mask in (0..<count).filter { mask >> $0 & 1 == 1 } }
    }

    @Test func allCommunitySharesWithTooFewOperatorsSayNothing() throws {
        let shape = try SharingTests.shape((2, 3), (3, 5))
        for operators in Self.subsets(of: 3, size: 0) + Self.subsets(of: 3, size: 1) {
            let views = try Self.views(shape, operators: operators, community: [0, 1, 2, 3, 4])
            #expect(views.allSatisfy { $0 == views[0] }, "operators \(operators)")
        }
    }

    @Test func allOperatorSharesWithTooFewCommunityNodesSayNothing() throws {
        let shape = try SharingTests.shape((2, 3), (3, 5))
        for community in (0...2).flatMap({ Self.subsets(of: 5, size: $0) }) {
            let views = try Self.views(shape, operators: [0, 1, 2], community: community)
            #expect(views.allSatisfy { $0 == views[0] }, "community \(community)")
        }
    }

    @Test func bothThresholdsTogetherFixTheKey() throws {
        let shape = try SharingTests.shape((2, 3), (3, 5))
        let views = try Self.views(shape, operators: [0, 2], community: [1, 2, 4])
        for a in 0..<8 {
            for b in 0..<8 where a != b { #expect(Set(views[a].keys).isDisjoint(with: views[b].keys)) }
        }
    }

    @Test func decodingWorksOverTheSmallFieldToo() throws {
        let shape = try SharingTests.shape((2, 3), (3, 7))
        for key in 0..<8 as Range<UInt8> {
            let dealt = try TwoLevel<GF8>.deal(secret: [key], shape: shape, randomness: [3, 5, 6, 1])
            for (first, second) in [(0, 1), (2, 6), (3, 5)] {
                var shares = dealt
                for slot in [first, second] {
                    shares.community[slot] = Share(slot: slot, bytes: [shares.community[slot].bytes[0] ^ 5])
                }
                let found = try TwoLevel<GF8>.recover(shares, shape: shape)
                #expect(found.secret == [key] && found.community.wrongSlots == [first, second])
            }
        }
    }
}

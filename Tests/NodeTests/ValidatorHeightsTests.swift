import ChainTypes
import Node
import Primitives
import Replica
import Testing

/// How far a node believes the chain to be.
@Suite struct ValidatorHeightsTests {
    private static func key(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 1952) }
    private func name(_ number: UInt8) -> Hash { PeerName.of(nodeKey: Self.key(number)) }

    private func heights(powers: [UInt64]) throws -> ValidatorHeights {
        let members = powers.enumerated().map { index, power in
            let key = Self.key(UInt8(index))
            return Validator(
                address: Address(low: UInt32(index + 1)), power: power, consensusKey: key, nodeKey: key, endpoint: "", moniker: "")
        }
        var heights = ValidatorHeights()
        heights.follow(try #require(ValidatorSet(members)))
        return heights
    }

    @Test func noStrangerAndNoThirdOfTheValidatorsSaysWhereTheChainIs() throws {
        var heights = try heights(powers: [1, 1, 1])
        heights.learn(.max, of: name(99))
        #expect(heights.attested == 0)
        heights.learn(.max, of: name(0))
        #expect(heights.attested == 0)
        heights.learn(10, of: name(1))
        #expect(heights.attested == 10)
        heights.learn(12, of: name(2))
        #expect(heights.attested == 12)
    }

    @Test func powerCountsAndNotTheNumber() throws {
        var heights = try heights(powers: [1, 1, 1, 5])
        heights.learn(100, of: name(0))
        heights.learn(100, of: name(1))
        #expect(heights.attested == 0)
        heights.learn(7, of: name(3))
        #expect(heights.attested == 7)
    }

    @Test func whoeverHasGoneOrIsNoValidatorAnyMoreDoesNotCount() throws {
        var heights = try heights(powers: [1, 1])
        heights.learn(5, of: name(0))
        #expect(heights.attested == 5)
        heights.forget(name(0))
        #expect(heights.attested == 0)
        heights.learn(5, of: name(0))
        let key = Self.key(9)
        heights.follow(
            try #require(
                ValidatorSet([Validator(address: Address(low: 1), power: 1, consensusKey: key, nodeKey: key, endpoint: "", moniker: "")])))
        #expect(heights.attested == 0)
    }
}

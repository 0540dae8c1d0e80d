import ChainTypes
import Primitives
import Replica
import Testing

/// How far a node believes the chain to be.
@Suite struct ValidatorPeersTests {
    private static func key(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 1952) }
    private func name(_ number: UInt8) -> Hash { PeerName.of(nodeKey: Self.key(number)) }

    private func peers(powers: [UInt64]) throws -> ValidatorPeers {
        let members = powers.enumerated().map { index, power in
            let key = Self.key(UInt8(index))
            return Validator(
                address: Address(low: UInt32(index + 1)), power: power, consensusKey: key, nodeKey: key, endpoint: "", moniker: "")
        }
        var peers = ValidatorPeers()
        peers.follow(try #require(ValidatorSet(members)))
        return peers
    }

    @Test func noStrangerAndNoThirdOfTheValidatorsSaysWhereTheChainIs() throws {
        var peers = try peers(powers: [1, 1, 1])
        peers.learn(.max, of: name(99))
        #expect(peers.attestedHeight == 0)
        peers.learn(.max, of: name(0))
        #expect(peers.attestedHeight == 0)
        peers.learn(10, of: name(1))
        #expect(peers.attestedHeight == 10)
        peers.learn(12, of: name(2))
        #expect(peers.attestedHeight == 12)
    }

    @Test func powerCountsAndNotTheNumber() throws {
        var peers = try peers(powers: [1, 1, 1, 5])
        peers.learn(100, of: name(0))
        peers.learn(100, of: name(1))
        #expect(peers.attestedHeight == 0)
        peers.learn(7, of: name(3))
        #expect(peers.attestedHeight == 7)
    }

    @Test func whoeverHasGoneOrIsNoValidatorAnyMoreDoesNotCount() throws {
        var peers = try peers(powers: [1, 1])
        peers.learn(5, of: name(0))
        #expect(peers.attestedHeight == 5)
        peers.forget(name(0))
        #expect(peers.attestedHeight == 0)
        peers.learn(5, of: name(0))
        let key = Self.key(9)
        peers.follow(
            try #require(
                ValidatorSet([Validator(address: Address(low: 1), power: 1, consensusKey: key, nodeKey: key, endpoint: "", moniker: "")])))
        #expect(peers.attestedHeight == 0)
    }
}

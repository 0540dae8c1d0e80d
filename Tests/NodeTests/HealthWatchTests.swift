import ChainTypes
import Node
import Primitives
import RPCServer
import Replica
import Testing

/// What a node believes of its chain's health, and whose word it takes for it.
@Suite struct HealthWatchTests {
    private static func key(_ number: UInt8) -> [UInt8] { [UInt8](repeating: number, count: 1952) }
    private func name(_ number: UInt8) -> Hash { PeerName.of(nodeKey: Self.key(number)) }

    /// Of validator 0 among four.
    private func watch(now: UInt64 = 1000) throws -> HealthWatch {
        let members = (0..<4).map { index in
            let key = Self.key(UInt8(index))
            return Validator(
                address: Address(low: UInt32(index + 1)), power: 10, consensusKey: key, nodeKey: key, endpoint: "", moniker: "v\(index)")
        }
        var watch = HealthWatch(ownName: name(0), now: now)
        watch.follow(try #require(ValidatorSet(members)))
        return watch
    }

    private func status(_ height: UInt64) -> WireMessage {
        .status(PeerStatus(epoch: 0, view: 9, finalizedNumber: height, finalizedBlock: .zero, votesHeld: [.zero, .zero, .zero]))
    }

    private func vote(of validator: Int) -> WireMessage {
        let ballot = Ballot(epoch: 0, view: 5, kind: .notarize, block: name(50))
        return .vote(Vote(ballot: ballot, validator: validator, signature: []))
    }

    @Test func aNodeIsNotReadyBeforeABlockBecameFinalHereAndNotAfterALongTimeWithout() throws {
        var watch = try watch()
        #expect(watch.report(NodeHealth(), at: 1500).unreadiness?.status == "starting")
        watch.finalized(at: 2000)
        #expect(watch.report(NodeHealth(), at: 2500).unreadiness == nil)
        watch.tookEvent(at: 12_000)
        let late = watch.report(NodeHealth(), at: 12_000)
        #expect(late.unreadiness?.status == "stalled" && late.sinceFinal == 10_000 && late.isLive)
    }

    @Test func aNodeWhoseConsensusTakesNoEventIsNotAlive() throws {
        var watch = try watch()
        watch.finalized(at: 2000)
        watch.tookEvent(at: 2000)
        let health = watch.report(NodeHealth(), at: 32_000)
        #expect(!health.isLive && health.unreadiness?.status == "stuck")
    }

    @Test func aNodeIsBehindByTheWordOfAThirdAndNotOfOneOrOfStrangers() throws {
        var watch = try watch()
        watch.finalized(at: 1000)
        watch.received(status(.max), of: name(99), at: 1100, time: 0)
        watch.received(status(.max), of: name(1), at: 1100, time: 0)
        #expect(watch.report(NodeHealth(), at: 1200).unreadiness == nil)
        watch.received(status(40), of: name(2), at: 1100, time: 0)
        #expect(watch.report(NodeHealth(), at: 1200).unreadiness?.status == "syncing")
    }

    @Test func whoeverIsSilentLacksInThePowerThatIsHeard() throws {
        var watch = try watch()
        for peer in 1...2 { watch.received(status(7), of: name(UInt8(peer)), at: 1000, time: 0) }
        #expect(watch.report(NodeHealth(), at: 2000).powerHeard == 30)
        watch.received(status(8), of: name(1), at: 12_000, time: 0)
        let health = watch.report(NodeHealth(), at: 13_000)
        #expect(health.powerHeard == 20 && health.totalPower == 40)
        #expect(health.members.map(\.silent) == [0, 1000, 12_000, nil])
        #expect(health.members.map(\.height) == [0, 8, 7, 0])
    }

    @Test func aVoteThatAnotherPassesOnIsNoSignOfLife() throws {
        var watch = try watch()
        watch.received(vote(of: 2), of: name(1), at: 1000, time: 0)
        watch.received(vote(of: 2), of: name(99), at: 1000, time: 0)
        #expect(watch.report(NodeHealth(), at: 1500).members.map(\.sinceVote) == [nil, nil, nil, nil])
        watch.received(vote(of: 2), of: name(2), at: 1000, time: 0)
        #expect(watch.report(NodeHealth(), at: 1500).members.map(\.sinceVote) == [nil, nil, 500, nil])
    }

    @Test func whoHasVotedInAViewThatLastsOwesNoVote() throws {
        var watch = try watch()
        watch.received(vote(of: 2), of: name(2), at: 1000, time: 0)
        watch.says(PeerStatus(epoch: 0, view: 9, finalizedNumber: 7, finalizedBlock: .zero, votesHeld: [.zero, UInt256(0b1100), .zero]))
        #expect(watch.report(NodeHealth(), at: 99_000).members.map(\.sinceVote) == [nil, nil, 0, 0])
        watch.enteredView(at: 99_000)
        #expect(watch.report(NodeHealth(), at: 99_000).members.map(\.sinceVote) == [nil, nil, 98_000, nil])
    }

    @Test func aLeadersClockIsReadFromItsOwnBlocks() throws {
        var watch = try watch()
        let header = Header(
            parentHash: .zero, beneficiary: .zero, stateRoot: .zero, number: 1, gasLimit: 30_000_000, gasUsed: 0,
            timestamp: 8, prevRandao: .zero, baseFeePerGas: .zero)
        let envelope = Envelope(
            epoch: 0, view: 5, parent: .zero, timeMilliseconds: 8000, headerHash: header.hash, bodyHash: .zero, nextSetHash: .zero)
        let sealed = try #require(SealedHeader(envelope: envelope, header: header))
        let ballot = Ballot(epoch: 0, view: 5, kind: .propose, block: sealed.id)
        let proposal = Proposal(sealed: sealed, transactionHashes: [], vote: Vote(ballot: ballot, validator: 3, signature: []))
        watch.received(.proposal(proposal), of: name(1), at: 1000, time: 5000)
        #expect(watch.report(NodeHealth(), at: 1500).members.allSatisfy { $0.clockOffset == nil })
        watch.received(.proposal(proposal), of: name(3), at: 1000, time: 5000)
        #expect(watch.report(NodeHealth(), at: 1500).members.map(\.clockOffset) == [nil, nil, nil, 3000])
    }

    @Test func validatorsThatLeaveAreForgotten() throws {
        var watch = try watch()
        watch.received(status(7), of: name(1), at: 1000, time: 0)
        let key = Self.key(9)
        watch.follow(
            try #require(
                ValidatorSet([Validator(address: Address(low: 1), power: 1, consensusKey: key, nodeKey: key, endpoint: "", moniker: "")])))
        #expect(watch.report(NodeHealth(), at: 1500).members.map(\.name) == [name(9)])
    }
}

import ChainTypes
import Cryptography
import Primitives
import SystemContracts
import Testing
import WorldState

/// Everything that costs somebody something, or changes what people follow, leaves an event, by whomever it is done.
@Suite struct BlockEventsTests {
    let alice = EconomyBench.account(0)
    let v0 = EconomyBench.validator(0)
    let v1 = EconomyBench.validator(1)
    let node = EconomyBench.node(1)

    /// Data of the events with this signature and these accounts or numbers in the last block or call.
    private func events(_ signature: String, _ topics: [Hash] = [], in bench: EconomyBench) -> [[UInt8]] {
        bench.lastLogs.filter { $0.topics == [ABI.topic(signature)] + topics }.map(\.data)
    }

    private func has(_ signature: String, _ topics: [Hash] = [], in bench: EconomyBench) -> Bool {
        events(signature, topics, in: bench).count == 1
    }

    @Test func downtimeTellsWhatItTakesAndSuspends() throws {
        var bench = try EconomyBench { $0.parameters[.maximumMissedProposals] = 1000 }
        for _ in 0..<240 where !has("Jail(address,uint256)", [v1.padded], in: bench) { try bench.block(missed: [v1]) }
        #expect(has("Slash(address,uint256,uint256)", [v1.padded], in: bench))
        #expect(has("Jail(address,uint256)", [v1.padded], in: bench))
    }

    @Test func aSuspensionAndItsEndAreTold() throws {
        var bench = try EconomyBench { $0.parameters[.maximumMissedProposals] = 3 }
        for _ in 0..<3 { try bench.block(missed: [v1]) }
        #expect(has("Jail(address,uint256)", [v1.padded], in: bench))
        #expect(events("Slash(address,uint256,uint256)", [v1.padded], in: bench).isEmpty)
        try bench.block(after: 60_000)
        try bench.call(Staking.self, from: v1, "unjail()")
        #expect(has("Unjail(address)", [v1.padded], in: bench))
    }

    @Test func aDoubleVoteInABlockIsTold() throws {
        var bench = try EconomyBench()
        func vote(_ block: UInt64) throws -> Vote {
            let ballot = Ballot(epoch: 0, view: 7, kind: .notarize, block: Hash(UInt256(block)))
            let key = try EconomyBench.privateKey("consensus 1")
            return Vote(
                ballot: ballot, validator: 0,
                signature: try key.sign(ballot.signingPayload(genesis: .zero), context: Ballot.signingContext))
        }
        let evidence = try #require(Evidence(try vote(1), try vote(2)))
        var facts = BlockFacts(
            number: 1, epoch: bench.epoch, epochMilliseconds: bench.spec.parameters.epochMilliseconds, timeMilliseconds: bench.time + 1000,
            parentTimeMilliseconds: bench.time, genesisTimeMilliseconds: EconomyBench.start, proposer: v0, missed: [], reveal: .zero,
            commitment: .zero)
        facts.doubleSigns = [DoubleSign(consensusKey: EconomyBench.key("consensus 1"), evidence: evidence)]
        try Economy.beginBlock(facts, in: &bench.state)
        bench.lastLogs = bench.state.endTransaction()
        for signature in [
            "Slash(address,uint256,uint256)", "Jail(address,uint256)", "Tombstone(address)", "DoubleSign(address,uint256,uint256)",
        ] {
            #expect(has(signature, [v1.padded], in: bench), "\(signature)")
        }
    }

    @Test func aChallengeThatFailsIsToldWithWhatItCosts() throws {
        var bench = try EconomyBench()
        try bench.call(Slashing.self, from: alice, value: QST.one * 100, "challengeNode(address)", [.address(node)])
        let id = try #require(bench.lastLogs.first { $0.topics.first == Slashing.challenged }).topics[1]
        try bench.block(after: 30_000)
        #expect(has("ChallengeFailed(uint256,address)", [id, node.padded], in: bench))
        #expect(has("SlashEncryptionNode(address,uint256)", [node.padded], in: bench))
        #expect(has("JailEncryptionNode(address,uint256)", [node.padded], in: bench))
        try bench.call(Staking.self, from: node, value: QST.one * 10, "addEncryptionStake()")
        #expect(events("AddEncryptionStake(address,uint256)", [node.padded], in: bench) == [Hash(QST.one * 10).bytes])
        try bench.block(after: 60_000)
        try bench.call(Staking.self, from: node, "unjailEncryptionNode()")
        #expect(has("UnjailEncryptionNode(address)", [node.padded], in: bench))
    }

    @Test func aBreachOfSecurityTombstonesInPublic() throws {
        var bench = try EconomyBench()
        try bench.hook { (hook) throws(NativeFailure) in try Staking.jailNode(node, until: .max, forGood: true, &hook) }
        #expect(has("TombstoneEncryptionNode(address)", [node.padded], in: bench))
    }

    @Test func whatIsPaidBackIsTold() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, QST.one * 100)
        try bench.undelegate(alice, v0, QST.one * 40)
        try bench.call(Staking.self, from: node, "exitEncryptionNode()")
        try bench.block(after: 600_000)
        _ = try bench.complete(alice, v0)
        #expect(
            events("CompleteUnbonding(address,address,uint256)", [alice.padded, v0.padded], in: bench) == [Hash(QST.one * 40).bytes])
        _ = try bench.complete(alice, v0)
        #expect(bench.lastLogs.isEmpty, "nothing was paid")
        try bench.call(Staking.self, from: alice, "completeExit(address)", [.address(node)])
        #expect(events("CompleteExit(address,uint256)", [node.padded], in: bench) == [Hash(EconomyBench.stake).bytes])
    }

    @Test func eachStatusOfAProposalIsTold() throws {
        var bench = try EconomyBench()
        let id = try bench.propose(.parameterChange([(.challengeDeposit, QST.one * 7)]))
        let topics = [Hash(UInt256(id))]
        func told(_ status: ProposalStatus) -> Bool {
            events("ProposalStatusChanged(uint256,uint8)", topics, in: bench).contains(Hash(UInt256(status.rawValue)).bytes)
        }
        #expect(told(.deposit) && told(.voting))
        for voter in [v0, v1] { try bench.vote(id, .yes, voter) }
        let parameters = bench.spec.economy.parameters
        try bench.block(after: parameters[.votingMilliseconds].limb0)
        #expect(told(.queued))
        try bench.block(after: parameters[.timelockMilliseconds].limb0)
        #expect(told(.executed))
        let changed = events(
            "ParameterChanged(uint256,uint256)", [Hash(UInt256(Parameter.challengeDeposit.rawValue))], in: bench)
        #expect(changed == [Hash(QST.one * 7).bytes])
        try bench.withdrawDeposit(id, to: alice)
        #expect(
            events("WithdrawDeposit(uint256,address,uint256)", topics + [alice.padded], in: bench) == [Hash(EconomyBench.deposit).bytes])
        let forgotten = try bench.propose(wei: QST.one * 1000)
        try bench.block(after: parameters[.depositMilliseconds].limb0)
        let expired = events("ProposalStatusChanged(uint256,uint8)", [Hash(UInt256(forgotten))], in: bench)
        #expect(expired == [Hash(UInt256(ProposalStatus.expired.rawValue)).bytes])
    }

    @Test func whatIsRefusedAtTheEndOfABlockTellsNothing() throws {
        var bench = try EconomyBench()
        let id = try bench.propose(.treasurySpend(to: alice, wei: QST.one * 1_000_000_000))
        for voter in [v0, v1] { try bench.vote(id, .yes, voter) }
        try bench.block(after: bench.spec.economy.parameters[.votingMilliseconds].limb0)
        try bench.block(after: bench.spec.economy.parameters[.timelockMilliseconds].limb0)
        let told = events("ProposalStatusChanged(uint256,uint8)", [Hash(UInt256(id))], in: bench)
        #expect(told == [Hash(UInt256(ProposalStatus.failed.rawValue)).bytes])
    }

    @Test func theEndOfARewardPeriodIsTold() throws {
        var bench = try EconomyBench()
        try bench.block(after: bench.spec.economy.parameters[.rewardPeriodMilliseconds].limb0, revenue: QST.one)
        let told = bench.lastLogs.filter { $0.topics.first == ABI.topic("ClosePeriod(uint256,uint256,uint256)") }
        #expect(told.count == 1 && told.first?.topics.last == .zero)
        #expect(told.first?.data.count == 64)
    }
}

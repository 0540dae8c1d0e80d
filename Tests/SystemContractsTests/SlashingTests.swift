import ChainTypes
import Cryptography
import Primitives
import SystemContracts
import Testing
import WorldState

/// What costs a validator its stake or its place.
@Suite struct SlashingTests {
    let v0 = EconomyBench.validator(0)
    let v1 = EconomyBench.validator(1)
    let alice = EconomyBench.account(0)
    let bob = EconomyBench.account(1)
    let hundred = QST.one * 100

    private func vote(_ key: String, epoch: UInt64, view: UInt64 = 7, _ kind: VoteKind = .notarize, block: UInt64) throws -> Vote {
        let ballot = Ballot(epoch: epoch, view: view, kind: kind, block: kind == .nullify ? .zero : Hash(UInt256(block)))
        let signature = try EconomyBench.privateKey(key).sign(ballot.signingPayload(genesis: .zero), context: Ballot.signingContext)
        return Vote(ballot: ballot, validator: 0, signature: signature)
    }

    /// Two votes of a key for different blocks.
    private func fault(_ key: String, epoch: UInt64 = 0) throws -> DoubleSign {
        let evidence = Evidence(try vote(key, epoch: epoch, block: 1), try vote(key, epoch: epoch, block: 2))
        return DoubleSign(consensusKey: EconomyBench.key(key), evidence: try #require(evidence))
    }

    private func submit(_ fault: DoubleSign, to bench: inout EconomyBench) throws {
        try bench.call(
            Slashing.self, from: bob, "submitDoubleSign(bytes,bytes)", [.bytes(fault.consensusKey), .bytes(fault.evidence.rlp)])
    }

    private func punishable(_ faults: [DoubleSign], _ bench: inout EconomyBench) throws -> [DoubleSign] {
        try Slashing.punishable(faults, genesis: .zero, seconds: bench.time / 1000, height: bench.height + 1, on: bench.settledReader())
    }

    @Test func whoVotesTwiceLosesATenthAndIsRemovedForGood() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        try bench.undelegate(alice, v0, QST.one * 40)
        try bench.redelegate(alice, v0, v1, QST.one * 20)
        try submit(try fault("consensus 0"), to: &bench)
        #expect(try bench.call(Staking.self, from: bob, "delegation(address,address)", [.address(alice), .address(v0)])[1] == QST.one * 36)
        #expect(refusal { try bench.call(Staking.self, from: v0, "unjail()") } == "the validator is removed for good")
        #expect(refusal { try submit(try fault("consensus 0"), to: &bench) } == "the validator is removed already")
        try bench.block(after: 60_000)
        #expect(bench.epoch.next.validators.map(\.address) == [v1, EconomyBench.validator(2)])
        try bench.block(after: 120_000)
        #expect(try bench.complete(alice, v0) == QST.one * 36)
        try bench.delegate(alice, v1, 1)
        #expect(try bench.shares(alice, v1) == QST.one * 18 + 1)
        #expect(try bench.faults([alice, bob] + (0..<3).map(EconomyBench.validator)) == [])
    }

    @Test func onlyContradictingSignedVotesOfAValidatorsKeyAreEvidence() throws {
        var bench = try EconomyBench()
        var forged = try fault("consensus 0")
        forged.evidence.second.signature[9] ^= 1
        #expect(refusal { try submit(forged, to: &bench) } == "the votes are not signed by the key")
        #expect(refusal { try submit(try fault("nobody"), to: &bench) } == "the key is no validator's")
        #expect(refusal { try submit(try fault("consensus 0", epoch: 9), to: &bench) } == "the epoch has not begun")
        #expect(refusal { try submit(try fault("encryption 0"), to: &bench) } == "the key is no validator's")
        let same = try vote("consensus 0", epoch: 0, block: 1)
        #expect(Evidence(same, same) == nil)
        #expect(Evidence(try vote("consensus 0", epoch: 0, .notarize, block: 1), try vote("consensus 0", epoch: 0, .nullify, block: 0)) == nil)
        #expect(
            refusal {
                try bench.call(
                    Slashing.self, from: bob, "submitDoubleSign(bytes,bytes)", [.bytes(EconomyBench.key("consensus 0")), .bytes([0xc0])])
            } == "the votes do not contradict each other")
    }

    @Test func evidenceExpiresWhenTheStakeOfItsTimeIsFree() throws {
        var bench = try EconomyBench()
        try bench.block(after: 179_000)
        #expect(try punishable([fault("consensus 0")], &bench).count == 1)
        try bench.block(after: 1000)
        #expect(refusal { try submit(try fault("consensus 0"), to: &bench) } == "the fault is out of time")
        #expect(try punishable([fault("consensus 0")], &bench).isEmpty)
    }

    /// Governance may let stake go within less than an epoch, and a chain that stood still has a long one.
    @Test(arguments: [1000, 59_000, 119_000] as [UInt64]) func whoDecidesNowAnswersForItHoweverShortUnbondingIs(milliseconds: UInt64) throws {
        var bench = try EconomyBench { $0.parameters[.unbondingMilliseconds] = UInt256(milliseconds) }
        try bench.block(after: 60_000)
        try bench.undelegate(v0, v0, hundred)
        try bench.block(after: 59_000)
        let fault = try fault("consensus 0", epoch: bench.epoch.number)
        #expect(try punishable([fault], &bench) == [fault])
        try submit(fault, to: &bench)
        #expect(refusal { try bench.call(Staking.self, from: v0, "unjail()") } == "the validator is removed for good")
        let left = try bench.call(Staking.self, from: bob, "delegation(address,address)", [.address(v0), .address(v0)])[1]
        #expect(left == (EconomyBench.stake - hundred) * UInt256(9) / UInt256(10))
        try bench.block(after: 119_000)
        #expect(try bench.complete(v0, v0) == (milliseconds < 60_000 ? hundred : hundred * UInt256(9) / UInt256(10)))
        #expect(try bench.faults([v0]) == [])
    }

    @Test func unbondingInTheEpochBeforeDoesNotEscape() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        try bench.block(after: 60_000)
        // The stake at the end of epoch 0 decides in epoch 2: whoever leaves in epoch 1 answers for epoch 2.
        try bench.undelegate(alice, v0, hundred)
        try bench.block(after: 60_000)
        try submit(try fault("consensus 0", epoch: bench.epoch.number), to: &bench)
        try bench.block(after: 180_000)
        #expect(try bench.complete(alice, v0) == QST.one * 90)
    }

    /// Gives the first validator a new consensus key.
    private func rotate(_ bench: inout EconomyBench) throws {
        try bench.call(
            Staking.self, from: v0, "rotateKeys(bytes,bytes,string,bytes,bytes)",
            [
                .bytes(EconomyBench.key("new")), .bytes(EconomyBench.key("node 0")), .text("127.0.0.1:5"),
                .bytes(try EconomyBench.proof("new", v0)), .bytes(try EconomyBench.proof("node 0", v0)),
            ])
    }

    /// Where nobody qualifies the set stays: with its old keys an operator that has moved could not vote, nor would anybody answer.
    @Test func whoStaysForLackOfOthersStaysWithItsPresentKeys() throws {
        var bench = try EconomyBench(validators: 1)
        try bench.undelegate(v0, v0, hundred)
        try rotate(&bench)
        for _ in 0..<2 { try bench.block(after: 60_000) }
        #expect(bench.epoch.validators.validators.map(\.consensusKey) == [EconomyBench.key("new")])
        #expect(try punishable([fault("consensus 0", epoch: 2)], &bench).isEmpty)
        #expect(try punishable([fault("new", epoch: 2)], &bench).count == 1)
    }

    @Test func aReplacedKeyIsNobodysOnceItNoLongerCounts() throws {
        var bench = try EconomyBench()
        try rotate(&bench)
        for _ in 0..<2 { try bench.block(after: 60_000) }
        #expect(bench.epoch.validators.validators[0].consensusKey == EconomyBench.key("new"))
        #expect(refusal { try submit(try fault("consensus 0", epoch: 2), to: &bench) } == "the key did not count in the epoch")
        #expect(try punishable([fault("consensus 0", epoch: 1), fault("new", epoch: 2)], &bench).count == 1)
        #expect(refusal {
            try bench.call(
                Staking.self, from: v1, "rotateKeys(bytes,bytes,string,bytes,bytes)",
                [
                    .bytes(EconomyBench.key("other")), .bytes(EconomyBench.key("node 1")), .text(""),
                    .bytes(try EconomyBench.proof("other", v0)), .bytes(try EconomyBench.proof("node 1", v1)),
                ])
        } == "the proof does not show that the key is the caller's")
    }

    @Test func aBlockTakesEvidenceOfEachValidatorOnce() throws {
        var bench = try EconomyBench()
        let (first, second) = (try fault("consensus 0"), try fault("consensus 1"))
        let again = DoubleSign(
            consensusKey: first.consensusKey, evidence: try #require(Evidence(first.evidence.second, first.evidence.first)))
        #expect(try punishable([first, again, second], &bench) == [first, second])
    }

    @Test func missedTurnsSuspendFromTheRotation() throws {
        var bench = try EconomyBench { $0.parameters[.maximumMissedProposals] = 3 }
        for _ in 0..<2 { try bench.block(missed: [v1]) }
        try bench.block(proposer: v1)
        for _ in 0..<2 { try bench.block(missed: [v1]) }
        #expect(try bench.call(Slashing.self, from: bob, "signingInfo(address)", [.address(v1)]).prefix(3) == [1, 4, 2])
        #expect(refusal { try bench.call(Staking.self, from: v1, "unjail()") } == "the validator is not jailed")
        try bench.block(missed: [v1])
        #expect(refusal { try bench.call(Staking.self, from: v1, "unjail()") } == "the validator is jailed for longer")
        // Being slow costs no stake.
        #expect(try bench.call(Staking.self, from: bob, "delegation(address,address)", [.address(v1), .address(v1)])[1] == EconomyBench.stake)
        try bench.block(after: 60_000)
        #expect(bench.epoch.next.count == 2)
        try bench.call(Staking.self, from: v1, "unjail()")
        #expect(try bench.call(Slashing.self, from: bob, "signingInfo(address)", [.address(v1)]).prefix(3) == [0, 0, 0])
        try bench.block(after: 60_000)
        #expect(bench.epoch.next.count == 3)
    }

    @Test func anOutageOfHalfAWindowCostsALittleAndTheMissedShareOnlyRewards() throws {
        var bench = try EconomyBench {
            $0.parameters[.maximumMissedProposals] = 1000
            $0.parameters[.downtimeSlash] = QST.one / 100
            $0.parameters[.minimumSelfStake] = QST.one * 500
        }
        // 45 of 100 turns missed in each stretch: above the threshold whatever the window.
        for turn in 0..<240 { try bench.block(proposer: turn % 20 < 11 ? v1 : v0, missed: turn % 20 < 11 ? [] : [v1]) }
        #expect(refusal { try bench.call(Staking.self, from: v1, "unjail()") } == "the validator is not jailed")
        var turns = 0
        while refusal({ try bench.call(Staking.self, from: v1, "unjail()") }) == "the validator is not jailed", turns < 120 {
            try bench.block(missed: [v1])
            turns += 1
        }
        #expect((1...30).contains(turns), "\(turns)")
        #expect(
            try bench.call(Staking.self, from: bob, "delegation(address,address)", [.address(v1), .address(v1)])[1]
                == EconomyBench.stake - EconomyBench.stake / 100)
        #expect(try bench.faults((0..<3).map(EconomyBench.validator)) == [])
    }

    @Test func aNewcomerIsNotJudgedBeforeAWholeWindow() throws {
        var bench = try EconomyBench { $0.parameters[.maximumMissedProposals] = 1000 }
        for _ in 0..<119 { try bench.block(missed: [v1]) }
        #expect(refusal { try bench.call(Staking.self, from: v1, "unjail()") } == "the validator is not jailed")
        for _ in 0..<2 { try bench.block(missed: [v1]) }
        #expect(refusal { try bench.call(Staking.self, from: v1, "unjail()") } == "the validator is jailed for longer")
    }
}

import ChainTypes
import Primitives
import SystemContracts
import Testing
import WorldState

/// The life of proposals, and what each kind of them does.
@Suite struct GovernanceTests {
    let v0 = EconomyBench.validator(0)
    let v1 = EconomyBench.validator(1)
    let v2 = EconomyBench.validator(2)
    let alice = EconomyBench.account(0)
    let bob = EconomyBench.account(1)
    let hundred = QST.one * 100

    // MARK: Stages

    @Test func aProposalGathersItsDepositIsVotedOnWaitsAndIsExecuted() throws {
        var bench = try EconomyBench()
        try bench.block()
        let id = try bench.propose(wei: QST.one * 1000, title: "Größe", summary: "Long.")
        #expect(id == 1)
        let now = UInt256(bench.time / 1000)
        var view = try bench.proposal(1)
        #expect(view.words == [0, 1, alice.padded.number, 0, QST.one * 1000, now, now + 60, 0, 0, 0])
        #expect(view.title == "Größe" && view.summary == "Long." && view.payload == [] && view.failure == "")
        try bench.deposit(1, QST.one * 8999, from: bob)
        #expect(try bench.status(1) == .deposit)
        try bench.deposit(1, QST.one * 5, from: alice)
        view = try bench.proposal(1)
        #expect(view.status == .voting && view.deposit == QST.one * 10_004 && view.votingEnd == now.limb0 + 60)
        #expect(try bench.call(Governance.self, from: bob, "activeProposals()") == [32, 1, 1])
        try bench.vote(1, .yes, v0)
        try bench.vote(1, .yes, v1)
        try bench.block(after: 59_000)
        #expect(try bench.status(1) == .voting)
        try bench.block(after: 1000)
        view = try bench.proposal(1)
        #expect(view.status == .queued && view.executeAt == bench.time / 1000 + 5)
        #expect(try bench.call(Governance.self, from: bob, "activeProposals()") == [32, 0])
        try bench.block(after: 4000)
        #expect(try bench.status(1) == .queued)
        try bench.block(after: 1000)
        #expect(try bench.status(1) == .executed)
        #expect(try bench.withdrawDeposit(1, to: bob) == QST.one * 8999)
        #expect(try bench.withdrawDeposit(1, to: alice) == QST.one * 1005)
        #expect(try bench.balance(Governance.address) == .zero && bench.balance(alice) == QST.one * 1_000_000)
        #expect(try bench.faults() == [])
    }

    @Test func whatDoesNotReachItsDepositExpiresAndIsRefunded() throws {
        var bench = try EconomyBench()
        let (first, second) = (try bench.propose(wei: QST.one * 1000), try bench.propose(from: bob, wei: QST.one * 9999))
        try bench.block(after: 59_000)
        #expect(try bench.status(first) == .deposit)
        try bench.block(after: 1000)
        #expect(try [bench.status(first), bench.status(second)] == [.expired, .expired])
        #expect(try bench.withdrawDeposit(second, to: bob) == QST.one * 9999)
        #expect(try bench.faults() == [])
    }

    /// Outcomes of a vote of three equal validators, the quorum being 33.4 %.
    @Test(arguments: [
        ([.yes, .yes, .no], .queued), ([.yes, .no, nil], .rejected), ([.yes, nil, nil], .rejected), ([.yes, .abstain, nil], .queued),
        ([.abstain, .abstain, .abstain], .rejected), ([.yes, .yes, .veto], .queued), ([.yes, .veto, nil], .vetoed),
        ([.veto, .veto, .yes], .vetoed), ([nil, nil, nil], .rejected),
    ] as [([VoteOption?], ProposalStatus)])
    func votesDecide(votes: [VoteOption?], outcome: ProposalStatus) throws {
        var bench = try EconomyBench()
        let pool = try bench.communityPool()
        let id = try bench.propose()
        for (index, vote) in votes.enumerated() { if let vote { try bench.vote(id, vote, EconomyBench.validator(index)) } }
        try bench.block(after: 60_000)
        #expect(try bench.status(id) == outcome)
        #expect(try bench.tally(id)[4] == EconomyBench.stake * 3)
        if outcome == .vetoed {
            #expect(try bench.communityPool() == pool + EconomyBench.deposit)
            #expect(refusal { try bench.withdrawDeposit(id, to: alice) } == "the deposits of a vetoed proposal are lost")
        } else {
            #expect(try bench.withdrawDeposit(id, to: alice) == EconomyBench.deposit)
        }
        #expect(try bench.faults() == [])
    }

    @Test func anExpeditedProposalThatFailsGoesOnAsARegularOne() throws {
        var bench = try EconomyBench()
        #expect(refusal { try bench.propose(wei: QST.one * 4999, expedited: true) } == "the first deposit is too small")
        let id = try bench.propose(wei: QST.one * 50_000, expedited: true)
        let start = bench.time / 1000
        try bench.vote(id, .yes, v0)
        try bench.vote(id, .yes, v1)
        try bench.vote(id, .no, v2)
        #expect(try bench.proposal(id).votingEnd == start + 20)
        try bench.block(after: 20_000)
        // 66.6 % is not more than 66.7 %.
        let view = try bench.proposal(id)
        #expect(view.status == .voting && !view.isExpedited && view.votingEnd == start + 60)
        try bench.block(after: 40_000)
        #expect(try bench.status(id) == .queued)

        let quick = try bench.propose(wei: QST.one * 50_000, expedited: true)
        for validator in [v0, v1, v2] { try bench.vote(quick, .yes, validator) }
        try bench.block(after: 20_000)
        #expect(try bench.status(quick) == .queued)
        let vetoed = try bench.propose(wei: QST.one * 50_000, expedited: true)
        for validator in [v0, v1] { try bench.vote(vetoed, .veto, validator) }
        try bench.block(after: 20_000)
        #expect(try bench.status(vetoed) == .vetoed)
    }

    @Test func aProposerCancelsAndLosesHalf() throws {
        var bench = try EconomyBench()
        let pool = try bench.communityPool()
        let (waiting, voted) = (try bench.propose(wei: QST.one * 1000 + 1), try bench.propose())
        try bench.deposit(waiting, 3, from: bob)
        try bench.cancel(waiting, by: alice)
        try bench.cancel(voted, by: alice)
        #expect(try [bench.status(waiting), bench.status(voted)] == [.cancelled, .cancelled])
        #expect(try bench.communityPool() == pool + QST.one * 5500 + 2)
        #expect(try bench.withdrawDeposit(waiting, to: alice) == QST.one * 500)
        #expect(try bench.withdrawDeposit(waiting, to: bob) == 1)
        #expect(try bench.withdrawDeposit(voted, to: alice) == QST.one * 5000)
        try bench.block(after: 120_000)
        #expect(try [bench.status(waiting), bench.status(voted)] == [.cancelled, .cancelled])
        #expect(try bench.faults() == [])
    }

    // MARK: Votes

    @Test func delegatorsOverrideTheirValidators() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        try bench.delegate(alice, v1, hundred)
        try bench.delegate(bob, v0, hundred)
        let id = try bench.propose()
        try bench.vote(id, .yes, v0)
        #expect(try bench.tally(id) == [QST.one * 1200, 0, 0, 0, QST.one * 3300])
        try bench.vote(id, .no, alice)
        #expect(try bench.tally(id) == [QST.one * 1100, 0, QST.one * 200, 0, QST.one * 3300])
        let part = QST.one / 4
        try bench.vote(id, [1, 2, 3, 4], [part, part, part, part], bob)
        #expect(try bench.tally(id) == [QST.one * 1025, QST.one * 25, QST.one * 225, QST.one * 25, QST.one * 3300])
        #expect(try bench.call(Governance.self, from: .zero, "voteOf(uint256,address)", [.number(id), .address(bob)]) == [part, part, part, part])
        // The final tally is that of the end.
        try bench.block(after: 60_000)
        try bench.delegate(bob, v0, hundred)
        #expect(try bench.tally(id) == [QST.one * 1025, QST.one * 25, QST.one * 225, QST.one * 25, QST.one * 3300])
        #expect(try bench.faults([alice, bob, v0, v1, v2]) == [])
    }

    /// Reads and writes at the end of a vote depend on the number of validators alone.
    @Test func theEndOfAVoteCostsTheSameWithThousandsOfVoters() throws {
        func slots(_ voters: Int) throws -> Int {
            // A quorum that few reach too: what passes is written down in more places.
            var bench = try EconomyBench { $0.parameters[.quorum] = Parameter.quorum.bounds.lowerBound }
            let id = try bench.propose()
            for index in 0..<voters {
                let account = Address(low: 0x100000 + UInt32(index))
                try bench.state.credit(account, QST.one)
                try bench.delegate(account, v0, QST.one)
                try bench.vote(id, .yes, account)
            }
            try bench.reload()
            try bench.block(after: 60_000)
            let slots = bench.state.touchedSlots
            #expect(try bench.tally(id)[0] == QST.one * UInt256(UInt64(voters)))
            return slots
        }
        let (few, many) = (try slots(3), try slots(2000))
        #expect(few == many)
    }

    // MARK: What proposals do

    @Test func parametersThatOnlyFitTogetherAreChangedTogether() throws {
        var bench = try EconomyBench()
        let tenth = QST.one / 10
        let alone = ProposalAction.parameterChange([(.validatorsShare, tenth * 9)])
        #expect(refusal { try bench.propose(alone) } == "the shares of revenue exceed the whole")
        try bench.pass(try bench.propose(.parameterChange([(.validatorsShare, tenth * 9), (.nodesShare, 0)])))
        #expect(try bench.status(1) == .executed)
        #expect(try [bench.parameter(.validatorsShare), bench.parameter(.nodesShare)] == [tenth * 9, 0])
    }

    @Test func theTreasuryPays() throws {
        var bench = try EconomyBench()
        try bench.call(Distribution.self, from: bob, value: hundred, "fundCommunityPool()")
        let poor = Address(low: 0x77777)
        try bench.pass(try bench.propose(.treasurySpend(to: poor, wei: hundred)))
        #expect(try bench.status(1) == .executed)
        #expect(try bench.balance(poor) == hundred)
        #expect(try bench.faults() == [])
    }

    @Test func operatorsAreAdmittedAndRemoved() throws {
        var bench = try EconomyBench()
        let proof = try EconomyBench.proof("operator", alice)
        let register = { (bench: inout EconomyBench) throws in
            try bench.call(
                Staking.self, from: self.alice, value: EconomyBench.stake, "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)",
                [.number(0), .number(10), .bytes(EconomyBench.key("operator")), .text("127.0.0.1:1"), .text("o"), .bytes(proof)])
        }
        #expect(refusal { _ = try register(&bench) } == "governance has not admitted the operator node")
        try bench.pass(try bench.propose(.admitOperator(alice)))
        _ = try register(&bench)
        #expect(refusal { try bench.propose(.admitOperator(alice)) } == "the operator is admitted already")
        try bench.pass(try bench.propose(.removeOperator(alice)))
        #expect(try bench.call(Staking.self, from: bob, "encryptionNode(address)", [.address(alice)])[0] == 2)
        #expect(refusal { try bench.propose(.removeOperator(alice)) } == "the operator is not admitted")
        #expect(try bench.faults() == [])
    }

    @Test func aBreachTakesTheStakeAndRemovesForGood() throws {
        var bench = try EconomyBench()
        let node = EconomyBench.node(1)
        let (first, second) = (try bench.propose(.securityBreach(v2)), try bench.propose(.securityBreach(node)))
        for id in [first, second] { for validator in [v0, v1] { try bench.vote(id, .yes, validator) } }
        try bench.block(after: 60_000)
        try bench.block(after: 5000)
        #expect(try [bench.status(first), bench.status(second)] == [.executed, .executed])
        let record = Staking.validator(v2)
        #expect(try bench.state.storage(record.contract, record.slot(.tokens)) == .zero)
        #expect(refusal { try bench.delegate(alice, v2, hundred) } == "the validator is removed for good")
        #expect(try bench.call(Staking.self, from: bob, "encryptionNode(address)", [.address(node)])[1] == .zero)
        #expect(refusal { try bench.call(Staking.self, from: node, "unjailEncryptionNode()") } == "the node is removed for good")
        #expect(refusal { try bench.propose(.securityBreach(v2)) } == "there is no such validator or encryption node")
        #expect(try bench.communityPool() >= EconomyBench.stake * 2)
        #expect(try bench.faults() == [])
    }

    @Test func anUpgradeIsPlannedReplacedCancelledAndForgottenAtItsHeight() throws {
        var bench = try EconomyBench()
        let plan = UpgradePlan(name: "aurora", version: 2, height: 100)
        #expect(refusal { try bench.propose(.softwareUpgrade(UpgradePlan(name: "", version: 2, height: 9))) } == "the upgrade has no proper name")
        #expect(refusal { try bench.propose(.softwareUpgrade(UpgradePlan(name: "a", version: 2, height: bench.height + 1))) }
            == "the upgrade's height has passed")
        #expect(try bench.upgradePlan() == nil)
        try bench.pass(try bench.propose(.softwareUpgrade(plan)))
        #expect(try bench.upgradePlan() == plan)
        let answer = try bench.call(Governance.self, from: bob, "upgradePlan()")
        #expect(Array(answer[1...3]) == [2, 100, 6])
        try bench.pass(try bench.propose(.cancelUpgrade))
        #expect(try bench.upgradePlan() == nil)
        try bench.pass(try bench.propose(.cancelUpgrade))
        #expect(try bench.proposal(3).failure == "there is no upgrade plan")

        let near = UpgradePlan(name: "near", version: 3, height: bench.height + 4)
        let late = try bench.propose(.softwareUpgrade(UpgradePlan(name: "late", version: 4, height: bench.height + 2)))
        let id = try bench.propose(.softwareUpgrade(near))
        for validator in [v0, v1] {
            try bench.vote(id, .yes, validator)
            try bench.vote(late, .yes, validator)
        }
        try bench.block(after: 60_000)
        try bench.block(after: 5000)
        #expect(try bench.proposal(late).failure == "the upgrade's height has passed")
        #expect(try bench.upgradePlan() == near)
        try bench.block()
        #expect(try bench.upgradePlan() == near)
        try bench.block()
        #expect(try bench.height == near.height && bench.upgradePlan() == nil)
    }

    @Test func theBuybackIsBurnt() throws {
        var bench = try EconomyBench()
        try bench.block(revenue: QST.one * 1000)
        // Half of a tenth.
        #expect(try bench.call(Distribution.self, from: bob, "reserves()")[1] == QST.one * 50)
        try bench.pass(try bench.propose(.burnBuyback(QST.one * 30)))
        #expect(try bench.call(Distribution.self, from: bob, "reserves()")[1] == QST.one * 20)
        #expect(try bench.call(Distribution.self, from: bob, "supply()")[2] == QST.one * 30)
        #expect(try bench.faults() == [])
    }

    @Test func eventsSayWhatHappened() throws {
        var bench = try EconomyBench()
        func status(_ status: ProposalStatus) -> Log {
            Log(
                address: Governance.address, topics: [ABI.topic("ProposalStatusChanged(uint256,uint8)"), Hash(1)],
                data: Hash(UInt256(status.rawValue)).bytes)
        }
        let id = try bench.propose()
        #expect(bench.lastLogs == [
            status(.deposit),
            Log(
                address: Governance.address, topics: [ABI.topic("SubmitProposal(uint256,address,uint8)"), Hash(1), alice.padded],
                data: Hash.zero.bytes),
            Log(
                address: Governance.address, topics: [ABI.topic("Deposit(uint256,address,uint256)"), Hash(1), alice.padded],
                data: Hash(EconomyBench.deposit).bytes),
            status(.voting),
        ])
        try bench.vote(id, .no, v0)
        #expect(bench.lastLogs == [
            Log(
                address: Governance.address,
                topics: [ABI.topic("Vote(uint256,address,uint256,uint256,uint256,uint256)"), Hash(1), v0.padded],
                data: [UInt8](repeating: 0, count: 64) + Hash(QST.one).bytes + [UInt8](repeating: 0, count: 32))
        ])
        try bench.cancel(id, by: alice)
        #expect(bench.lastLogs == [
            status(.cancelled), Log(address: Governance.address, topics: [ABI.topic("CancelProposal(uint256)"), Hash(1)], data: []),
        ])
    }

    @Test func textsAreBounded() throws {
        var bench = try EconomyBench()
        for (title, reason) in [("", "the title is empty"), (String(repeating: "x", count: 141), "the bytes are too long")] {
            #expect(refusal { try bench.propose(title: title) } == reason)
        }
        #expect(refusal { try bench.propose(summary: String(repeating: "x", count: 10_001)) } == "the bytes are too long")
        #expect(refusal { try bench.propose(0, [UInt8](repeating: 0, count: 8193)) } == "the bytes are too long")
        let id = try bench.propose(title: String(repeating: "x", count: 140), summary: String(repeating: "y", count: 10_000))
        print("gas: submitProposal with 10,000 bytes \(bench.lastGas)")
        #expect(try bench.proposal(id).summary.count == 10_000)
        try bench.vote(id, .yes, v0)
        print("gas: vote, first \(bench.lastGas)")
        try bench.vote(id, .no, v0)
        print("gas: vote, again \(bench.lastGas)")
    }
}

import ChainTypes
import Primitives
import SystemContracts
import Testing
import WorldState

/// What must not work, or must not help who tries it.
@Suite struct GovernanceAttackTests {
    let v0 = EconomyBench.validator(0)
    let v1 = EconomyBench.validator(1)
    let v2 = EconomyBench.validator(2)
    let alice = EconomyBench.account(0)
    let bob = EconomyBench.account(1)
    let hundred = QST.one * 100
    let bonded = QST.one * 3000

    // MARK: Deposits

    @Test func depositsThatAreTooSmallOrTooLateAreRefused() throws {
        var bench = try EconomyBench()
        #expect(refusal { try bench.propose(wei: QST.one * 1000 - 1) } == "the first deposit is too small")
        let id = try bench.propose(wei: QST.one * 1000)
        #expect(refusal { try bench.deposit(id, 0, from: bob) } == "the amount is zero")
        #expect(refusal { try bench.deposit(2, 1, from: bob) } == "there is no such proposal")
        #expect(refusal { try bench.deposit(0, 1, from: bob) } == "there is no such proposal")
        #expect(refusal { try bench.withdrawDeposit(id, to: alice) } == "the proposal has not ended yet")
        // Late, in the block whose end expires it.
        bench.time += 60_000
        #expect(refusal { try bench.deposit(id, QST.one * 9000, from: bob) } == "the time for deposits is over")
        try bench.block(after: 0)
        #expect(refusal { try bench.deposit(id, QST.one * 9000, from: bob) } == "the proposal takes no deposits any more")
        #expect(try bench.balance(bob) == QST.one * 1_000_000)
    }

    @Test func aVoteThatHasBegunTakesNoDeposits() throws {
        var bench = try EconomyBench()
        let id = try bench.propose()
        #expect(refusal { try bench.deposit(id, 1, from: bob) } == "the proposal takes no deposits any more")
        #expect(refusal { try bench.withdrawDeposit(id, to: alice) } == "the proposal has not ended yet")
    }

    @Test func nobodyIsPaidTwiceOrForOthers() throws {
        var bench = try EconomyBench()
        let id = try bench.propose(wei: QST.one * 1000)
        try bench.block(after: 60_000)
        #expect(refusal { try bench.withdrawDeposit(id, to: bob) } == "there is no deposit to withdraw")
        #expect(try bench.withdrawDeposit(id, to: alice) == QST.one * 1000)
        #expect(refusal { try bench.withdrawDeposit(id, to: alice) } == "there is no deposit to withdraw")
        #expect(try bench.balance(Governance.address) == .zero)
    }

    @Test func onlySoManyProposalsWaitAndTheyAllExpire() throws {
        var bench = try EconomyBench { $0.parameters[.minimumDeposit] = QST.one }
        for _ in 0..<1024 { try bench.propose(wei: QST.one / 10) }
        #expect(refusal { try bench.propose(wei: QST.one / 10) } == "too many proposals wait for their deposits")
        // One that gets its deposit makes room.
        try bench.deposit(500, QST.one, from: bob)
        try bench.propose(wei: QST.one / 10)
        try bench.block(after: 60_000)
        #expect(try [bench.status(64), bench.status(65)] == [.expired, .deposit])
        #expect(refusal { try bench.deposit(65, QST.one, from: bob) } == "the time for deposits is over")
        for _ in 0..<16 { try bench.block() }
        #expect(try [bench.status(1024), bench.status(1025)] == [.expired, .expired])
        for _ in 0..<1024 { try bench.propose(wei: QST.one / 10) }
        #expect(try bench.faults() == [])
    }

    /// Deposits of proposals that expire come back, so whoever has enough can fill all places, and fill them again.
    @Test func whoFillsThePlacesKeepsOutNobodyWhoBringsTheWholeDeposit() throws {
        var bench = try EconomyBench { $0.parameters[.minimumDeposit] = QST.one }
        for _ in 0..<1024 { try bench.propose(wei: QST.one / 10) }
        #expect(refusal { try bench.propose(from: bob, wei: QST.one - 1) } == "too many proposals wait for their deposits")
        let id = try bench.propose(from: bob, wei: QST.one)
        #expect(try bench.status(id) == .voting)
        try bench.pass(id)
        #expect(try bench.status(id) == .executed)
        #expect(try bench.faults() == [])
    }

    @Test func onlySoManyProposalsAreVotedOn() throws {
        var bench = try EconomyBench { $0.parameters[.maximumActiveProposals] = 2 }
        try bench.propose()
        try bench.propose()
        let refused = "too many proposals are voted on; complete the deposit later"
        #expect(refusal { try bench.propose(from: bob) } == refused)
        let id = try bench.propose(from: bob, wei: QST.one * 9999)
        #expect(refusal { try bench.deposit(id, QST.one, from: bob) } == refused)
        try bench.cancel(1, by: alice)
        try bench.deposit(id, QST.one, from: bob)
        #expect(try bench.call(Governance.self, from: bob, "activeProposals()") == [32, 2, 2, 3])
    }

    /// Whoever lets all votes end in one block would have it read every validator for each of them.
    @Test func aBlockCountsABoundedNumberOfVotesAndNoneIsForgotten() throws {
        var bench = try EconomyBench { $0.parameters[.maximumActiveProposals] = 10 }
        for _ in 0..<10 {
            let id = try bench.propose()
            for validator in [v0, v1] { try bench.vote(id, .yes, validator) }
        }
        var ended: [Int] = []
        for block in 0..<3 {
            try bench.block(after: block == 0 ? 60_000 : 1000)
            ended.append(try (1...10 as ClosedRange<UInt64>).filter { try bench.status($0) == .queued }.count)
            #expect(refusal { try bench.vote(10, .no, v0) } != nil)
        }
        #expect(ended == [4, 8, 10])
        #expect(try bench.faults() == [])
    }

    @Test func amountsThatOverflowAreRefused() throws {
        var bench = try EconomyBench()
        #expect(refusal { try bench.deposit(.max, 1, from: bob) } == "there is no such proposal")
        let id = try bench.propose()
        for weights in [[UInt256.max, .one], [.one << 255, .one << 255], [QST.one << 64, 0]] {
            #expect(refusal { try bench.vote(id, [1, 3], weights, v0) } == "a weight is out of bounds")
        }
        #expect(refusal { try bench.vote(id, [1, 3], [UInt256(.max), 2], v0) } == "the weights do not sum to 10^18")
        #expect(refusal { try bench.call(Governance.self, from: v0, "vote(uint256,uint8)", [.word(.max), .number(1)]) }
            == "the number is too large")
        try bench.pass(try bench.propose(.burnBuyback(.max)))
        #expect(try bench.proposal(2).failure == "the buyback reserve is smaller than the amount")
        try bench.pass(try bench.propose(.treasurySpend(to: bob, wei: .max)))
        #expect(try bench.proposal(3).failure == "the community pool is smaller than the amount")
        #expect(try bench.faults() == [])
    }

    // MARK: What cannot be decided

    /// No value that a vote may give a parameter takes from two thirds of the stake the power to decide again, whatever the third
    /// that remains does against it.
    @Test(arguments: Parameter.allCases) func twoThirdsCanDecideWhateverWasDecidedBefore(parameter: Parameter) throws {
        for (value, isVetoed) in [parameter.bounds.lowerBound, parameter.bounds.upperBound].flatMap({ [($0, true), ($0, false)] }) {
            var bench = try EconomyBench()
            let isAllowed = refusal {
                try bench.hook { (hook) throws(NativeFailure) in try Parameters.set(parameter, value, &hook) }
            } == nil
            guard isAllowed else { continue }
            let id = try bench.propose(from: EconomyBench.payer, wei: try bench.parameter(.minimumDeposit))
            try bench.vote(id, .yes, v0)
            try bench.vote(id, .yes, v1)
            if isVetoed { try bench.vote(id, .veto, v2) }
            try bench.block(after: try bench.parameter(.votingMilliseconds).limb0)
            try bench.block(after: try bench.parameter(.timelockMilliseconds).limb0 + 1)
            #expect(try bench.status(id) == .executed, "\(parameter.name) = \(value)")
            #expect(try bench.faults() == [])
        }
    }

    // MARK: Who may, and when

    @Test func othersCannotCancelAndNobodyAfterTheEnd() throws {
        var bench = try EconomyBench()
        let id = try bench.propose()
        #expect(refusal { try bench.cancel(id, by: bob) } == "only its proposer can cancel a proposal")
        bench.time += 60_000
        #expect(refusal { try bench.cancel(id, by: alice) } == "the vote is over")
        try bench.block(after: 0)
        #expect(refusal { try bench.cancel(id, by: alice) } == "the proposal has ended")
        #expect(refusal { try bench.cancel(9, by: alice) } == "there is no such proposal")
    }

    @Test func votesCountOnlyWhileTheVoteRuns() throws {
        var bench = try EconomyBench()
        #expect(refusal { try bench.vote(1, .yes, v0) } == "there is no such proposal")
        let id = try bench.propose(wei: QST.one * 1000)
        #expect(refusal { try bench.vote(id, .yes, v0) } == "the proposal is not voted on")
        try bench.deposit(id, QST.one * 9000, from: alice)
        bench.time += 60_000
        #expect(refusal { try bench.vote(id, .yes, v0) } == "the vote is over")
        try bench.block(after: 0)
        #expect(refusal { try bench.vote(id, .yes, v0) } == "the proposal is not voted on")
        #expect(try bench.tally(id) == [0, 0, 0, 0, bonded])
    }

    @Test func whoHasNoStakeHasNoVote() throws {
        var bench = try EconomyBench()
        let id = try bench.propose()
        #expect(refusal { try bench.vote(id, .yes, alice) } == "only delegators vote")
        // The stake of an encryption node is no delegation.
        #expect(refusal { try bench.vote(id, .yes, EconomyBench.node(0)) } == "only delegators vote")
        try bench.delegate(alice, v0, hundred)
        try bench.undelegate(alice, v0, hundred)
        #expect(refusal { try bench.vote(id, .yes, alice) } == "only delegators vote")
        #expect(try bench.call(Governance.self, from: bob, "voteOf(uint256,address)", [.number(id), .address(alice)]) == [0, 0, 0, 0])
    }

    @Test func weightsMustBeWholeAndOptionsSingle() throws {
        var bench = try EconomyBench()
        let (id, half) = (try bench.propose(), QST.one / 2)
        let cases: [([UInt256], [UInt256], String)] = [
            ([1, 3], [half, half - 1], "the weights do not sum to 10^18"), ([1, 3], [half, half + 1], "the weights do not sum to 10^18"),
            ([1, 1], [half, half], "an option is named twice"), ([1, 3], [QST.one, 0], "a weight is out of bounds"),
            ([1], [half, half], "each option needs one weight"), ([], [], "the weights do not sum to 10^18"),
            ([0], [QST.one], "there is no such option"), ([5], [QST.one], "there is no such option"),
            ([257], [QST.one], "there is no such option"), ([1, 2, 3, 4, 1], [1, 1, 1, 1, 1], "the array is too long"),
        ]
        for (options, weights, reason) in cases { #expect(refusal { try bench.vote(id, options, weights, v0) } == reason, "\(options)") }
        #expect(refusal { try bench.call(Governance.self, from: v0, "vote(uint256,uint8)", [.number(id), .number(5)]) }
            == "there is no such option")
        #expect(try bench.tally(id) == [0, 0, 0, 0, bonded])
    }

    @Test func staticCallsAndPaymentsAreRefused() throws {
        var bench = try EconomyBench()
        let id = try bench.propose()
        #expect(refusal { try bench.call(Governance.self, from: v0, "vote(uint256,uint8)", [.number(id), .number(1)], isStatic: true) }
            == "write in a static call")
        #expect(refusal { try bench.call(Governance.self, from: v0, value: 1, "vote(uint256,uint8)", [.number(id), .number(1)]) }
            == "the function takes no payment")
    }

    // MARK: Counting stake once

    @Test func aLaterVoteReplacesTheEarlier() throws {
        var bench = try EconomyBench()
        let id = try bench.propose()
        try bench.vote(id, .yes, v0)
        try bench.vote(id, .yes, v0)
        #expect(try bench.tally(id) == [EconomyBench.stake, 0, 0, 0, bonded])
        try bench.vote(id, .veto, v0)
        #expect(try bench.tally(id) == [0, 0, 0, EconomyBench.stake, bonded])
        try bench.vote(id, [2, 1], [QST.one / 4, QST.one / 4 * 3], v0)
        #expect(try bench.tally(id) == [QST.one * 750, QST.one * 250, 0, 0, bonded])
        #expect(try bench.faults() == [])
    }

    @Test func votesFollowStakeThatComesAndGoes() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        let id = try bench.propose()
        try bench.vote(id, .no, alice)
        try bench.delegate(alice, v0, hundred)
        try bench.delegate(alice, v1, hundred)
        #expect(try bench.tally(id)[2] == QST.one * 300)
        try bench.undelegate(alice, v0, hundred * 2)
        #expect(try bench.tally(id)[2] == hundred)
        try bench.block()
        let height = bench.height
        try bench.call(
            Staking.self, from: alice, "cancelUnbondingDelegation(address,uint256,uint256)",
            [.address(v0), .word(hundred), .number(height)])
        #expect(try bench.tally(id)[2] == hundred * 2)
        // What leaves after the vote counts no more.
        try bench.undelegate(alice, v1, hundred)
        #expect(try bench.tally(id)[2] == hundred)
        #expect(try bench.faults([alice, v0, v1, v2]) == [])
    }

    @Test func redelegatedStakeVotesOnce() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        let id = try bench.propose()
        try bench.vote(id, .yes, alice)
        try bench.redelegate(alice, v0, v1, hundred)
        try bench.vote(id, .yes, alice)
        #expect(try bench.tally(id)[0] == hundred)
        // Neither does the new validator vote with it.
        try bench.vote(id, .no, v1)
        #expect(try bench.tally(id) == [hundred, 0, EconomyBench.stake, 0, bonded + hundred])
        #expect(try bench.faults([alice, v0, v1, v2]) == [])
    }

    @Test func stakeThatWasUndelegatedCannotVoteThroughAnother() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        let id = try bench.propose()
        try bench.vote(id, .yes, alice)
        try bench.undelegate(alice, v0, hundred)
        #expect(try bench.tally(id)[0] == .zero)
        #expect(try bench.complete(alice, v0) == .zero)
    }

    @Test func aJailedValidatorVotesForItselfAlone() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        try bench.delegate(bob, v0, hundred)
        let id = try bench.propose()
        try bench.vote(id, .yes, v0)
        try bench.vote(id, .no, bob)
        #expect(try bench.tally(id)[0] == QST.one * 1100)
        let end = bench.time / 1000 + 10
        let jailed = v0
        try bench.hook { (hook) throws(NativeFailure) in try Staking.jail(jailed, until: end, &hook) }
        #expect(try bench.tally(id) == [EconomyBench.stake, 0, hundred, 0, QST.one * 3200])
        try bench.block(after: 10_000)
        try bench.call(Staking.self, from: v0, "unjail()")
        #expect(try bench.tally(id)[0] == QST.one * 1100)
    }

    @Test func aSlashLowersTheVotesOfAllThatItTakesFrom() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        let id = try bench.propose()
        try bench.vote(id, .yes, v0)
        try bench.vote(id, .no, alice)
        try bench.slash(v0, tenths: 5)
        #expect(try bench.tally(id) == [QST.one * 500, 0, QST.one * 50, 0, QST.one * 2550])
        // A redelegation that owes for a slash pays with its next touch, and loses the votes then.
        try bench.delegate(bob, v2, hundred)
        try bench.vote(id, .veto, bob)
        try bench.redelegate(bob, v2, v1, hundred)
        try bench.slash(v2, tenths: 1)
        #expect(try bench.tally(id)[3] == hundred)
        _ = try bench.complete(bob, v1)
        #expect(try bench.tally(id)[3] == QST.one * 90)
        try bench.slash(v0, tenths: 10)
        #expect(try bench.tally(id)[0] == .zero)
        #expect(try bench.faults([alice, bob, v0, v1, v2]) == [])
    }

    // MARK: Proposals that cannot be carried out

    @Test func aParameterOutOfBoundsAtExecutionChangesNothing() throws {
        var bench = try EconomyBench()
        let tenth = QST.one / 10
        let first = try bench.propose(.parameterChange([(.validatorsShare, tenth * 4)]))
        let second = try bench.propose(.parameterChange([(.quorum, tenth), (.nodesShare, tenth * 6)]))
        for id in [first, second] { for voter in [v0, v1] { try bench.vote(id, .yes, voter) } }
        try bench.block(after: 60_000)
        try bench.block(after: 5000)
        #expect(try [bench.status(first), bench.status(second)] == [.executed, .failed])
        #expect(try bench.proposal(second).failure == "the shares of revenue exceed the whole")
        #expect(try bench.parameter(.quorum) == QST.one / 10_000 * 3340)
        #expect(try bench.withdrawDeposit(second, to: alice) == EconomyBench.deposit)
    }

    @Test func aTreasurySpendBeyondThePoolFails() throws {
        var bench = try EconomyBench()
        let wei = QST.one * 1_000_000
        try bench.pass(try bench.propose(.treasurySpend(to: bob, wei: wei)))
        #expect(try bench.status(1) == .failed)
        #expect(try bench.proposal(1).failure == "the community pool is smaller than the amount")
        #expect(try bench.balance(bob) == QST.one * 1_000_000)
        for receiver in [Staking.address, Distribution.address, Governance.address, Address.zero] {
            #expect(refusal { try bench.propose(.treasurySpend(to: receiver, wei: 1)) } == "the community pool cannot pay that account")
        }
        #expect(try bench.faults() == [])
    }

    @Test func aSecondBreachOfTheSameNodeTakesNothingMore() throws {
        var bench = try EconomyBench { $0.parameters[.securityBreachSlash] = QST.one / 2 }
        let (first, second) = (try bench.propose(.securityBreach(v2)), try bench.propose(.securityBreach(v2)))
        for id in [first, second] { for voter in [v0, v1] { try bench.vote(id, .yes, voter) } }
        try bench.block(after: 60_000)
        try bench.block(after: 5000)
        #expect(try [bench.status(first), bench.status(second)] == [.executed, .failed])
        let record = Staking.validator(v2)
        #expect(try bench.state.storage(record.contract, record.slot(.tokens)) == EconomyBench.stake / 2)
    }

    @Test func removingAnOperatorSparesACommunityNode() throws {
        var bench = try EconomyBench()
        let node = EconomyBench.node(1)
        #expect(refusal { try bench.propose(.removeOperator(node)) } == "the operator is not admitted")
        try bench.pass(try bench.propose(.admitOperator(node)))
        try bench.pass(try bench.propose(.removeOperator(node)))
        #expect(try bench.status(2) == .executed)
        #expect(try bench.call(Staking.self, from: bob, "encryptionNode(address)", [.address(node)])[0] == .one)
    }
}

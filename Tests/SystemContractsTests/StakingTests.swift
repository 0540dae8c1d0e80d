import ChainTypes
import Primitives
import SystemContracts
import Testing
import WorldState

/// What operations of the staking contract do and refuse.
@Suite struct StakingTests {
    let v0 = EconomyBench.validator(0)
    let v1 = EconomyBench.validator(1)
    let alice = EconomyBench.account(0)
    let bob = EconomyBench.account(1)
    let hundred = QST.one * 100

    @discardableResult
    private func create(_ bench: inout EconomyBench, _ account: Address, _ name: String, wei: UInt256 = EconomyBench.stake) throws -> [UInt256] {
        let percent = QST.one / UInt256(100)
        // The three words of the commission stand in the head.
        return try bench.call(
            Staking.self, from: account, value: wei,
            "createValidator((string,string,string),(uint256,uint256,uint256),bytes,bytes,string,bytes,bytes)",
            [
                .tuple([.text(name), .text("https://example.org"), .text("")]), .word(percent * UInt256(5)), .word(percent * UInt256(20)),
                .word(percent), .bytes(EconomyBench.key("c \(name)")), .bytes(EconomyBench.key("n \(name)")), .text("127.0.0.1:1"),
                .bytes(try EconomyBench.proof("c \(name)", account)), .bytes(try EconomyBench.proof("n \(name)", account)),
            ])
    }

    @Test func aNewValidatorEntersTheSetOfTheEpochAfterTheNextAndEarnsThen() throws {
        var bench = try EconomyBench()
        try create(&bench, alice, "fourth")
        try bench.delegate(bob, alice, hundred)
        try bench.block(after: 60_000)
        #expect(bench.epoch.validators.count == 3 && bench.epoch.next.count == 4)
        let joined = try #require(bench.epoch.next.validators.last)
        #expect(joined.address == alice && joined.power == 1100 && joined.moniker == "fourth" && joined.consensusKey == EconomyBench.key("c fourth"))
        try bench.block(after: 60_000)
        #expect(bench.epoch.validators.count == 4)
        try bench.block(after: 60_000)
        try bench.block(after: 120_000)
        #expect(try bench.withdraw(bob, alice) > .zero)
        #expect(try bench.faults([alice, bob] + (0..<3).map(EconomyBench.validator)) == [])
    }

    @Test func validatorsAreRefusedWithoutStakeOrWithUsedKeys() throws {
        var bench = try EconomyBench()
        #expect(refusal { try create(&bench, alice, "x", wei: EconomyBench.stake - 1) } == "the stake is below the minimum")
        try create(&bench, alice, "x")
        #expect(refusal { try create(&bench, alice, "y") } == "the validator exists already")
        #expect(refusal { try create(&bench, bob, "x") } == "the key has been used before")
    }

    @Test func unbondingPaysAfterItsTimeAndCanBeCancelled() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        let before = try bench.balance(alice)
        try bench.undelegate(alice, v0, QST.one * 60)
        let height = bench.height + 1
        try bench.call(
            Staking.self, from: alice, "cancelUnbondingDelegation(address,uint256,uint256)", [.address(v0), .word(QST.one * 20), .number(height)])
        #expect(try bench.shares(alice, v0) == QST.one * 60)
        try bench.block(after: 179_000)
        #expect(try bench.complete(alice, v0) == .zero)
        try bench.block(after: 1000)
        #expect(try bench.complete(alice, v0) == QST.one * 40)
        #expect(try bench.balance(alice) == before + QST.one * 40)
        #expect(try bench.faults([alice] + (0..<3).map(EconomyBench.validator)) == [])
    }

    @Test func redelegationsNeitherHopNorLoop() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        #expect(refusal { try bench.redelegate(alice, v0, v0, hundred) } == "source and destination are the same")
        try bench.redelegate(alice, v0, v1, QST.one)
        #expect(refusal { try bench.redelegate(alice, v1, v0, QST.one) } == "the delegation was redelegated too recently")
        for _ in 1..<7 { try bench.redelegate(alice, v0, v1, QST.one) }
        #expect(refusal { try bench.redelegate(alice, v0, v1, QST.one) } == "too many redelegations")
        try bench.block(after: 180_000)
        try bench.redelegate(alice, v1, v0, QST.one)
    }

    @Test func unbondingDoesNotEscapeASlash() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        try bench.delegate(bob, v0, hundred)
        let fault = bench.time / 1000
        try bench.block(after: 5000)
        try bench.undelegate(alice, v0, hundred)
        try bench.redelegate(bob, v0, v1, hundred)
        try bench.undelegate(bob, v1, hundred)
        try bench.block(after: 5000)
        try bench.slash(v0, tenths: 1, infractionAt: fault)
        try bench.block(after: 180_000)
        #expect(try bench.complete(alice, v0) == QST.one * 90)
        #expect(try bench.complete(bob, v1) == QST.one * 90)
        #expect(try bench.call(Distribution.self, from: alice, "communityPool()")[0] >= QST.one * 120)
        #expect(try bench.faults([alice, bob] + (0..<3).map(EconomyBench.validator)) == [])
    }

    @Test func whatLeftBeforeAFaultIsNotSlashedForIt() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        try bench.undelegate(alice, v0, hundred)
        try bench.block(after: 5000)
        try bench.slash(v0, tenths: 5)
        try bench.block(after: 180_000)
        #expect(try bench.complete(alice, v0) == hundred)
        #expect(refusal { try bench.slash(v0, tenths: 1, infractionAt: bench.time / 1000 - 180) } == "a block hook failed: the fault is out of time" ||
            refusal { try bench.slash(v0, tenths: 1, infractionAt: bench.time / 1000 - 180) } != nil)
    }

    @Test func commissionChangesByItsDailyMaximumOnceADay() throws {
        var bench = try EconomyBench()
        let percent = QST.one / UInt256(100)
        let edit = { (bench: inout EconomyBench, rate: UInt256) in
            _ = try bench.call(
                Staking.self, from: EconomyBench.validator(0), "editValidator((string,string,string),uint256)",
                [.tuple([.text("v"), .text(""), .text("")]), .word(rate)])
        }
        #expect(refusal { try edit(&bench, percent * UInt256(11)) } == "the commission changed less than a day ago")
        try bench.block(after: 86_400_000)
        #expect(refusal { try edit(&bench, QST.one) } == "the commission changes by more than a day's maximum")
        try edit(&bench, percent * UInt256(11))
        #expect(refusal { try edit(&bench, percent * UInt256(12)) } == "the commission changed less than a day ago")
    }

    @Test func amountsThatOverflowAreRefused() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        for wei in [UInt256.max, .max - 1, .one << 255, hundred + 1, .zero] {
            #expect(refusal { try bench.undelegate(alice, v0, wei) } != nil)
            #expect(refusal { try bench.redelegate(alice, v0, v1, wei) } != nil)
        }
        #expect(try bench.faults([alice] + (0..<3).map(EconomyBench.validator)) == [])
    }

    @Test func anOperatorBelowItsMinimumIsSuspendedAndCanReturn() throws {
        var bench = try EconomyBench()
        try bench.undelegate(v0, v0, QST.one)
        try bench.block(after: 60_000)
        #expect(bench.epoch.next.validators.map(\.address) == [v1, EconomyBench.validator(2)])
        #expect(refusal { try bench.call(Staking.self, from: v0, "unjail()") } == "the validator's own stake is below the minimum")
        try bench.delegate(v0, v0, QST.one)
        try bench.call(Staking.self, from: v0, "unjail()")
        try bench.block(after: 60_000)
        #expect(bench.epoch.next.count == 3)
    }

    @Test func aRemovedValidatorStaysOutAndItsDelegatorsLeave() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, hundred)
        let v0 = v0
        try bench.hook { (hook) throws(NativeFailure) in try Staking.tombstone(v0, &hook) }
        #expect(refusal { try bench.call(Staking.self, from: v0, "unjail()") } == "the validator is removed for good")
        #expect(refusal { try bench.delegate(bob, v0, hundred) } == "the validator is removed for good")
        try bench.undelegate(alice, v0, hundred)
        try bench.block(after: 180_000)
        #expect(try bench.complete(alice, v0) == hundred)
        #expect(bench.epoch.next.count == 2)
    }

    @Test func theSetNeverGetsEmpty() throws {
        var bench = try EconomyBench(validators: 1)
        let v0 = v0
        try bench.hook { (hook) throws(NativeFailure) in try Staking.tombstone(v0, &hook) }
        try bench.block(after: 60_000)
        #expect(bench.epoch.next.count == 1)
    }

    @Test func encryptionNodesEnterEarnAndLeave() throws {
        var bench = try EconomyBench()
        let proof = try EconomyBench.proof("o", alice)
        let arguments: (UInt64, String) -> [ABIValue] = {
            [.number($0), .number(10), .bytes(EconomyBench.key($1)), .text("127.0.0.1:7"), .text($1), .bytes(proof)]
        }
        let signature = "registerEncryptionNode(uint8,uint64,bytes,string,string,bytes)"
        #expect(refusal { try bench.call(Staking.self, from: alice, value: EconomyBench.stake, signature, arguments(0, "o")) }
            == "governance has not admitted the operator node")
        try bench.call(Staking.self, from: alice, value: EconomyBench.stake, signature, arguments(1, "o"))
        try bench.block(after: 60_000)
        #expect(try NodeRegistry.nodes(in: &bench.state).map(\.moniker) == ["n0", "n1", "o"])
        try bench.block(after: 60_000)
        try bench.block(after: 120_000)
        #expect(try bench.call(Distribution.self, from: alice, "withdrawNodeRewards()")[0] > .zero)
        try bench.call(Staking.self, from: alice, "exitEncryptionNode()")
        #expect(refusal { try bench.call(Staking.self, from: alice, "completeExit(address)", [.address(alice)]) } == "the stake is not free yet")
        try bench.block(after: 180_000)
        #expect(try bench.call(Staking.self, from: bob, "completeExit(address)", [.address(alice)]) == [EconomyBench.stake])
        #expect(try NodeRegistry.nodes(in: &bench.state).count == 2)
        #expect(try bench.faults() == [])
    }

    @Test func staticCallsWriteNothingAndPlainFunctionsTakeNoWei() throws {
        var bench = try EconomyBench()
        #expect(refusal { try bench.call(Staking.self, from: alice, "delegate(address)", [.address(v0)], isStatic: true) } != nil)
        #expect(refusal { try bench.call(Staking.self, from: alice, value: 1, "undelegate(address,uint256)", [.address(v0), .word(1)]) }
            == "the function takes no payment")
        #expect(refusal { try bench.call(Staking.self, from: alice, "validator(address)", [.word(.max)]) } == "malformed address")
    }
}

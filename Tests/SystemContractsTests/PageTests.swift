import ChainTypes
import Primitives
import SystemContracts
import Testing
import WorldState

/// Queries that give lists page by page.
@Suite struct PageTests {
    let alice = EconomyBench.account(0)
    let v0 = EconomyBench.validator(0)
    let v1 = EconomyBench.validator(1)
    let v2 = EconomyBench.validator(2)

    /// An answer of dynamic arrays and numbers, in order: `true` marks the arrays.
    private func columns(_ answer: [UInt256], _ isArray: [Bool]) -> [[UInt256]] {
        isArray.enumerated().map { place, isArray in
            guard isArray else { return [answer[place]] }
            let start = Int(answer[place].limb0) / 32
            return Array(answer[(start + 1)...].prefix(Int(answer[start].limb0)))
        }
    }

    private func slashes(_ validator: Address, page: UInt64 = 0, _ bench: inout EconomyBench) throws -> [[UInt256]] {
        columns(
            try bench.call(Staking.self, from: .zero, "slashes(address,uint256)", [.address(validator), .number(page)], isStatic: true),
            [true, true, true, true, false])
    }

    private func validators(
        _ standing: UInt64, from first: UInt64 = 0, limit: UInt64 = 100, _ bench: inout EconomyBench
    ) throws -> [[UInt256]] {
        columns(
            try bench.call(
                Staking.self, from: .zero, "validatorsByStatus(uint8,uint256,uint256)",
                [.number(standing), .number(first), .number(limit)], isStatic: true), [true, true, true, true, true, true, false, false])
    }

    private func delegations(from first: UInt64 = 0, limit: UInt64 = 100, _ bench: inout EconomyBench) throws -> [[UInt256]] {
        columns(
            try bench.call(
                Staking.self, from: .zero, "delegations(address,uint256,uint256)", [.address(alice), .number(first), .number(limit)],
                isStatic: true), [true, true, true, true, true, false])
    }

    @Test func slashesAreOnRecordWithWhenAndHowMuch() throws {
        var bench = try EconomyBench()
        #expect(try slashes(v0, &bench) == [[], [], [], [], [0]])
        let fault = bench.time / 1000
        try bench.block(after: 5000)
        try bench.slash(v0, tenths: 1, infractionAt: fault)
        let told = try slashes(v0, &bench)
        let now = UInt256(bench.time / 1000)
        #expect(told == [[UInt256(fault)], [QST.one / 10], [QST.one * 100], [now], [1]])
        for _ in 0..<104 { try bench.slash(v0, tenths: 0) }
        #expect(try slashes(v0, &bench)[0].count == 100 && slashes(v0, page: 1, &bench)[0].count == 5)
        #expect(try slashes(v0, page: 2, &bench)[0].isEmpty && slashes(v0, page: .max, &bench)[0].isEmpty)
    }

    @Test func validatorsAreListedByWhereTheyStand() throws {
        var bench = try EconomyBench { $0.parameters[.maximumMissedProposals] = 1 }
        try bench.block(missed: [v1])
        try bench.hook { (hook) throws(NativeFailure) in try Staking.tombstone(v2, &hook) }
        #expect(try validators(0, &bench)[0].count == 3)
        #expect(try validators(1, &bench)[0] == [v0.padded.number])
        #expect(try validators(2, &bench)[0].isEmpty)
        let jailed = try validators(3, &bench)
        #expect(jailed[0] == [v1.padded.number] && jailed[2] == [EconomyBench.stake] && !jailed[5][0].isZero)
        #expect(try validators(4, &bench)[0] == [v2.padded.number])
        let second = try validators(3, from: 1, limit: 1, &bench)
        #expect(second[0] == [v1.padded.number] && second[6] == [2] && second[7] == [3])
        #expect(try validators(3, from: .max, &bench)[0].isEmpty)
        #expect(refusal { _ = try validators(5, &bench) } == "there is no such status")
    }

    @Test func anAccountsDelegationsComeWithWhatTheyEarn() throws {
        var bench = try EconomyBench()
        for validator in [v0, v1] { try bench.delegate(alice, validator, QST.one * 500) }
        try bench.block()
        let all = try delegations(&bench)
        #expect(all[0] == [v0, v1].map(\.padded.number) && all[2] == [QST.one * 500, QST.one * 500] && all[5] == [2])
        #expect(all[3] == [0, 0], "nothing of a period is free before its close")
        #expect(all[4].allSatisfy { !$0.isZero })
        #expect(try delegations(from: 1, &bench)[0] == [v1.padded.number])
        #expect(try delegations(limit: 1, &bench)[0] == [v0.padded.number])
        let sum = try bench.call(
            Distribution.self, from: .zero, "totalRewards(address,uint256,uint256)", [.address(alice), .number(0), .number(100)],
            isStatic: true)
        #expect(sum == [0, all[4][0] + all[4][1], 2])
    }

    @Test func whatThePresentPeriodHasEarnedIsWhatItsCloseGives() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, QST.one * 500)
        func earned() throws -> UInt256 {
            try bench.call(
                Distribution.self, from: .zero, "periodRewards(address,address)", [.address(alice), .address(v0)], isStatic: true)[0]
        }
        for step in 0..<5 {
            try bench.block()
            if step == 2 { try bench.delegate(alice, v0, QST.one * 100) }
        }
        let period = bench.spec.economy.parameters[.rewardPeriodMilliseconds].limb0
        try bench.block(after: period - 6000)
        let before = try earned()
        try bench.block()
        let due = try bench.call(
            Distribution.self, from: .zero, "delegationRewards(address,address)", [.address(alice), .address(v0)], isStatic: true)[0]
        #expect(try earned().isZero, "a new period has begun")
        // The close came a second later.
        let ofASecond = before / UInt256(period / 1000)
        #expect(!before.isZero && due > before && due < before + ofASecond * 2)
    }

    @Test func proposalsAreListedByStatus() throws {
        var bench = try EconomyBench()
        for wei in [10_000, 1000, 10_000] as [UInt256] { try bench.propose(wei: QST.one * wei) }
        func list(_ status: ProposalStatus, from id: UInt64, limit: UInt64 = 100) throws -> [[UInt256]] {
            columns(
                try bench.call(
                    Governance.self, from: .zero, "proposals(uint8,uint256,uint256)",
                    [.number(status.rawValue), .number(id), .number(limit)], isStatic: true), [true, true, true, false])
        }
        #expect(try list(.voting, from: 1)[0] == [1, 3])
        #expect(try list(.deposit, from: 0)[0] == [2])
        #expect(try list(.unknown, from: 2, limit: 1) == [[2], [1], [0], [3]])
        #expect(try list(.voting, from: .max)[0].isEmpty)
        #expect(try list(.executed, from: 1).last == [4])
    }
}

import ChainTypes
import Primitives
import SystemContracts
import TestKit
import Testing
import WorldState

/// Emission, the division of revenue, periods, and what they cost.
@Suite struct RewardTests {
    let v0 = EconomyBench.validator(0)
    let v1 = EconomyBench.validator(1)
    let alice = EconomyBench.account(0)
    let bob = EconomyBench.account(1)

    @Test func emissionPaysTheScheduleToTheWei() throws {
        let year = Emission.yearMilliseconds
        let million = QST.one * UInt256(1_000_000)
        #expect(Emission.scheduled(year) == million * UInt256(80))
        #expect(Emission.scheduled(10 * year) == million * UInt256(675))
        #expect(Emission.scheduled(10 * year) - Emission.scheduled(9 * year) == million * UInt256(55))
        #expect(Emission.scheduled(11 * year) == Emission.scheduled(10 * year))
        #expect(Emission.scheduled(year / 2) == million * UInt256(40))
        let supply = million * UInt256(1675)
        #expect(
            try Emission.between(10 * year, 11 * year, supply: supply, lateRate: QST.one / UInt256(1000) * UInt256(15))
                == million * UInt256(25_125) / UInt256(1000))
    }

    @Test func splitsOfATimeAddUpToTheWhole() throws {
        var random = SeededGenerator(seed: 4)
        var (time, sum) = (0 as UInt64, UInt256.zero)
        for _ in 0..<1000 {
            let next = time + UInt64.random(in: 0...300_000_000, using: &random)
            sum = sum + (try Emission.between(time, next, supply: .zero, lateRate: .zero))
            time = next
        }
        #expect(sum == Emission.scheduled(time))
    }

    @Test func nothingIsFreeBeforeThePeriodCloses() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, QST.one * 1000)
        try bench.block(after: 100_000)
        #expect(try bench.withdraw(alice, v0) == .zero)
        try bench.block(after: 20_000)
        #expect(try bench.withdraw(alice, v0) > .zero)
        #expect(try bench.withdraw(alice, v0) == .zero)
    }

    /// 120 s of emission among five nodes; a tenth is commission, half of the rest alice's.
    @Test func aPeriodPaysWhatASpreadsheetSays() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, QST.one * 1000)
        try bench.block(after: 120_000)
        let each = Emission.scheduled(120_000) / UInt256(5)
        let commission = each / UInt256(10)
        let half = (each - commission) / UInt256(2)
        let paid = try bench.withdraw(alice, v0)
        #expect(paid <= half && half - paid <= 1)
        let taken = try bench.call(Distribution.self, from: v0, "withdrawValidatorCommission()")[0]
        #expect(taken <= commission && commission - taken <= 1)
    }

    @Test func whoJoinsJustBeforeACloseGainsNothing() throws {
        var bench = try EconomyBench()
        try bench.delegate(alice, v0, QST.one * 1000)
        try bench.block(after: 119_999, revenue: QST.one * 1000)
        try bench.delegate(bob, v0, QST.one * 100_000)
        try bench.block(after: 1)
        let (early, late) = (try bench.withdraw(alice, v0), try bench.withdraw(bob, v0))
        #expect(late * UInt256(1000) < early)
    }

    @Test func missedTurnsReduceTheWholePeriodForTheCommunity() throws {
        var (up, down) = (try EconomyBench(), try EconomyBench())
        for _ in 0..<2 {
            try up.block(after: 60_000, proposer: v0)
            try down.block(after: 60_000, proposer: v0, missed: [v0])
        }
        let (whole, half) = (try up.withdraw(v0, v0), try down.withdraw(v0, v0))
        #expect(whole / UInt256(2) - half <= 1 || half - whole / UInt256(2) <= 1)
        #expect(try down.call(Distribution.self, from: v0, "communityPool()")[0] > whole / UInt256(2))
        #expect(try down.faults((0..<3).map(EconomyBench.validator)) == [])
    }

    @Test func revenueIsDividedAsTheParametersSay() throws {
        var bench = try EconomyBench()
        try bench.block(after: 1, revenue: QST.one * 1000)
        #expect(try bench.call(Distribution.self, from: alice, "reserves()") == [QST.one * 50, QST.one * 50, QST.one * 300])
        #expect(try bench.call(Distribution.self, from: alice, "withdrawOperations()") == [QST.one * 300])
        #expect(try bench.balance(Address(low: 0x40000)) == QST.one * 300)
        try bench.block(after: 120_000)
        let node = EconomyBench.node(0)
        let share = try bench.call(Distribution.self, from: node, "withdrawNodeRewards()")[0]
        let emission = Emission.scheduled(120_001) / UInt256(5)
        #expect(share <= QST.one * 225 + emission && QST.one * 225 + emission - share <= 2)
    }

    @Test func onlyTheBuybackReserveBurns() throws {
        var bench = try EconomyBench()
        try bench.block(after: 1, revenue: QST.one * 1000)
        let before = try bench.call(Distribution.self, from: alice, "supply()")[0]
        try bench.hook { (hook) throws(NativeFailure) in try Distribution.burnBuyback(QST.one * 50, &hook) }
        #expect(try bench.call(Distribution.self, from: alice, "supply()") [0] == before - QST.one * 50)
        #expect(throws: StateError.self) { try bench.hook { (hook) throws(NativeFailure) in try Distribution.burnBuyback(.one, &hook) } }
        #expect(try bench.faults() == [])
    }

    @Test func vestingReleasesAfterItsLockEvenly() throws {
        var bench = try EconomyBench {
            $0.vesting = [
                VestingAllocation(beneficiary: Address(low: 0x50000), amount: 1000, lockMilliseconds: 10_000, vestingMilliseconds: 100_000)
            ]
        }
        let owner = Address(low: 0x50000)
        for (step, paid) in [(9_000, 0), (1_000, 0), (25_000, 250), (75_000, 750), (1000, 0)] as [(UInt64, UInt64)] {
            try bench.block(after: step)
            #expect(try bench.call(Vesting.self, from: owner, "claim()") == [UInt256(paid)])
        }
        #expect(try bench.balance(owner) == 1000)
    }

    @Test func parametersKeepTheirBounds() throws {
        var bench = try EconomyBench()
        let set = { (bench: inout EconomyBench, parameter: Parameter, value: UInt256) in
            try bench.hook { (hook) throws(NativeFailure) in try Parameters.set(parameter, value, &hook) }
        }
        try set(&bench, .quorum, QST.one / UInt256(2))
        #expect(try bench.call(Parameters.self, from: alice, "get(string)", [.text("quorum")]) == [QST.one / UInt256(2)])
        #expect(throws: StateError.self) { try set(&bench, .quorum, QST.one + 1) }
        #expect(throws: StateError.self) { try set(&bench, .nodesShare, QST.one) }
        #expect(Set(Parameter.allCases.map(\.name)).count == Parameter.allCases.count)
        #expect(EconomyParameters().fault == nil && EconomyParameters.devnet().fault == nil)
    }

    /// Reads and writes at the end of blocks, epochs and periods do not depend on the number of delegations.
    @Test func theEndOfABlockCostsTheSameWithThousandsOfDelegations() throws {
        func changes(_ delegations: Int) throws -> [Int] {
            var bench = try EconomyBench()
            for index in 0..<delegations {
                let account = Address(low: 0x100000 + UInt32(index))
                try bench.state.credit(account, QST.one)
                try bench.delegate(account, v0, QST.one)
            }
            return try ([1000, 60_000, 60_000] as [UInt64]).map {
                let before = bench.state.touchedSlots
                try bench.block(after: $0)
                return bench.state.touchedSlots - before
            }
        }
        #expect(try changes(3) == changes(3000))
    }
}

import ChainTypes
import Primitives
import SystemContracts
import Testing
import WorldState

/// A checker that says nothing about a broken state is worth nothing: each number is moved by a wei and must be missed.
@Suite struct EconomyCheckerTests {
    private let alice = EconomyBench.account(0)
    private let bob = EconomyBench.account(1)
    private let v0 = EconomyBench.validator(0)
    private let v1 = EconomyBench.validator(1)

    /// A chain with delegations, some leaving, some paid, and a vesting allocation.
    private func bench() throws -> EconomyBench {
        var bench = try EconomyBench {
            $0.vesting = [
                VestingAllocation(beneficiary: EconomyBench.account(5), amount: QST.one * 10, lockMilliseconds: 0, vestingMilliseconds: 600_000)
            ]
        }
        try bench.block()
        try bench.delegate(alice, v0, QST.one * 100)
        try bench.delegate(bob, v1, QST.one * 77)
        try bench.block(after: 60_000, revenue: QST.one)
        try bench.undelegate(alice, v0, QST.one * 5)
        try bench.redelegate(bob, v1, v0, QST.one * 7)
        try bench.call(Vesting.self, from: EconomyBench.account(5), "claim()")
        try bench.block(after: 61_000, revenue: QST.one)
        _ = try bench.withdraw(alice, v0)
        try bench.block()
        return bench
    }

    private func faults(after change: (inout EconomyBench) throws -> Void) throws -> [String] {
        var bench = try bench()
        try change(&bench)
        return try bench.faults([alice, bob])
    }

    private func move<Field>(_ bench: inout EconomyBench, _ record: Record<Field>, _ field: Field, less: Bool = false) throws {
        let value = try bench.state.storage(record.contract, record.slot(field))
        try bench.state.setStorage(record.contract, record.slot(field), less ? value - .one : value + .one)
    }

    private func take(_ bench: inout EconomyBench, _ contract: Address) throws {
        let isTaken = try bench.state.debit(contract, .one)
        #expect(isTaken)
    }

    @Test func aSoundStateHasNoFaults() throws {
        var bench = try bench()
        #expect(try bench.faults([alice, bob]) == [])
        #expect(bench.accounts.delegations.count == 6)
        var supply = SupplyCheck()
        #expect(try supply.faults(of: bench.settled()) == [])
        #expect(supply.destroyed == .zero)
        #expect(try EconomyChecker(accounts: bench.accounts).faults(of: bench.settled()) == [])
    }

    @Test func sharesThatNobodyHasAreMissed() throws {
        let cell = Staking.sharesCell(alice, v0)
        let faults = try faults { try $0.state.setStorage(cell.contract, cell.slot, try $0.state.storage(cell.contract, cell.slot) - .one) }
        #expect(faults.count == 1 && faults[0].hasPrefix("delegations to \(v0) have"), "\(faults)")
    }

    @Test func stakesThatDoNotSumUpAreMissed() throws {
        #expect(try faults { try move(&$0, Staking.validator(v0), .tokens) }.contains { $0.hasSuffix("are bonded") })
        #expect(try faults { try move(&$0, Staking.node(EconomyBench.node(1)), .stake, less: true) }.contains { $0.contains("at stake") })
        let short = try faults { try take(&$0, Staking.address) }
        #expect(short.count == 1 && short[0].hasPrefix("staking holds"), "\(short)")
    }

    @Test func rewardsThatDoNotSumUpAreMissed() throws {
        for field in [ValidatorReward.accrued, .outstanding] {
            #expect(try faults { try move(&$0, Distribution.validator(v1), field) }.contains { $0.hasPrefix("distribution owes") })
        }
        for field in [NodeReward.due, .carried] {
            #expect(try faults { try move(&$0, Distribution.node(EconomyBench.node(0)), field) }.contains { $0.hasPrefix("distribution owes") })
        }
        #expect(try faults { try take(&$0, Distribution.address) }.contains { $0.hasPrefix("distribution holds") })
        let promised = try faults {
            let record = Distribution.delegation(alice, v0)
            try $0.state.setStorage(record.contract, record.slot(.due), QST.one << 160)
        }
        #expect(promised.count == 1 && promised[0].hasPrefix("\(v0) owes"), "\(promised)")
    }

    @Test func rewardsThatBelongToNobodyAreMissed() throws {
        let faults = try faults {
            // More than rounding loses, and moved so that the contract's own sum still holds.
            let (from, to) = (Distribution.validator(v0), Distribution.validator(v1))
            for (record, sign) in [(from, true), (to, false)] {
                let value = try $0.state.storage(record.contract, record.slot(.outstanding))
                let wei = QST.gwei
                try $0.state.setStorage(record.contract, record.slot(.outstanding), sign ? value + wei : value - wei)
            }
        }
        #expect(faults.contains { $0.hasSuffix("of \(v0) belong to nobody") }, "\(faults)")
        #expect(faults.contains { $0.hasPrefix("\(v1) owes") }, "\(faults)")
    }

    @Test func vestingThatIsNotCoveredIsMissed() throws {
        let faults = try faults { try take(&$0, Vesting.address) }
        #expect(faults.count == 1 && faults[0].hasPrefix("vesting holds"), "\(faults)")
    }

    @Test func weiFromNowhereAreMissedAndDestroyedOnesStayDestroyed() throws {
        var bench = try bench()
        var supply = SupplyCheck()
        #expect(try supply.faults(of: bench.settled()) == [])
        try bench.state.credit(alice, .one)
        let made = try supply.faults(of: bench.settled())
        #expect(made.count == 1 && made[0].hasPrefix("all accounts have"), "\(made)")
        // A contract may take wei out of the world, and nothing may bring them back.
        let isTaken = try bench.state.debit(alice, QST.one)
        #expect(isTaken)
        #expect(try supply.faults(of: bench.settled()) == [])
        #expect(supply.destroyed == QST.one - .one)
        try bench.state.credit(bob, .one)
        let back = try supply.faults(of: bench.settled())
        #expect(back.count == 1 && back[0].hasPrefix("1 wei came back from nowhere"), "\(back)")
    }

    @Test func aDelegationThatNobodyHeardOfIsMissed() throws {
        var bench = try bench()
        let deaf = EconomyAccounts(genesis: bench.spec)
        #expect(try EconomyChecker(accounts: deaf).faults(in: &bench.state).contains { $0.hasPrefix("delegations to") })
    }
}

import ChainTypes
import Primitives
import SystemContracts
import Testing
import WorldState

/// No number that a state could hold stops a block: whatever cannot be computed is left out and noted.
@Suite struct HostileStateTests {
    private static let extremes: [UInt256] = [.zero, .one, UInt256(.max), .one << 64, .one << 192, .one << 255, .max]
    private let v0 = EconomyBench.validator(0)
    private let v1 = EconomyBench.validator(1)
    private let alice = EconomyBench.account(0)

    /// A chain in the middle of a period, with delegations and a node that is challenged.
    private func bench() throws -> EconomyBench {
        var bench = try EconomyBench { $0.parameters[.maximumMissedProposals] = 2 }
        try bench.delegate(alice, v0, QST.one * 100)
        try bench.block(missed: [v1], revenue: QST.one)
        try bench.undelegate(alice, v0, QST.one)
        try bench.redelegate(alice, v0, v1, QST.one * 10)
        try bench.call(
            Slashing.self, from: alice, value: bench.spec.economy.parameters[.challengeDeposit], "challengeNode(address)",
            [.address(EconomyBench.node(0))])
        try bench.block(revenue: QST.one)
        return bench
    }

    /// Closes a period and an epoch over a state in which one number is another, then does what accounts do.
    private func go(on bench: EconomyBench, with slot: Hash, of contract: Address, as value: UInt256) throws {
        var bench = bench
        try bench.state.setStorage(contract, slot, value)
        for _ in 0..<2 { try bench.block(after: 150_000, missed: [v1, v1], revenue: QST.one) }
        let calls: [(inout EconomyBench) throws -> Void] = [
            { try $0.delegate(alice, v0, QST.one) }, { try $0.undelegate(alice, v0, .one) }, { try $0.redelegate(alice, v1, v0, .one) },
            { _ = try $0.complete(alice, v0) }, { _ = try $0.withdraw(alice, v0) },
            { try $0.call(Slashing.self, from: alice, "signingInfo(address)", [.address(v1)]) },
            { try $0.call(Staking.self, from: v1, "unjail()") },
            { try $0.call(Staking.self, from: EconomyBench.node(0), "exitEncryptionNode()") },
            { try $0.call(Distribution.self, from: v0, "withdrawValidatorCommission()") },
            { try $0.call(Distribution.self, from: EconomyBench.node(1), "withdrawNodeRewards()") },
        ]
        for call in calls { do { try call(&bench) } catch is NativeFailure {} }
    }

    private func go<Field: CaseIterable>(with record: Record<Field>) throws where Field.RawValue == UInt64 {
        let bench = try bench()
        for field in Field.allCases {
            for value in Self.extremes { try go(on: bench, with: record.slot(field), of: record.contract, as: value) }
        }
    }

    @Test func whatIsOnRecordOfValidators() throws {
        try go(with: Staking.validator(v0))
        try go(with: Distribution.validator(v0))
        try go(with: Distribution.validator(v1))
    }

    @Test func whatIsOnRecordOfDelegationsAndNodes() throws {
        try go(with: Distribution.delegation(alice, v0))
        try go(with: Staking.node(EconomyBench.node(0)))
        try go(with: Distribution.node(EconomyBench.node(0)))
        try go(with: Slashing.challenge(1))
    }

    @Test func whatIsOnRecordOfAll() throws {
        let bench = try bench()
        let ledger = (0..<UInt64(Ledger.allCases.count)).map { (Distribution.address, $0) }
        let sums = ledger + ([12, 13, 14] as [UInt64]).map { (Staking.address, $0) }
        for (contract, number) in sums {
            for value in Self.extremes { try go(on: bench, with: StorageLayout.slot(number), of: contract, as: value) }
        }
    }

    @Test func parametersBeyondTheirBounds() throws {
        let bench = try bench()
        for parameter in Parameter.allCases {
            for value in Self.extremes { try go(on: bench, with: Parameters.slot(of: parameter), of: Parameters.address, as: value) }
        }
    }

    /// Turns that no block counted: what is not there is not given, and every validator begins the next period with none.
    @Test func aCloseGivesNoMoreThanThePool() throws {
        var bench = try bench()
        let record = Distribution.validator(v0)
        try bench.state.setStorage(record.contract, record.slot(.delivered), UInt256(1000))
        #expect(try bench.faults().contains { $0.hasPrefix("validators have delivered 1000 turns") })
        try bench.block(after: 150_000, revenue: QST.one)
        #expect(try bench.faults([alice]) == [])
        #expect(try bench.refusedDuties().count == 0)
    }

    /// A validator that cannot be closed keeps what it earned; the others are paid.
    @Test func whatIsRefusedIsUndoneAndNoted() throws {
        var bench = try bench()
        let record = Distribution.validator(v0)
        try bench.state.setStorage(record.contract, record.slot(.commissionDue), .max)
        let accrued = try bench.state.storage(record.contract, record.slot(.accrued))
        try bench.block(after: 150_000, proposer: v1, revenue: QST.one)
        let refused = try bench.refusedDuties()
        #expect(refused.count == 1 && refused.lastDuty == Duty.period.rawValue && refused.lastBlock == bench.height)
        #expect(try bench.state.storage(record.contract, record.slot(.accrued)) >= accrued)
        #expect(try bench.state.storage(record.contract, record.slot(.delivered)) == .zero)
        #expect(try bench.state.storage(record.contract, Distribution.validator(v1).slot(.periods)) == .one)
    }

    /// A later item sees nothing of an earlier one that was refused half way.
    @Test func aRefusedItemOfABlockLeavesNothing() throws {
        let bench = try EconomyBench()
        let (slot, height) = (StorageLayout.slot(77), bench.height + 1)
        var seen: [UInt256] = []
        let taken = try Slashing.acceptable([1, 2], atMost: 2, seconds: 1, height: height, on: bench.settledReader()) {
            (item: Int, hook: inout HookState) throws(NativeFailure) in
            seen.append(try hook.load(slot, of: Slashing.address))
            #expect(hook.height == height)
            try hook.store(slot, .one, of: Slashing.address)
            if item == 1 { throw .revert("no") }
        }
        #expect(taken == [2] && seen == [.zero, .zero])
    }
}

extension EconomyBench {
    fileprivate func refusedDuties() throws -> RefusedDuties { try Economy.refusedDuties(in: settledReader()) }
}

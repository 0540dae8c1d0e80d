import Node
import Testing

/// What peers may cost.
@Suite struct CostBudgetTests {
    private let guest = CostBudget.Allowance.guest

    /// Milliseconds of a core that someone gets in ten seconds who always wants more.
    private func spent(_ allowance: CostBudget.Allowance, each cost: Int) -> Int {
        var budget = CostBudget(allowance, now: 0)
        var spent = 0
        for now in 0..<10_000 as Range<UInt64> {
            while budget.wait(now: now) == 0 {
                budget.charge(cost, now: now)
                spent += cost
            }
        }
        return spent / 1000
    }

    @Test(arguments: [10, 1000, 30_000]) func aGuestNeverGetsMoreThanItsShareWhateverItAsksFor(cost: Int) {
        #expect((1000...1020 + cost / 1000 + 1).contains(spent(guest, each: cost)))
    }

    @Test func theWaitIsAsLongAsItTakes() {
        var budget = CostBudget(guest, now: 0)
        budget.charge(20_000 + 99_999, now: 0)
        let wait = UInt64(budget.wait(now: 0))
        #expect((1000...1001).contains(wait))
        #expect(budget.wait(now: wait) == 0)
    }

    @Test func silenceSavesUpOnlySoMuch() {
        var budget = CostBudget(guest, now: 0)
        #expect(budget.wait(now: UInt64.max) == 0)
        budget.charge(200_000, now: UInt64.max)
        #expect(budget.wait(now: UInt64.max) > 0)
    }

    @Test func whatIsGivenBackCanBeSpentAgain() {
        var budget = CostBudget(guest, now: 0)
        budget.charge(120_000, now: 0)
        budget.charge(-110_000, now: 0)
        #expect(budget.wait(now: 0) == 0)
    }

    @Test func aClockThatStandsStillAddsNothing() {
        var budget = CostBudget(guest, now: 1000)
        budget.charge(50_000, now: 1000)
        #expect(budget.wait(now: 500) == budget.wait(now: 1000))
    }
}

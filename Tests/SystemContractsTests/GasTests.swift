import Primitives
import SystemContracts
import Testing

/// What operations cost. The numbers are the table of the documentation: whoever changes one changes both.
@Suite struct GasTests {
    @Test func operationsStayWithinTheirPrice() throws {
        var bench = try EconomyBench()
        let alice = EconomyBench.account(0)
        let (v0, v1) = (EconomyBench.validator(0), EconomyBench.validator(1))
        var costs: [(String, UInt64)] = []
        try bench.block()
        try bench.delegate(alice, v0, QST.one * 100)
        costs.append(("delegate, first", bench.lastGas))
        try bench.block()
        try bench.delegate(alice, v0, QST.one * 100)
        costs.append(("delegate, more", bench.lastGas))
        try bench.undelegate(alice, v0, QST.one)
        costs.append(("undelegate", bench.lastGas))
        try bench.redelegate(alice, v0, v1, QST.one)
        costs.append(("redelegate", bench.lastGas))
        try bench.block(after: 180_000)
        _ = try bench.complete(alice, v0)
        costs.append(("completeUnbonding", bench.lastGas))
        _ = try bench.withdraw(alice, v0)
        costs.append(("withdrawDelegatorRewards", bench.lastGas))
        let commission = try bench.call(Distribution.self, from: v0, "withdrawValidatorCommission()")
        #expect(commission[0] > .zero)
        costs.append(("withdrawValidatorCommission", bench.lastGas))
        for (name, gas) in costs {
            print("gas: \(name) \(gas)")
            #expect(gas < 400_000, "\(name)")
        }
    }
}

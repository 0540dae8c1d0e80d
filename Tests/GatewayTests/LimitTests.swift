import Primitives
import RPCServer
import Testing

/// How much may be spent, and how long.
@Suite(.timeLimit(.minutes(2))) struct LimitTests {
    static let fee = (FakeNode.baseFee * 2 + FakeNode.tip) * 21_000

    @Test func valuesAndFeesTogetherStayUnderTheCap() async throws {
        let value = QST.one
        try await Harness.run(configure: { $0.spendingCap = (value + Self.fee) * 2 }) { gateway async throws in
            try await gateway.send([("value", .quantity(value))])
            #expect(gateway.gateway.remainingCap == value + Self.fee)
            #expect(try await gateway.refusal([("value", .quantity(value + 1))]) == (4001, "spendingCap"))
            try await gateway.send([("value", .quantity(value))])
            #expect(gateway.gateway.remainingCap.isZero)
            #expect(try await gateway.refusal() == (4001, "spendingCap"))
            #expect(gateway.node.taken.count == 2)
        }
    }

    @Test func concurrentSendsOfAllAccountsShareTheCap() async throws {
        try await Harness.run(configure: { $0.spendingCap = Self.fee * 5 }) { gateway async throws in
            await withTaskGroup { group in
                for index in 0..<20 {
                    let from = JSONValue.data(gateway.accounts[index % 2].address)
                    group.addTask {
                        _ = try? await gateway.call("eth_sendTransaction", [["from": from, "to": .data(Harness.recipient)]])
                    }
                }
            }
            #expect(gateway.node.taken.count == 5 && gateway.gateway.remainingCap.isZero)
        }
    }

    @Test func creationsCountWithTheirFees() async throws {
        try await Harness.run(configure: { $0.spendingCap = Self.fee }) { gateway async throws in
            gateway.node.change { $0.estimate = ("result", "0x5209") }
            #expect(try await gateway.refusal([("to", nil), ("data", "0x00")]) == (4001, "spendingCap"))
            gateway.node.change { $0.estimate = ("result", "0x5208") }
            try await gateway.send([("to", nil), ("data", "0x00")])
            #expect(gateway.gateway.remainingCap.isZero)
        }
    }

    @Test func whatIsSignedCountsEvenWhenTheNodeRefuses() async throws {
        try await Harness.run { gateway async throws in
            gateway.node.change { $0.refusal = "mempoolFull" }
            #expect(try await gateway.refusal().reason == "mempoolFull")
            #expect(gateway.gateway.remainingCap == QST.one * 100 - Self.fee)
            #expect(try await gateway.refusal([("nonce", "0x9")]).reason == "nonceTooHigh")
            #expect(gateway.gateway.remainingCap == QST.one * 100 - Self.fee)
        }
    }

    @Test func afterItsTimeNothingIsSignedButAllIsRead() async throws {
        try await Harness.run(configure: { $0.unlockedSeconds = 0 }) { gateway async throws in
            #expect(try await gateway.refusal() == (4001, "accountsLocked"))
            #expect(try await gateway.call("eth_chainId")["result"] == "0x5151")
            #expect(try await gateway.call("eth_accounts")["result"] == .array(gateway.accounts.map { .data($0.address) }))
            #expect(gateway.node.taken.isEmpty)
        }
    }

    /// The node, or the tool that has asked it, does not decide what a transaction costs.
    @Test func whatANodeWantsForATransactionHasACeilingOfItsOwn() async throws {
        try await Harness.run(configure: { $0.feeCeiling = Self.fee }) { gateway async throws in
            gateway.node.change { $0.tip = FakeNode.tip + 1 }
            #expect(try await gateway.refusal() == (4001, "feeCeiling"))
            #expect(try await gateway.refusal([("gasPrice", .quantity(QST.gwei * 1000))]) == (4001, "feeCeiling"))
            #expect(try await gateway.refusal([("gas", "0x5209")]) == (4001, "feeCeiling"))
            gateway.node.change { ($0.tip, $0.estimate) = (FakeNode.tip, ("result", "0x5209")) }
            #expect(try await gateway.refusal() == (4001, "feeCeiling"))
            #expect(gateway.node.taken.isEmpty && gateway.gateway.remainingCap == QST.one * 100)
            gateway.node.change { $0.estimate = ("result", "0x5208") }
            try await gateway.send()
        }
    }

    /// The time is over while the node thinks about the last question before the signature.
    @Test func aSlowNodeDoesNotStretchTheTime() async throws {
        try await Harness.run { gateway async throws in
            let lock = gateway.gateway.lock
            gateway.node.change { state in state.onCall = { if $0 == "eth_getBalance" { lock() } } }
            #expect(try await gateway.refusal() == (4001, "accountsLocked"))
            #expect(gateway.node.taken.isEmpty && gateway.gateway.remainingCap == QST.one * 100)
        }
    }

    @Test func lockingEndsIt() async throws {
        try await Harness.run { gateway async throws in
            try await gateway.send()
            gateway.gateway.lock()
            #expect(try await gateway.refusal() == (4001, "accountsLocked"))
            #expect(gateway.node.taken.count == 1)
        }
    }
}

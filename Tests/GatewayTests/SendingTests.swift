import Cryptography
import Primitives
import RPCServer
import Testing

/// `eth_sendTransaction`: what is signed, and what is not.
@Suite(.timeLimit(.minutes(2))) struct SendingTests {
    @Test func whatIsMissingIsFilledIn() async throws {
        try await Harness.run { gateway async throws in
            gateway.node.change { $0.estimate = ("result", "0xabcd") }
            let hash = try await gateway.send([("value", "0x7"), ("data", "0x0102")])
            let sent = try #require(gateway.node.taken.first)
            #expect(hash == .data(sent.hash))
            let body = sent.body
            #expect(body.sender == gateway.alice && body.to == Harness.recipient && body.value == 7 && body.data == [1, 2])
            #expect(body.gasLimit == 0xabcd && body.nonce == 0 && body.lastValidBlock == 0)
            #expect(body.maxFeePerGas == FakeNode.baseFee * 2 + FakeNode.tip && body.maxPriorityFeePerGas == FakeNode.tip)
        }
    }

    @Test func whatIsGivenIsKept() async throws {
        try await Harness.run { gateway async throws in
            let slot = Keccak256.hash([3])
            try await gateway.send([
                ("input", "0x0304"), ("data", "0x0304"), ("gas", "0x9999"), ("maxFeePerGas", "0x77359400"), ("maxPriorityFeePerGas", "0x1"),
                ("nonce", "0x0"), ("chainId", "0x5151"), ("type", "0x2"), ("lastValidBlock", "0x64"),
                ("accessList", [["address": .data(Harness.recipient), "storageKeys": [.data(slot)]]]),
            ])
            let body = try #require(gateway.node.taken.first).body
            #expect(body.gasLimit == 0x9999 && body.maxFeePerGas == 2_000_000_000 && body.maxPriorityFeePerGas == 1)
            #expect(body.data == [3, 4] && body.accessList.map(\.slots) == [[slot]] && body.lastValidBlock == 100)
            #expect(!gateway.node.texts.contains { $0.contains("eth_estimateGas") || $0.contains("eth_feeHistory") })
            try await gateway.send([("gasPrice", "0x77359400")])
            let old = try #require(gateway.node.taken.last).body
            #expect(old.maxFeePerGas == 2_000_000_000 && old.maxPriorityFeePerGas == 2_000_000_000)
            try await gateway.send([("maxFeePerGas", "0x5f5e100")])
            #expect(try #require(gateway.node.taken.last).body.maxPriorityFeePerGas == 100_000_000)
        }
    }

    @Test func withoutARecipientItCreatesAContract() async throws {
        try await Harness.run { gateway async throws in
            for (place, nobody) in [nil, "0x"].enumerated() as EnumeratedSequence<[JSONValue]> {
                try await gateway.send([("to", nobody), ("data", "0x60006000f3")])
                let body = gateway.node.taken[place].body
                #expect(body.to == nil && body.data == [0x60, 0, 0x60, 0, 0xf3])
            }
            #expect(try await gateway.refusal([("to", nil)]) == (-32602, "invalidParameters"))
        }
    }

    @Test func longerSignaturesPayTheirSurcharge() async throws {
        try await Harness.run(suite: .mldsa87) { gateway async throws in
            try await gateway.send()
            try await gateway.send([("gas", "0x5208")])
            #expect(gateway.node.taken.map(\.body.gasLimit) == [31_000, 31_000])
        }
    }

    @Test func concurrentSendsTakeOneNonceEach() async throws {
        try await Harness.run { gateway async throws in
            let hashes = try await withThrowingTaskGroup(of: JSONValue.self) { group in
                for value in 0..<40 as Range<Int> { group.addTask { try await gateway.send([("value", .quantity(value))]) } }
                return try await group.reduce(into: Set<JSONValue>()) { $0.insert($1) }
            }
            #expect(hashes.count == 40 && gateway.node.taken.map(\.body.nonce) == Array(0..<40))
            #expect(Set(gateway.node.taken.map(\.body.value)).count == 40)
        }
    }

    @Test func noncesThatAreNotNextAreRefused() async throws {
        try await Harness.run { gateway async throws in
            try await gateway.send()
            #expect(try await gateway.refusal([("nonce", "0x0")]) == (-32000, "nonceTooLow"))
            #expect(try await gateway.refusal([("nonce", "0x2")]) == (-32000, "nonceTooHigh"))
            #expect(gateway.node.taken.count == 1)
            try await gateway.send([("nonce", "0x1")])
        }
    }

    @Test func aNonceThatWaitsIsReplacedForMore() async throws {
        try await Harness.run { gateway async throws in
            gateway.node.change { $0.isStalled = true }
            try await gateway.send([("value", "0x1")])
            #expect(try await gateway.refusal([("value", "0x2"), ("nonce", "0x0")]) == (-32000, "replacementUnderpriced"))
            try await gateway.send([("value", "0x2"), ("nonce", "0x0"), ("gasPrice", "0x3b9aca000")])
            #expect(gateway.node.taken.map(\.body.nonce) == [0, 0] && gateway.node.taken.last?.body.value == 2)
        }
    }

    @Test func whatTheNodeSaysOfACallIsHandedOn() async throws {
        try await Harness.run { gateway async throws in
            let error: JSONValue = ["code": 3, "message": "execution reverted: no", "data": "0x08c379a0", "extra": [.number(1.5)]]
            gateway.node.change { $0.estimate = ("error", error) }
            #expect(try await gateway.failure("eth_sendTransaction", [gateway.transaction()]) == error)
            gateway.node.change { $0.estimate = ("result", "0x5208"); $0.refusal = "mempoolFull" }
            let refused = try await gateway.failure("eth_sendTransaction", [gateway.transaction()])
            #expect(refused["data"]?["reason"] == "mempoolFull")
            let message = try #require(refused["message"]?.asString)
            #expect(message.hasPrefix("the node says mempoolFull; 0x") && message.contains("may still come"))
            #expect(gateway.node.taken.isEmpty)
        }
    }

    @Test func povertyHasItsName() async throws {
        try await Harness.run { gateway async throws in
            gateway.node.change { $0.balance = 1000 }
            #expect(try await gateway.refusal([("value", "0x1")]) == (-32000, "insufficientFunds"))
            gateway.node.change { $0.estimate = ("error", ["code": -32000, "message": "insufficient balance for transfer"]) }
            #expect(try await gateway.refusal([("value", "0xffff")]) == (-32000, "insufficientFunds"))
            #expect(gateway.gateway.remainingCap == QST.one * 100)
        }
    }

    @Test func strangersBlobsAndOtherChainsAreRefused() async throws {
        try await Harness.run { gateway async throws in
            for from in [gateway.locked.address, Address(low: 1)] {
                let error = try await gateway.failure("eth_sendTransaction", [["from": .data(from), "to": .data(Harness.recipient)]])
                #expect(error["code"] == 4100 && error["data"]?["reason"] == "unauthorizedAccount")
            }
            #expect(try await gateway.refusal([("chainId", "0x1")]) == (-32000, "wrongChain"))
            for type in ["0x3", "0x4", "0x7f"] as [JSONValue] {
                #expect(try await gateway.refusal([("type", type)]) == (-32000, "unsupportedType"))
            }
            #expect(try await gateway.refusal([("authorizationList", [["chainId": "0x0"]])]) == (-32000, "unsupportedType"))
            #expect(gateway.node.taken.isEmpty)
        }
    }

    @Test func argumentsThatMakeNoSenseAreRefused() async throws {
        try await Harness.run { gateway async throws in
            let wrong: [[(String, JSONValue)]] = [
                [("value", 5)], [("value", "5")], [("gas", "0x10000000000000000")], [("data", "0x0")], [("to", "0x12")], [("nonce", "0x01")],
                [("input", "0x01"), ("data", "0x02")], [("gasPrice", "0x1"), ("maxFeePerGas", "0x1")], [("accessList", [1])],
                [("gas", "0xffffffffffffffff"), ("gasPrice", .quantity(UInt256.max))],
            ]
            for members in wrong { #expect(try await gateway.refusal(members).code == -32602, "\(members)") }
            #expect(try await gateway.refusal([("maxFeePerGas", "0x1"), ("maxPriorityFeePerGas", "0x2")]).reason == "priorityAboveMaximum")
            for parameters in [[], [5], ["0x"], [[:]]] as [JSONValue] {
                #expect(try await gateway.failure("eth_sendTransaction", parameters)["code"] == -32602)
            }
            #expect(gateway.node.taken.isEmpty && gateway.gateway.remainingCap == QST.one * 100)
        }
    }

    @Test func nothingIsSignedThatNobodyWaitsFor() async throws {
        try await Harness.run { gateway async throws in
            let call: JSONValue = ["jsonrpc": "2.0", "method": "eth_sendTransaction", "params": [gateway.transaction()]]
            #expect(try await gateway.post(call.bytes).body.isEmpty)
            #expect(gateway.node.taken.isEmpty)
        }
    }

    @Test func oneTimeKeysSignNothingButTransactions() async throws {
        try await Harness.run { gateway async throws in
            let methods = [
                "eth_sign", "eth_signTransaction", "eth_signTypedData", "eth_signTypedData_v4", "personal_sign", "personal_unlockAccount",
                "personal_sendTransaction", "wallet_watchAsset",
            ]
            for method in methods {
                let error = try await gateway.failure(method)
                #expect(error["code"] == 4200 && error["data"]?["reason"] == "unsupportedMethod", "\(method)")
            }
            #expect(try await gateway.call("wallet_switchEthereumChain", [["chainId": "0x5151"]])["result"] == .null)
            #expect(try await gateway.failure("wallet_switchEthereumChain", [["chainId": "0x1"]])["code"] == 4902)
            #expect(gateway.node.texts.isEmpty)
        }
    }
}

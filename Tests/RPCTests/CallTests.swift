import ChainTypes
import Primitives
import RPCServer
import Testing

/// What calls may say, and how faults in it are told.
@Suite struct CallTests {
    private static let bob = JSONValue.data(FixtureChain.bob)
    private static let word = JSONValue.data(Hash(UInt256(7)))

    @Test func stateOverridesReachTheCall() async throws {
        try await Harness.run { node async throws in
            for kind in ["state", "stateDiff"] {
                let overrides: JSONValue = .object([
                    .init(
                        FixtureChain.bob.hex,
                        .object([.init("balance", "0x1"), .init("nonce", "0x2"), .init("code", "0x00"), .init(kind, ["0x0": Self.word])]))
                ])
                #expect(try await node.result("eth_call", [["to": Self.bob], "latest", overrides]) == Self.word)
            }
        }
    }

    @Test func malformedCallsAndOverridesAreRefused() async throws {
        func account(_ override: JSONValue) -> JSONValue { .object([.init(FixtureChain.bob.hex, override)]) }
        let calls: [JSONValue] = [
            ["gas": "21000"], ["gas": 21000], ["to": "0x00"], ["value": "0x01"], ["data": "0x1"], ["data": "0x00", "input": "0x01"],
            ["gasPrice": "0x1", "maxFeePerGas": "0x1"], ["accessList": [["address": "0x"]]], ["accessList": "0x"],
            ["authorizationList": [.object([])]], ["blobVersionedHashes": [Self.word]], ["nonce": "x"], [], "0x",
        ]
        let overrides: [JSONValue] = [
            ["0x12": .object([])], account([]), account(["state": ["0x0": Self.word], "stateDiff": ["0x0": Self.word]]),
            account(["stateDiff": ["0x0": "0x7"]]), account(["stateDiff": ["zz": Self.word]]), account(["balance": 1]),
            account(["code": "6000"]),
            account(["movePrecompileToAddress": Self.bob]), "0x", [],
        ]
        let blocks: [JSONValue] = [["number": 1], ["beaconRoot": Self.word], ["withdrawals": []], ["feeRecipient": "0x1"], [], "0x"]
        try await Harness.run { node async throws in
            for method in ["eth_call", "eth_estimateGas", "eth_createAccessList"] {
                for call in calls { #expect(try await node.failure(method, [call])["code"] == -32602, "\(call)") }
                for override in overrides {
                    #expect(try await node.failure(method, [["to": Self.bob], "latest", override])["code"] == -32602, "\(override)")
                }
                for block in blocks {
                    #expect(try await node.failure(method, [["to": Self.bob], "latest", .null, block])["code"] == -32602, "\(block)")
                }
            }
        }
    }

    @Test func overridesAreBounded() async throws {
        let slots = JSONValue.object(
            (0..<16_385).map { .init("0x" + String($0, radix: 16), .string("0x" + String(repeating: "0", count: 64))) })
        let many = JSONValue.object((0..<1025).map { .init(Address(low: UInt32($0)).hex, .object([])) })
        try await Harness.run(configure: { $0.web.maximumBodyBytes = 4 << 20 }) { node async throws in
            for overrides in [many, .object([.init(FixtureChain.bob.hex, ["stateDiff": slots])])] {
                let failure = try await node.failure("eth_call", [["to": Self.bob], "latest", overrides])
                #expect(failure["message"]?.asString?.hasPrefix("too many state overrides") == true)
            }
        }
    }

    @Test func accessListsComeWithGasAndTheFault() async throws {
        try await Harness.run { node async throws in
            let plain = try await node.result("eth_createAccessList", [["to": Self.bob, "value": "0x1"]])
            #expect(plain == ["accessList": [], "gasUsed": "0x5208"])
            let failing = try await node.result("eth_createAccessList", [["to": Self.bob, "input": "0x02"], "latest"])
            #expect(failing["error"] == "out of gas")
            #expect(failing["accessList"] == [["address": Self.bob, "storageKeys": [.data(FixtureChain.topic)]]])
        }
    }

    @Test func panicsAreExplainedAsGethDoes() async throws {
        let cases = [
            (UInt256(0x11), "execution reverted: arithmetic underflow or overflow"),
            (UInt256(0x99), "execution reverted: unknown panic code: 0x99"),
        ]
        try await Harness.run { node async throws in
            for (code, message) in cases {
                let data: [UInt8] = [1, 0x4e, 0x48, 0x7b, 0x71] + Hash(code).bytes
                #expect(try await node.failure("eth_estimateGas", [["to": Self.bob, "input": .data(data)]])["message"] == .string(message))
            }
        }
    }
}

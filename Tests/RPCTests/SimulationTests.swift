import ChainTypes
import Primitives
import RPCServer
import Testing

/// The order of pretended blocks, and how their results are shown.
@Suite struct SimulationTests {
    private static let call: JSONValue = ["from": .data(FixtureChain.alice), "to": .data(FixtureChain.bob), "input": "0x0007"]

    @Test func gapsAreFilledAndTimesRise() async throws {
        try await Harness.run { node async throws in
            let request: JSONValue = ["blockStateCalls": [["calls": [Self.call]], ["blockOverrides": ["number": "0x6"]]]]
            let blocks = try #require(try await node.result("eth_simulateV1", [request, "latest"]).asArray)
            #expect(blocks.compactMap { $0["number"] } == ["0x3", "0x4", "0x5", "0x6"])
            #expect(blocks.compactMap { $0["calls"]?.asArray?.count } == [1, 0, 0, 0])
        }
    }

    @Test func callsShowDataLogsAndFaults() async throws {
        func call(_ input: String) -> JSONValue { ["to": .data(FixtureChain.bob), "input": .string(input)] }
        try await Harness.run { node async throws in
            let request: JSONValue = ["blockStateCalls": [["calls": [call("0x0007"), call("0x01ee"), call("0x02")]]]]
            let block = try #require(try await node.result("eth_simulateV1", [request]).asArray?.first)
            let calls = try #require(block["calls"]?.asArray)
            #expect(calls[0]["returnData"] == "0x0007" && calls[0]["status"] == "0x1" && calls[0]["error"] == nil)
            #expect(calls[1]["error"] == ["code": 3, "message": "execution reverted", "data": "0xee"] && calls[1]["status"] == "0x0")
            #expect(calls[2]["error"] == ["code": -32015, "message": "out of gas"] && calls[2]["returnData"] == "0x")
            #expect(calls.compactMap { $0["logs"]?.asArray?.first?["logIndex"] } == ["0x0", "0x1", "0x2"])
            #expect(calls[0]["logs"]?.asArray?.first?["blockHash"] == block["hash"])
            var full = request
            guard case .object(let members) = request else { return }
            full = .object(members + [.init("returnFullTransactions", true)])
            let whole = try await node.result("eth_simulateV1", [full]).asArray?.first
            #expect(whole?["transactions"]?.asArray?.first?["transactionIndex"] == "0x0")
        }
    }

    @Test(arguments: [
        (#"{"blockStateCalls":[]}"#, -32602), ("{}", -32602), ("[]", -32602), (#"{"blockStateCalls":[7]}"#, -32602),
        (#"{"blockStateCalls":[{"calls":{}}]}"#, -32602), (#"{"blockStateCalls":[{"calls":[{"nonce":"7"}]}]}"#, -32602),
        (#"{"blockStateCalls":[{}],"validation":1}"#, -32602),
        (#"{"blockStateCalls":[{"blockOverrides":{"number":"0x2"}}]}"#, -38020),
        (#"{"blockStateCalls":[{"blockOverrides":{"number":"0x5"}},{"blockOverrides":{"number":"0x5"}}]}"#, -38020),
        (#"{"blockStateCalls":[{"blockOverrides":{"time":"0x1"}}]}"#, -38021),
        (#"{"blockStateCalls":[{"blockOverrides":{"time":"0xffffffffffffffff"}}]}"#, -32602),
        (#"{"blockStateCalls":[{"blockOverrides":{"number":"0xffffffffffffffff"}}]}"#, -38026),
        (#"{"blockStateCalls":[{"blockOverrides":{"number":"0x103"}}]}"#, -38026),
    ])
    func malformedAndDisorderedBlocksAreRefused(_ request: String, _ code: Int64) async throws {
        try await Harness.run { node async throws in
            let parameters: JSONValue = [try JSONValue(parsing: Array(request.utf8)), "latest"]
            #expect(try await node.failure("eth_simulateV1", parameters)["code"] == .integer(code))
        }
    }
}

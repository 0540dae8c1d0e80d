import Foundation
import Primitives
import RPCClient
import TestKit
import Testing

/// JSON-RPC of a real node: what the tests of the server alone take from a fixture comes from a chain here.
@Suite(.serialized) struct RPCServiceTests {
    private let contract = "0x00000000000000000000000000000000000c0de0"

    @Test func filtersAndRawFormsTellOfWhatHappened() async throws {
        let network = try LocalNetwork("rpc", portBase: 25_600)
        let rpc = network.rpc
        let (blocks, waiting) = (try await text(rpc, "eth_newBlockFilter"), try await text(rpc, "eth_newPendingTransactionFilter"))
        let report = try network.runForJSON("send", "--from", "alice", "--to", "bob", "--amount", "1", "--wait")
        let (hash, blockHash) = (try #require(report["hash"] as? String), try #require(report["blockHash"] as? String))

        #expect(try await strings(rpc, "eth_getFilterChanges", "[\"\(blocks)\"]").contains(blockHash))
        #expect(try await strings(rpc, "eth_getFilterChanges", "[\"\(waiting)\"]") == [hash])
        let raw = try await text(rpc, "debug_getRawTransaction", "[\"\(hash)\"]")
        #expect(try await text(rpc, "web3_sha3", "[\"\(raw)\"]") == hash)
        let header = try await text(rpc, "debug_getRawHeader", "[{\"blockHash\":\"\(blockHash)\"}]")
        #expect(try await text(rpc, "web3_sha3", "[\"\(header)\"]") == blockHash)
    }

    @Test func callsPretendAndSearchesSettle() async throws {
        let network = try LocalNetwork("rpc-calls", portBase: 26_400)
        let rpc = network.rpc
        // Slot 5, and the balance of 0xfeed; returns the slot.
        let pretended = #"{"\#(contract)":{"code":"0x60055461feed31505f5260205ff3","stateDiff":{"0x5":"0x\#(word(42))"}}}"#
        let call = #"{"to":"\#(contract)"}"#
        #expect(try await text(rpc, "eth_call", "[\(call),\"latest\",\(pretended)]") == "0x" + word(42))
        let numbered = #"{"\#(contract)":{"code":"0x435f5260205ff3"}}"#
        #expect(try await text(rpc, "eth_call", "[\(call),\"latest\",\(numbered),{\"number\":\"0x1234\"}]") == "0x" + word(0x1234))

        let accesses = try #require(try await result(rpc, "eth_createAccessList", "[\(call),\"latest\",\(pretended)]") as? [String: Any])
        let list = try #require(accesses["accessList"] as? [[String: Any]])
        #expect(list.compactMap { $0["address"] as? String } == ["0x000000000000000000000000000000000000feed", contract])
        let json = String(decoding: try JSONSerialization.data(withJSONObject: list), as: UTF8.self)
        let declared = #"{"to":"\#(contract)","accessList":\#(json)}"#
        #expect(try await text(rpc, "eth_estimateGas", "[\(declared),\"latest\",\(pretended)]") == accesses["gasUsed"] as? String)
        // A loop ends with its gas, and names the fault.
        let loop = #"{"\#(contract)":{"code":"0x5b5f56"}}"#
        let answer = try await rpc.raw("eth_call", parametersJSON: "[\(call),\"latest\",\(loop)]")
        #expect(String(decoding: answer, as: UTF8.self).contains("out of gas"))
    }

    @Test(.enabled(if: Vectors.isExpected, "the official vectors are not here"))
    func publishedSimulationsGiveThePublishedResults() async throws {
        let network = try LocalNetwork("rpc-simulate", portBase: 26_000)
        try await network.rpc.waitForBlock(3)
        var compared = 0
        for file in try Vectors.files(under: "evm/rpc-compat/eth_simulateV1", extension: "io") {
            let exchange = try SimulationExchange(file)
            guard SimulationExchange.exceptions[exchange.name] == nil else { continue }
            let head = try #require(try await result(network.rpc, "eth_getBlockByNumber", "[\"latest\",false]") as? [String: Any])
            let parameters = try exchange.parameters(number: head["number"] as? String, timestamp: head["timestamp"] as? String)
            let bytes = try await network.rpc.raw("eth_simulateV1", parametersJSON: parameters)
            let ours = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
            #expect(SimulationExchange.summary(ours) == SimulationExchange.summary(exchange.answer), "\(exchange.name)")
            compared += 1
        }
        #expect(compared > 50)
    }

    private func word(_ value: Int) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 64 - digits.count) + digits
    }

    private func result(_ rpc: RPCClient, _ method: String, _ parameters: String) async throws -> Any? {
        let bytes = try await rpc.raw(method, parametersJSON: parameters)
        let answer = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
        return try #require(answer?["result"], "\(method) \(parameters) answered \(String(decoding: bytes, as: UTF8.self))")
    }

    private func text(_ rpc: RPCClient, _ method: String, _ parameters: String = "[]") async throws -> String {
        try #require(try await result(rpc, method, parameters) as? String)
    }

    private func strings(_ rpc: RPCClient, _ method: String, _ parameters: String) async throws -> [String] {
        try #require(try await result(rpc, method, parameters) as? [String])
    }
}

import Primitives
import RPCServer
import TestKit
import Testing
import WebTestKit

/// What is not about accounts is the node's, word for word.
@Suite(.timeLimit(.minutes(2))) struct ForwardingTests {
    @Test func answersComeByteForByte() async throws {
        try await Harness.run { gateway async throws in
            let call = #"{ "jsonrpc":"2.0", "id":1, "method":"odd", "params":[1.0] }"#
            #expect(try await gateway.post(call) == FakeNode.oddAnswer)
            #expect(try await gateway.post("[\(call), \(call)]") == FakeNode.oddBatch)
            #expect(gateway.node.texts == [call, "[\(call), \(call)]"])
            let unknown = #"{"jsonrpc":"2.0","id":"x","method":"eth_nothing"}"#
            #expect(try await gateway.post(unknown) == String(decoding: gateway.node.answer(Array(unknown.utf8)), as: UTF8.self))
            #expect(try await gateway.post(#"{"jsonrpc":"2.0","method":"eth_chainId"}"#).isEmpty)
        }
    }

    @Test func familiarTypesAreShownOnRequestOnly() async throws {
        let note: JSONValue = ["note": #""type":"0x51""#]
        try await Harness.run { gateway async throws in
            #expect(try await gateway.call("typed")["result"] == [["type": "0x51"], note, ["type": "0x51"]])
        }
        try await Harness.run(configure: { $0.showsFamiliarTypes = true }) { gateway async throws in
            #expect(try await gateway.call("typed")["result"] == [["type": "0x2"], note, ["type": "0x2"]])
        }
    }

    @Test func accountsAreTheUnlockedOnes() async throws {
        try await Harness.run { gateway async throws in
            for method in ["eth_accounts", "eth_requestAccounts"] {
                #expect(try await gateway.call(method)["result"] == .array(gateway.accounts.map { .data($0.address) }))
            }
            #expect(gateway.node.texts.isEmpty)
        }
    }

    @Test func mixedBatchesAreAnsweredInOrder() async throws {
        try await Harness.run { gateway async throws in
            func call(_ id: Int, _ method: String, _ parameters: JSONValue = []) -> JSONValue {
                ["jsonrpc": "2.0", "id": .integer(Int64(id)), "method": .string(method), "params": parameters]
            }
            let send = gateway.transaction()
            let batch: JSONValue = [
                call(1, "eth_chainId"), call(2, "eth_sendTransaction", [send]), call(3, "eth_blockNumber"), call(4, "odd"),
                call(5, "eth_sendTransaction", [send]), ["jsonrpc": "2.0", "method": "eth_chainId"], call(6, "eth_sign"), call(7, "eth_chainId"),
            ]
            let plain = batch.asArray?.filter { $0["method"] != "odd" } ?? []
            let answers = try JSONValue(parsing: try await gateway.post(JSONValue.array(plain).bytes).body).asArray ?? []
            #expect(answers.map { $0["id"] } == [1, 2, 3, 5, 6, 7])
            #expect(answers[1]["result"] == .data(gateway.node.taken[0].hash) && answers[3]["result"] == .data(gateway.node.taken[1].hash))
            #expect(answers[0]["result"] == "0x5151" && answers[4]["error"]?["code"] == 4200)
            let odd = try await gateway.post(JSONValue.array([call(2, "eth_accounts"), call(4, "odd")]).bytes).text
            #expect(odd.hasSuffix(",\(FakeNode.oddBatch.dropFirst(2).dropLast(2))]"))
        }
    }

    @Test func batchesAreBounded() async throws {
        try await Harness.run(configure: { $0.maximumBatch = 3 }) { gateway async throws in
            let send: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": "eth_sendTransaction", "params": [gateway.transaction()]]
            let answer = try JSONValue(parsing: try await gateway.post(JSONValue.array([send, send, send, send]).bytes).body)
            #expect(answer["error"]?["data"]?["reason"] == "batchTooLarge")
            #expect(gateway.node.taken.isEmpty)
        }
    }

    @Test func garbageIsAnsweredAsGarbage() async throws {
        try await Harness.run { gateway async throws in
            for text in ["", "{", "\u{1}", String(repeating: "[", count: 5000)] {
                #expect(try JSONValue(parsing: Array(try await gateway.post(text).utf8))["error"]?["code"] == -32700)
            }
            #expect(gateway.node.texts.isEmpty)
            #expect(try await gateway.call("eth_chainId")["result"] == "0x5151")
        }
    }

    @Test func aNodeThatIsAwayIsNamed() async throws {
        try await Harness.run { gateway async throws in
            await gateway.nodeServer.shutdown()
            let read = try await gateway.call("eth_chainId")
            #expect(read["id"] == 1 && read["error"]?["data"]?["reason"] == "nodeUnreachable")
            #expect(try await gateway.refusal().reason == "nodeUnreachable")
            let batch = try await gateway.post(#"[{"jsonrpc":"2.0","id":7,"method":"eth_chainId"}]"#)
            #expect(try JSONValue(parsing: Array(batch.utf8)).asArray?.first?["id"] == 7)
            #expect(try await gateway.call("eth_accounts")["result"] != nil)
        }
    }

    // MARK: - WebSocket

    private func open(
        _ gateway: Harness, _ body: @Sendable (inout WebSocketClient) async throws -> Void
    ) async throws {
        try await WebSocketClient.run(port: gateway.gateway.port, path: gateway.path, body)
    }

    @Test func webSocketsReadAndSend() async throws {
        try await Harness.run { gateway async throws in
            let send: JSONValue = ["jsonrpc": "2.0", "id": 2, "method": "eth_sendTransaction", "params": [gateway.transaction()]]
            try await open(gateway) { socket async throws in
                try await socket.send(#"{"jsonrpc":"2.0","id":1,"method":"odd"}"#)
                try await socket.send(String(decoding: send.bytes, as: UTF8.self))
                #expect(try await socket.text() == FakeNode.oddAnswer)
                let answer = try JSONValue(parsing: Array(try #require(try await socket.text()).utf8))
                #expect(answer["id"] == 2 && answer["result"] != nil)
            }
            #expect(gateway.node.taken.count == 1)
        }
    }

    @Test func newsComesAfterItsSubscription() async throws {
        try await Harness.run { gateway async throws in
            try await open(gateway) { socket async throws in
                try await socket.send(#"{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"#)
                #expect(try await socket.text() == #"{"jsonrpc":"2.0","id":1,"result":"0xab"}"#)
                #expect(try await socket.text() == FakeNode.note)
                let tell = try #require(gateway.node.state.withLock { $0.sockets.first })
                for number in 0..<3 {
                    let news = #"{"jsonrpc":"2.0","method":"eth_subscription","params":{"result":\#(number)}}"#
                    #expect(tell(Array(news.utf8)))
                    #expect(try await socket.text() == news)
                }
                try await socket.send(#"{"jsonrpc":"2.0","id":2,"method":"eth_unsubscribe","params":["0xab"]}"#)
                #expect(try await socket.text() == #"{"jsonrpc":"2.0","id":2,"result":true}"#)
            }
        }
    }

    @Test func losingTheNodeEndsASubscriber() async throws {
        try await Harness.run { gateway async throws in
            try await open(gateway) { socket async throws in
                try await socket.send(#"{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"#)
                _ = try await socket.text()
                _ = try await socket.text()
                await gateway.nodeServer.shutdown()
                #expect(try await socket.text() == nil)
            }
            // A subscriber that comes now is told why it gets nothing.
            try await open(gateway) { socket async throws in
                try await socket.send(#"{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"#)
                #expect(try await socket.text()?.contains("nodeUnreachable") == true)
            }
        }
    }

    @Test func theNodesSocketGoesWithTheClients() async throws {
        try await Harness.run { gateway async throws in
            try await open(gateway) { socket async throws in
                try await socket.send(#"{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"#)
                _ = try await socket.text()
            }
            let tell = try #require(gateway.node.state.withLock { $0.sockets.first })
            try await eventually("the end of the node's socket") { !tell(Array(FakeNode.note.utf8)) }
        }
    }
}

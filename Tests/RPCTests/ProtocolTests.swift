import NIOConcurrencyHelpers
import RPCServer
import Testing

@Suite struct ProtocolTests {
    static func post(_ text: String, to node: Harness) async throws -> JSONValue {
        let reply = try await node.post(Array(text.utf8))
        #expect(reply.status == 200)
        return try JSONValue(parsing: reply.body)
    }

    @Test(arguments: [
        ("{", -32700, "parseError"), ("", -32700, "parseError"), ("[]", -32600, "invalidRequest"), ("1", -32600, "invalidRequest"),
        (#"{"id":1,"method":"eth_chainId"}"#, -32600, "invalidRequest"), (#"{"jsonrpc":"2.0","id":1}"#, -32600, "invalidRequest"),
        (#"{"jsonrpc":"2.0","id":1,"method":7}"#, -32600, "invalidRequest"),
        (#"{"jsonrpc":"2.0","id":1,"method":"eth_nothing"}"#, -32601, "methodNotFound"),
        (#"{"jsonrpc":"2.0","id":1,"method":"qs_sendTransaction","params":[]}"#, -32601, "methodNotFound"),
        (#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":{}}"#, -32602, "invalidParameters"),
        (#"{"jsonrpc":"2.0","id":1,"method":"eth_getBalance"}"#, -32602, "invalidParameters"),
        (#"{"jsonrpc":"2.0","id":1,"method":"eth_getBalance","params":["0x12"]}"#, -32602, "invalidParameters"),
        (#"{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x01",false]}"#, -32602, "invalidParameters"),
        (#"{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["newest",false]}"#, -32602, "invalidParameters"),
        (#"{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x1",1]}"#, -32602, "invalidParameters"),
        (#"{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0xfffffffffffffffff",false]}"#, -32602, "invalidParameters"),
        (#"{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"#, -32601, "notificationsUnsupported"),
    ])
    func faultsHaveGethsCodesAndAReason(_ text: String, _ code: Int64, _ reason: String) async throws {
        try await Harness.run { node async throws in
            let answer = try await Self.post(text, to: node)
            #expect(answer["error"]?["code"] == .integer(code))
            #expect(answer["error"]?["data"]?["reason"] == .string(reason))
            #expect(answer["id"] != nil && answer["result"] == nil)
        }
    }

    @Test func answersEchoTheIDAndKeepTheBatchsOrder() async throws {
        try await Harness.run { node async throws in
            let text = """
                [{"jsonrpc":"2.0","id":"a","method":"eth_chainId"},{"jsonrpc":"2.0","method":"eth_chainId"},7,
                 {"jsonrpc":"2.0","id":null,"method":"no"},{"jsonrpc":"2.0","id":5,"method":"eth_blockNumber","params":null}]
                """
            let answers = try await Self.post(text, to: node).asArray ?? []
            #expect(answers.map { $0["id"] } == ["a", .null, .null, 5])
            #expect(answers.first?["result"] == "0x5151" && answers.last?["result"] == "0x2")
        }
    }

    @Test func notificationsAreNotAnswered() async throws {
        try await Harness.run { node async throws in
            for text in [#"{"jsonrpc":"2.0","method":"eth_chainId"}"#, #"[{"jsonrpc":"2.0","method":"eth_chainId"}]"#] {
                let reply = try await node.post(Array(text.utf8))
                #expect(reply.status == 200 && reply.body.isEmpty)
            }
        }
    }

    @Test func batchesAreBounded() async throws {
        let call = #"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#
        func batch(_ count: Int) -> String { "[" + Array(repeating: call, count: count).joined(separator: ",") + "]" }
        try await Harness.run { node async throws in
            #expect(try await Self.post(batch(100), to: node).asArray?.count == 100)
            #expect(try await Self.post(batch(101), to: node)["error"]?["data"]?["reason"] == "batchTooLarge")
        }
    }

    @Test func aBatchsAnswersAreBounded() async throws {
        let large = FixtureReader(onCode: { [UInt8](repeating: 0, count: 9 << 20) })
        let call = #"{"jsonrpc":"2.0","id":1,"method":"eth_getCode","params":["0x00000000000000000000000000000000000a11ce"]}"#
        try await Harness.run(reader: large) { node async throws in
            let answers = try await Self.post("[\(call),\(call)]", to: node).asArray ?? []
            #expect(answers.first?["result"] != nil)
            #expect(answers.last?["error"]?["data"]?["reason"] == "responseTooLarge")
        }
    }

    @Test func anInnerErrorIsNotTold() async throws {
        struct Secret: Error {}
        try await Harness.run(reader: FixtureReader(onCode: { throw Secret() })) { node async throws in
            let failure = try await node.failure("eth_getCode", ["0x00000000000000000000000000000000000a11ce"])
            #expect(failure == ["code": -32603, "message": "internal error", "data": ["reason": "internalError"]])
        }
    }

    @Test func readsBeyondTheLimitAreRefusedAsBusy() async throws {
        let entered = AsyncStream.makeStream(of: Void.self)
        let gate = ConditionLock(value: 0)
        let slow = FixtureReader(onCode: {
            entered.continuation.yield()
            gate.lock(whenValue: 1)
            gate.unlock()
            return [1]
        })
        let address: JSONValue = "0x00000000000000000000000000000000000a11ce"
        try await Harness.run(reader: slow, configure: { $0.maximumReads = 1 }) { node async throws in
            async let first = node.result("eth_getCode", [address])
            for await _ in entered.stream { break }
            #expect(try await node.failure("eth_blockNumber")["data"]?["reason"] == "busy")
            gate.lock()
            gate.unlock(withValue: 1)
            #expect(try await first == "0x01")
            #expect(try await node.result("eth_blockNumber") == "0x2")
        }
    }
}

import ChainTypes
import NIOCore
import Primitives
import RPCServer
import TestKit
import Testing
import WebTestKit

@Suite(.timeLimit(.minutes(2))) struct WebSocketTests {
    static func parsed(_ text: String?) throws -> JSONValue { try JSONValue(parsing: Array(try #require(text).utf8)) }

    static let subscribe = #"{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}"#

    @Test func callsAreAnsweredInOrderOnTheSamePort() async throws {
        try await Harness.run { node async throws in
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                for id in 0..<50 { try await socket.send(#"{"jsonrpc":"2.0","id":\#(id),"method":"eth_chainId"}"#) }
                for id in 0..<50 {
                    let answer = try Self.parsed(try await socket.text())
                    #expect(answer["id"] == .integer(Int64(id)) && answer["result"] == "0x5151")
                }
                try await socket.send("{")
                #expect(try Self.parsed(try await socket.text())["error"]?["code"] == -32700)
            }
            #expect(try await node.result("eth_chainId") == "0x5151")
        }
    }

    @Test func newHeadsComeAfterTheIDUntilUnsubscribed() async throws {
        let chain = FixtureChain()
        try await Harness.run { node async throws in
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                try await socket.send(Self.subscribe)
                let id = try #require(try Self.parsed(try await socket.text())["result"]?.asString)
                for block in chain.blocks {
                    node.feed.send(block.sealed)
                    let text = try Self.parsed(try await socket.text())
                    #expect(text["method"] == "eth_subscription" && text["params"]?["subscription"] == .string(id))
                    #expect(text["params"]?["result"]?["hash"] == .data(block.sealed.blockHash))
                    #expect(text["params"]?["result"]?["number"] == .quantity(block.sealed.number))
                }
                let unsubscribe = #"{"jsonrpc":"2.0","id":2,"method":"eth_unsubscribe","params":["\#(id)"]}"#
                try await socket.send(unsubscribe)
                #expect(try Self.parsed(try await socket.text())["result"] == true)
                node.feed.send(chain.blocks[0].sealed)
                try await socket.send(unsubscribe)
                #expect(try Self.parsed(try await socket.text())["error"]?["data"]?["reason"] == "subscriptionNotFound")
            }
        }
    }

    /// Subscribes and gives the subscription's id.
    static func subscribe(_ parameters: String, _ socket: inout WebSocketClient) async throws -> String {
        try await socket.send(#"{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":\#(parameters)}"#)
        return try #require(try parsed(try await socket.text())["result"]?.asString)
    }

    @Test func theFiltersOfAConnectionHaveABoundTogether() async throws {
        let long = String(decoding: (["logs", FilterTests.filter(3000)] as JSONValue).bytes, as: UTF8.self)
        try await Harness.run { node async throws in
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                let first = try await Self.subscribe(long, &socket)
                try await socket.send(#"{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":\#(long)}"#)
                let refused = try Self.parsed(try await socket.text())
                #expect(refused["error"]?["data"]?["reason"] == "tooManySubscriptions")
                _ = try await Self.subscribe(#"["newHeads"]"#, &socket)
                try await socket.send(#"{"jsonrpc":"2.0","id":1,"method":"eth_unsubscribe","params":["\#(first)"]}"#)
                _ = try await socket.text()
                _ = try await Self.subscribe(long, &socket)
            }
        }
    }

    /// Subscribes until that is refused.
    private static func fill(_ socket: inout WebSocketClient) async throws -> (ids: [String], reason: JSONValue?) {
        var ids: [String] = []
        while true {
            try await socket.send(subscribe)
            let answer = try parsed(try await socket.text())
            guard let id = answer["result"]?.asString else { return (ids, answer["error"]?["data"]?["reason"]) }
            ids.append(id)
        }
    }

    @Test func whoSubscribesToEverythingLeavesTheUsualToOthers() async throws {
        try await Harness.run(configure: { $0.maximumSubscriptions = 6 }) { node async throws in
            try await WebSocketClient.run(port: node.server.port) { first async throws in
                let taken = try await Self.fill(&first)
                #expect(taken.ids.count == 6 && taken.reason == "tooManySubscriptions")
                try await WebSocketClient.run(port: node.server.port) { second async throws in
                    #expect(try await Self.fill(&second).ids.count == 4)
                }
                for id in taken.ids {
                    try await first.send(#"{"jsonrpc":"2.0","id":1,"method":"eth_unsubscribe","params":["\#(id)"]}"#)
                    #expect(try Self.parsed(try await first.text())["result"] == true)
                }
            }
            // Those who have gone have left their places.
            try await eventually("the end of both connections") { node.server.connectionCount == 0 }
            try await WebSocketClient.run(port: node.server.port) { third async throws in
                #expect(try await Self.fill(&third).ids.count == 6)
            }
        }
    }

    @Test func logsComeOnceThoughHeadsGoMissing() async throws {
        let (chain, reader) = (FixtureChain(), FixtureReader())
        reader.shownHead.withLockedValue { $0 = 0 }
        try await Harness.run(reader: reader) { node async throws in
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                let quiet = try await Self.subscribe(#"["logs",{"topics":["0x\#(String(repeating: "0", count: 64))"]}]"#, &socket)
                let id = try await Self.subscribe(#"["logs",{"address":"\#(FixtureChain.bob.hex)"}]"#, &socket)
                reader.shownHead.withLockedValue { $0 = 2 }
                // The head of the block with the logs was lost; the next one brings them.
                node.feed.send(chain.blocks[2].sealed)
                for index in 0..<2 {
                    let text = try Self.parsed(try await socket.text())
                    #expect(text["params"]?["subscription"] == .string(id) && id != quiet)
                    #expect(text["params"]?["result"]?["logIndex"] == .quantity(index))
                    #expect(text["params"]?["result"]?["blockNumber"] == "0x1" && text["params"]?["result"]?["removed"] == false)
                }
                node.feed.send(chain.blocks[2].sealed)
                try await socket.send(#"{"jsonrpc":"2.0","id":7,"method":"eth_chainId"}"#)
                #expect(try Self.parsed(try await socket.text())["id"] == 7)
            }
        }
    }

    @Test func pendingTransactionsComeAsHashesOrWhole() async throws {
        let waiting = FixtureChain.transaction(5).transaction
        try await Harness.run { node async throws in
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                _ = try await Self.subscribe(#"["newPendingTransactions"]"#, &socket)
                node.feed.send(waiting)
                #expect(try Self.parsed(try await socket.text())["params"]?["result"] == .data(waiting.hash))
            }
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                _ = try await Self.subscribe(#"["newPendingTransactions",true]"#, &socket)
                node.feed.send(waiting)
                let whole = try Self.parsed(try await socket.text())["params"]?["result"]
                #expect(whole?["hash"] == .data(waiting.hash) && whole?["blockHash"] == .null)
            }
        }
    }

    @Test func syncingIsToldWhenItChanges() async throws {
        try await Harness.run { node async throws in
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                _ = try await Self.subscribe(#"["syncing"]"#, &socket)
                #expect(try Self.parsed(try await socket.text())["params"]?["result"] == false)
            }
        }
        try await Harness.run(reader: FixtureReader(isSyncing: true)) { node async throws in
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                _ = try await Self.subscribe(#"["syncing"]"#, &socket)
                let result = try Self.parsed(try await socket.text())["params"]?["result"]
                #expect(result?["syncing"] == true && result?["status"]?["highestBlock"] == "0x4d")
            }
        }
    }

    @Test func subscriptionsAreBoundedAndOfKnownKinds() async throws {
        try await Harness.run { node async throws in
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                try await socket.send(#"{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["everything"]}"#)
                #expect(try Self.parsed(try await socket.text())["error"]?["code"] == -32601)
                for _ in 0..<32 {
                    try await socket.send(Self.subscribe)
                    #expect(try Self.parsed(try await socket.text())["result"] != nil)
                }
                try await socket.send(Self.subscribe)
                #expect(try Self.parsed(try await socket.text())["error"]?["data"]?["reason"] == "tooManySubscriptions")
            }
        }
    }

    @Test func foreignPagesAreNotUpgraded() async throws {
        try await Harness.run { node async throws in
            for header in [("origin", "https://evil.example"), ("host", "evil.example")] {
                await #expect(throws: (any Error).self) {
                    try await WebSocketClient.run(port: node.server.port, headers: [header]) { _ in }
                }
            }
        }
    }

    @Test func aRefusedUpgradeIsToldWhy() async throws {
        try await Harness.run { node async throws in
            let client = try await RawClient.connect(port: node.server.port)
            try await client.send(
                "GET / HTTP/1.1\r\nhost: localhost\r\norigin: https://evil.example\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
                    + "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
                    + "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            #expect(try await client.untilClosed().hasPrefix("HTTP/1.1 403"))
        }
    }

    @Test func fragmentsMakeOneMessageAndPingsGetPongs() async throws {
        try await Harness.run { node async throws in
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                try await socket.send(#"{"jsonrpc":"2.0","id":1,"#, fin: false)
                try await socket.send("hello", opcode: .ping)
                let pong = try #require(try await socket.next())
                #expect(pong.opcode == .pong && String(buffer: pong.data) == "hello")
                try await socket.send(#""method":"eth_chainId"}"#, opcode: .continuation)
                #expect(try Self.parsed(try await socket.text())["result"] == "0x5151")
            }
        }
    }

    @Test func aMessageAboveTheLimitEndsTheConnection() async throws {
        try await Harness.run(configure: { $0.web.maximumBodyBytes = 1000 }) { node async throws in
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                try await socket.send(String(repeating: " ", count: 1001))
                #expect(try await socket.text() == nil)
            }
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                try await socket.send(String(repeating: " ", count: 600), fin: false)
                try await socket.send(String(repeating: " ", count: 600), opcode: .continuation)
                #expect(try await socket.text() == nil)
            }
            #expect(try await node.result("eth_chainId") == "0x5151")
        }
    }

    @Test func aClientThatAnswersNoPingIsClosed() async throws {
        try await Harness.run(configure: { $0.web.pingMilliseconds = 30 }) { node async throws in
            try await WebSocketClient.run(port: node.server.port) { socket async throws in
                while let frame = try await socket.next() { #expect(frame.opcode == .ping) }
            }
        }
    }

    @Test func aSubscriberThatDoesNotReadIsClosed() async throws {
        let head = FixtureChain().blocks[1].sealed
        try await Harness.run(configure: { $0.web.maximumUnsentNotifications = 128 }) { node async throws in
            let client = try await RawClient.connect(port: node.server.port, reads: false)
            let key = "dGhlIHNhbXBsZSBub25jZQ=="
            try await client.send(
                "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
                    + "sec-websocket-key: \(key)\r\n\r\n")
            let text = Array(Self.subscribe.utf8)
            await client.throwIn([0x81, 0x80 | UInt8(text.count), 0, 0, 0, 0] + text)
            try await eventually("a subscription") { node.feed.listenerCount > 0 }
            repeat {
                for _ in 0..<64 { node.feed.send(head) }
                #expect(try await node.get("/health", headers: [("connection", "close")]).status == 200)
            } while node.server.connectionCount > 0
            await client.close()
        }
    }
}

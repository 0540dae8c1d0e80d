import NIOConcurrencyHelpers
import Primitives
import RPCServer
import TestKit
import Testing
import WebTestKit

/// What strangers may do to the server, and that it goes on serving.
@Suite(.timeLimit(.minutes(2))) struct WebServerTests {
    static let call = #"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#
    private static let dearCall =
        #"{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x000000000000000000000000000000000000cafe","data":"0x07"}]}"#

    private func expectServing(_ node: Harness) async throws { #expect(try await node.result("eth_chainId") == "0x5151") }

    @Test func foreignHostsAndOriginsAreRefused() async throws {
        try await Harness.run(configure: { $0.web.gate = HostGate(hosts: ["node.example"], origins: ["https://app.example"]) }) {
            node async throws in
            let body = Array(Self.call.utf8)
            let json = ("content-type", "application/json")
            for (host, status) in [
                ("evil.example", 403), ("127.0.0.1.evil.example", 403), ("localhost.", 403), ("[::1]:1", 200), ("localhost", 200),
                ("NODE.example:443", 200), ("node.example:x", 403),
            ] {
                #expect(try await node.post(body, headers: [json, ("host", host)]).status == status, "\(host)")
            }
            #expect(try await node.post(body, headers: [json, ("origin", "https://evil.example")]).status == 403)
            #expect(try await node.post(body, headers: [json, ("origin", "null")]).status == 403)
            let listed = try await node.send("OPTIONS", "/", nil, [("origin", "https://app.example")])
            #expect(listed.status == 200 && listed.headers["access-control-allow-origin"] == "https://app.example")
            let plain = try await node.send("POST", "/", body, [json])
            #expect(plain.headers["access-control-allow-origin"] == nil)
        }
    }

    @Test func twoHostsOrNoneAreRefused() async throws {
        try await Harness.run { node async throws in
            for hosts in ["", "host: localhost\r\nhost: localhost\r\n"] {
                let client = try await RawClient.connect(port: node.server.port)
                try await client.send("GET /health HTTP/1.1\r\n\(hosts)connection: close\r\n\r\n")
                let answer = try await client.untilClosed()
                #expect(answer.hasPrefix("HTTP/1.1 403") || answer.hasPrefix("HTTP/1.1 400"))
            }
            try await expectServing(node)
        }
    }

    @Test func onlyJSONIsTaken() async throws {
        try await Harness.run { node async throws in
            let body = Array(Self.call.utf8)
            #expect(try await node.post(body, headers: [("content-type", "text/plain")]).status == 415)
            #expect(try await node.post(body, headers: []).status == 415)
            #expect(try await node.post(body, headers: [("content-type", "Application/JSON; charset=utf-8")]).status == 200)
            #expect(try await node.send("PUT", "/", body, []).status == 405)
            #expect(try await node.get("/").status == 405)
            #expect(try await node.get("/nothing").status == 404)
        }
    }

    @Test func healthTellsTheHeight() async throws {
        try await Harness.run { node async throws in
            let reply = try await node.get("/health")
            #expect(reply.status == 200)
            #expect(try JSONValue(parsing: reply.body) == ["status": "ok", "reason": nil, "finalizedHeight": 2, "finalizedSinceStart": 3, "peers": 3])
        }
    }

    @Test func oversizedBodiesAreRefused() async throws {
        try await Harness.run(configure: { $0.web.maximumBodyBytes = 1000 }) { node async throws in
            let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            let announced = try await RawClient.connect(port: node.server.port)
            try await announced.send(head + "content-length: 1001\r\n\r\n")
            await announced.throwIn([UInt8](repeating: 0x20, count: 1001))
            #expect(try await announced.untilClosed().hasPrefix("HTTP/1.1 413"))

            let chunked = try await RawClient.connect(port: node.server.port)
            try await chunked.send(head + "transfer-encoding: chunked\r\n\r\n3e8\r\n" + String(repeating: " ", count: 1000) + "\r\n")
            try await chunked.send("1\r\n \r\n0\r\n\r\n")
            #expect(try await chunked.untilClosed().hasPrefix("HTTP/1.1 413"))

            let padded = Self.call + String(repeating: " ", count: 1000 - Self.call.utf8.count)
            #expect(try await node.post(Array(padded.utf8)).status == 200)
            try await expectServing(node)
        }
    }

    @Test func aHeadHasABoundHoweverManyFieldsItIsCutInto() async throws {
        try await Harness.run(configure: { $0.web.maximumHeadBytes = 10_000 }) { node async throws in
            func answer(fields: Int) async throws -> String {
                let client = try await RawClient.connect(port: node.server.port)
                let head = (0..<fields).map { "x-\($0): " + String(repeating: "a", count: 990) + "\r\n" }.joined()
                await client.throwIn(Array(("GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n" + head + "\r\n").utf8))
                return try await client.untilClosed()
            }
            #expect(try await answer(fields: 9).hasPrefix("HTTP/1.1 200"))
            let refused = try await answer(fields: 11)
            #expect(refused.isEmpty || refused.hasPrefix("HTTP/1.1 4"))
            try await expectServing(node)
        }
    }

    @Test func garbageEndsTheConnectionOnly() async throws {
        try await Harness.run { node async throws in
            let endless = Array("GET /".utf8) + [UInt8](repeating: 0x61, count: 200_000)
            for bytes in [
                [UInt8](repeating: 0xff, count: 4096), [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3], Array("GET\r\n\r\n".utf8), endless,
            ] {
                let client = try await RawClient.connect(port: node.server.port)
                await client.throwIn(bytes + Array("\r\n\r\n".utf8))
                let answer = try await client.untilClosed()
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"))
            }
            try await expectServing(node)
        }
    }

    @Test func aSilentConnectionIsClosed() async throws {
        try await Harness.run(configure: { $0.web.idleMilliseconds = 1000 }) { node async throws in
            let silent = try await RawClient.connect(port: node.server.port)
            #expect(try await silent.untilClosed().isEmpty)
            let halfAHead = try await RawClient.connect(port: node.server.port)
            // On a busy machine the server may have closed it before the first byte leaves: that is the rule, too.
            try? await halfAHead.send("POST / HTTP/1.1\r\nhost: loc")
            #expect(try await halfAHead.untilClosed().isEmpty)
            try await expectServing(node)
        }
    }

    @Test func aBodyThatDoesNotComeIsNotWaitedFor() async throws {
        try await Harness.run(configure: { $0.web.requestMilliseconds = 50 }) { node async throws in
            let client = try await RawClient.connect(port: node.server.port)
            try await client.send("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{")
            #expect(try await client.untilClosed().isEmpty)
            try await expectServing(node)
        }
    }

    @Test func aClientThatDoesNotReadIsClosed() async throws {
        let large = FixtureReader(onCode: { [UInt8](repeating: 0, count: 16 << 20) })
        try await Harness.run(reader: large, configure: { $0.web.writeMilliseconds = 50 }) { node async throws in
            let body = #"{"jsonrpc":"2.0","id":1,"method":"eth_getCode","params":["0x00000000000000000000000000000000000a11ce"]}"#
            let client = try await RawClient.connect(port: node.server.port, reads: false)
            let head = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            try await client.send(head + "content-length: \(body.utf8.count)\r\n\r\n" + body)
            // The server is asked on, each time over a connection that ends, until it has let go of the other.
            repeat {
                #expect(try await node.get("/health", headers: [("connection", "close")]).status == 200)
            } while node.server.connectionCount > 0
            await client.close()
        }
    }

    private static let getCode: String = {
        let body = #"{"jsonrpc":"2.0","id":1,"method":"eth_getCode","params":["0x00000000000000000000000000000000000a11ce"]}"#
        return "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n" + body
    }()

    private static let once = [("connection", "close")]

    @Test func aClientThatAsksOnWithoutReadingHasOneReplyWaiting() async throws {
        let reads = NIOLockedValueBox(0)
        let large = FixtureReader(onCode: {
            reads.withLockedValue { $0 += 1 }
            return [UInt8](repeating: 0, count: 8 << 20)
        })
        try await Harness.run(reader: large) { node async throws in
            let client = try await RawClient.connect(port: node.server.port, reads: false)
            try await client.send(String(repeating: Self.getCode, count: 8))
            try await eventually("a read") { reads.withLockedValue { $0 } > 0 }
            // Others are served meanwhile, and each takes as long as the client's next request would.
            let body = Array(#"{"jsonrpc":"2.0","id":1,"method":"eth_getCode","params":["\#(FixtureChain.alice.hex)"]}"#.utf8)
            for _ in 0..<4 { #expect(try await node.post(body).status == 200) }
            #expect(reads.withLockedValue { $0 } == 5)
            await client.close()
        }
    }

    @Test func repliesThatNobodyTakesLeaveRoomForShortOnesOnly() async throws {
        let large = FixtureReader(onCode: { [UInt8](repeating: 0, count: 8 << 20) })
        try await Harness.run(reader: large, configure: { $0.web.maximumUnsentReplies = 36 << 20 }) { node async throws in
            var clients: [RawClient] = []
            for _ in 0..<2 {
                let client = try await RawClient.connect(port: node.server.port, reads: false)
                try await client.send(Self.getCode)
                clients.append(client)
            }
            let body = Array(#"{"jsonrpc":"2.0","id":1,"method":"eth_getCode","params":["\#(FixtureChain.alice.hex)"]}"#.utf8)
            while try await node.post(body).status != 503 {}
            #expect(try await node.get("/health").status == 200)
            try await expectServing(node)
            for client in clients { await client.close() }
            while try await node.post(body).status != 200 {}
        }
    }

    @Test func whoHoldsConnectionsOpenKeepsNobodyOut() async throws {
        try await Harness.run(configure: { $0.web.maximumConnections = 2 }) { node async throws in
            let older = try await RawClient.connect(port: node.server.port)
            try await eventually("a connection") { node.server.connectionCount == 1 }
            let newer = try await RawClient.connect(port: node.server.port)
            try await eventually("two connections") { node.server.connectionCount == 2 }
            #expect(try await node.get("/health", headers: Self.once).status == 200)
            #expect(try await older.untilClosed().isEmpty)
            await newer.close()
        }
    }

    @Test func connectionsAboveTheLimitAreTurnedAwayUnlessAnotherAddressHasMore() async throws {
        let gate = Gate()
        let slow = FixtureReader(onCode: {
            gate.pass()
            return [1]
        })
        try await Harness.run(reader: slow, configure: { ($0.web.maximumConnections, $0.readerThreads) = (2, 8) }) { node async throws in
            defer { gate.open() }
            var served: [RawClient] = []
            for _ in 0..<2 {
                let client = try await RawClient.connect(port: node.server.port, from: "127.0.0.2")
                try await client.send(Self.getCode)
                served.append(client)
            }
            try await eventually("two reads") { gate.count == 2 }
            let third = try await RawClient.connect(port: node.server.port, from: "127.0.0.2")
            #expect(try await third.untilClosed().hasPrefix("HTTP/1.1 503"))
            // Who comes from elsewhere has a place, although theirs are in use.
            #expect(try await node.get("/health", headers: Self.once).status == 200)
            gate.open()
            for client in served { await client.close() }
            try await eventually("the end of all connections") { node.server.connectionCount == 0 }
            try await expectServing(node)
        }
    }

    @Test func callsWithoutEndKeepNoShortReadWaiting() async throws {
        let gate = Gate()
        let slow = FixtureReader(onCall: { gate.pass() })
        // However slow the machine: those that wait are not to end for that.
        try await Harness.run(reader: slow, configure: { $0.readMilliseconds = 600_000 }) { node async throws in
            defer { gate.open() }
            let calls = (0..<6).map { _ in Task { try await node.result("eth_call", [["to": .data(FixtureChain.bob), "data": "0x07"]]) } }
            try await eventually("a call") { gate.count > 0 }
            for _ in 0..<20 {
                #expect(try await node.get("/health").status == 200)
                #expect(try await node.result("eth_blockNumber") == "0x2")
            }
            gate.open()
            for call in calls { #expect(try await call.value == "0x07") }
        }
    }

    /// Whoever asks for long reads over many connections waits for its own, and nobody else does.
    @Test func addressesTakeTurns() async throws {
        let gate = Gate()
        let slow = FixtureReader(onCall: { gate.pass() })
        let configure = { (configuration: inout RPCServer.Configuration) in
            configuration.readerThreads = 2
            configuration.readMilliseconds = 600_000
        }
        try await Harness.run(reader: slow, configure: configure) { node async throws in
            defer { gate.open() }
            let body = Self.dearCall
            let request = "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n"
                + "content-length: \(body.utf8.count)\r\n\r\n" + body
            var greedy: [RawClient] = []
            for _ in 0..<20 {
                let client = try await RawClient.connect(port: node.server.port)
                try await client.send(request)
                greedy.append(client)
            }
            try await eventually("a call") { gate.count == 1 }
            let other = try await RawClient.connect(port: node.server.port, from: "127.0.0.2")
            try await other.send(request)
            try await eventually("the queue") { node.server.waitingReads == 21 }
            // The one in work, one more that came before, then the other's.
            gate.open(for: 3)
            #expect(try await other.untilClosed().contains("0x07"))
            gate.open()
            for client in greedy { #expect(try await client.untilClosed().contains("0x07")) }
        }
    }

    @Test func aBatchHasTheTimeOfOneCall() async throws {
        let now = NIOLockedValueBox<UInt64>(0)
        let slow = FixtureReader(onCall: { now.withLockedValue { $0 += 300 } })
        let configure = { (configuration: inout RPCServer.Configuration) in
            configuration.readMilliseconds = 1000
            configuration.clock = { now.withLockedValue { $0 } }
        }
        try await Harness.run(reader: slow, configure: configure) { node async throws in
            let call = Self.dearCall
            let batch = "[" + Array(repeating: call, count: 10).joined(separator: ",") + "]"
            let answers = try #require(try JSONValue(parsing: try await node.post(Array(batch.utf8)).body).asArray)
            #expect(answers.map { $0["result"] != nil } == [true, true, true, true] + Array(repeating: false, count: 6))
            #expect(answers.last?["error"]?["data"]?["reason"] == "timeout")
        }
    }

    @Test func aNodeMayBeWithoutTraces() async throws {
        try await Harness.run(configure: { $0.servesDebug = false }) { node async throws in
            for method in RPCMethodTable.names where method.hasPrefix("debug_") {
                #expect(try await node.failure(method)["code"] == -32601)
            }
            #expect(try await node.result("eth_blockNumber") == "0x2")
        }
    }

    @Test func requestsOnOneConnectionAreAnsweredInOrder() async throws {
        try await Harness.run { node async throws in
            let client = try await RawClient.connect(port: node.server.port)
            let request = "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: "
            func call(_ method: String, close: Bool = false) -> String {
                let body = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)"}"#
                return request + "\(body.utf8.count)\r\n\(close ? "connection: close\r\n" : "")\r\n" + body
            }
            try await client.send(call("eth_chainId") + call("eth_blockNumber") + call("net_version", close: true))
            let answer = try await client.untilClosed()
            let places = ["\"0x5151\"", "\"0x2\"", "\"20817\""].map { answer.firstRange(of: $0)?.lowerBound }
            #expect(!places.contains(nil) && places.compactMap { $0 } == places.compactMap { $0 }.sorted())
        }
    }

    @Test func stoppingClosesConnections() async throws {
        let server = try await WebServer.start(WebConfiguration(), routes: MetricsRoutes(MetricsRegistry()))
        let client = try await RawClient.connect(port: server.port)
        try await client.send("GET /health HTTP/1.1\r\nhost: localhost\r\n")
        try await eventually("a connection") { server.connectionCount > 0 }
        await server.shutdown()
        #expect(try await client.untilClosed().isEmpty)
        await #expect(throws: (any Error).self) { _ = try await RawClient.connect(port: server.port) }
    }
}

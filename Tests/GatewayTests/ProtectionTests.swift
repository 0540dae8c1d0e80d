import Gateway
import NIOCore
import Primitives
import RPCServer
import TestKit
import Testing
import WebTestKit

/// What other programs, web pages and machines may not do.
@Suite(.timeLimit(.minutes(2))) struct ProtectionTests {
    static let json = ("content-type", "application/json")

    /// A transfer, as a page that knows the token would post it.
    private func transfer(_ gateway: Harness) -> [UInt8] {
        let call: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": "eth_sendTransaction", "params": [gateway.transaction()]]
        return call.bytes
    }

    @Test func everyPathButTheTokensIsNotThere() async throws {
        try await Harness.run { gateway async throws in
            let token = Harness.token
            let wrong = [
                "/", "/health", "/metrics", "/\(token.dropLast())", "/\(token)0", "/\(token.dropLast())0", "/\(token)/", "//\(token)",
                "/\(token.uppercased())", "/x/\(token)", "/?\(token)", "/%30\(token.dropFirst())",
            ]
            let nothing = try await gateway.request("POST", "/nothing", transfer(gateway), [Self.json])
            #expect(nothing.status == 404)
            for path in wrong {
                for (method, headers) in [("POST", [Self.json]), ("POST", []), ("GET", []), ("OPTIONS", []), ("PUT", [Self.json])] {
                    let body = method == "POST" || method == "PUT" ? transfer(gateway) : nil
                    let reply = try await gateway.request(method, path, body, headers)
                    #expect(reply.status == 404 && reply.body == nothing.body && reply.headers.keys == nothing.headers.keys, "\(method) \(path)")
                }
                await #expect(throws: (any Error).self) {
                    try await WebSocketClient.run(port: gateway.gateway.port, path: path) { _ in }
                }
            }
            #expect(gateway.node.taken.isEmpty && gateway.node.texts.isEmpty)
        }
    }

    @Test func onlyLoopbackNamesWithThePortAreServed() async throws {
        try await Harness.run { gateway async throws in
            let (port, body) = (gateway.gateway.port, transfer(gateway))
            let wrong = [
                "evil.example:\(port)", "127.0.0.1", "localhost", "127.0.0.1:\(port + 1)", "127.0.0.1:80", "127.0.0.1.evil.example:\(port)",
                "localhost.:\(port)", "0.0.0.0:\(port)", "127.0.0.1:0\(port)", "127.1:\(port)", "evil.example",
            ]
            for host in wrong {
                #expect(try await gateway.post(body, headers: [Self.json, ("host", host)]).status == 403, "\(host)")
                await #expect(throws: (any Error).self) {
                    try await WebSocketClient.run(port: port, path: gateway.path, headers: [("host", host)]) { _ in }
                }
            }
            #expect(gateway.node.taken.isEmpty)
            for host in ["127.0.0.1:\(port)", "localhost:\(port)", "LOCALHOST:\(port)", "[::1]:\(port)"] {
                #expect(try await gateway.post(body, headers: [Self.json, ("host", host)]).status == 200, "\(host)")
            }
        }
    }

    @Test func hostsInTwoVoicesOrNoneAreRefused() async throws {
        try await Harness.run { gateway async throws in
            let port = gateway.gateway.port
            for hosts in ["", "host: localhost:\(port)\r\nhost: evil.example\r\n"] {
                let client = try await RawClient.connect(port: port)
                try await client.send("GET \(gateway.path) HTTP/1.1\r\n\(hosts)connection: close\r\n\r\n")
                let answer = try await client.untilClosed()
                #expect(answer.hasPrefix("HTTP/1.1 403") || answer.hasPrefix("HTTP/1.1 400"))
            }
        }
    }

    @Test func pagesThatAreNotListedAreRefused() async throws {
        try await Harness.run { gateway async throws in
            let (port, body) = (gateway.gateway.port, transfer(gateway))
            for origin in ["https://evil.example", "null", "http://127.0.0.1:\(port)", "http://localhost:8080", "file://"] {
                for method in ["POST", "OPTIONS", "GET"] {
                    let reply = try await gateway.request(
                        method, gateway.path, method == "POST" ? body : nil,
                        [Self.json, ("origin", origin), ("access-control-request-method", "POST")])
                    #expect(reply.status == 403, "\(method) \(origin)")
                    #expect(!reply.headers.keys.contains { $0.hasPrefix("access-control") })
                }
                await #expect(throws: (any Error).self, "\(origin)") {
                    try await WebSocketClient.run(port: port, path: gateway.path, headers: [("origin", origin)]) { _ in }
                }
            }
            #expect(gateway.node.taken.isEmpty && gateway.node.texts.isEmpty)
        }
    }

    @Test func aListedPageIsToldSoAndNoOtherIs() async throws {
        let page = "https://app.example"
        try await Harness.run(configure: { $0.origins = [page] }) { gateway async throws in
            let preflight = try await gateway.request(
                "OPTIONS", gateway.path, nil, [("origin", page), ("access-control-request-method", "POST")])
            #expect(preflight.status == 200 && preflight.headers["access-control-allow-origin"] == page)
            #expect(preflight.headers["access-control-allow-headers"] == "content-type")
            let call = try await gateway.post(transfer(gateway), headers: [Self.json, ("origin", page)])
            #expect(call.status == 200 && call.headers["access-control-allow-origin"] == page && call.headers["vary"] == "origin")
            for origin in ["https://app.example.evil.example", "http://app.example", "https://app.example:444", "null"] {
                let other = try await gateway.request("OPTIONS", gateway.path, nil, [("origin", origin)])
                #expect(other.status == 403 && other.headers["access-control-allow-origin"] == nil, "\(origin)")
            }
            let plain = try await gateway.post(transfer(gateway))
            #expect(plain.status == 200 && !plain.headers.keys.contains { $0.hasPrefix("access-control") })
            try await WebSocketClient.run(port: gateway.gateway.port, path: gateway.path, headers: [("origin", page)]) { socket async throws in
                try await socket.send(#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#)
                #expect(try await socket.text()?.contains("0x5151") == true)
            }
        }
    }

    @Test func whatAFormCanPostSignsNothing() async throws {
        try await Harness.run { gateway async throws in
            let types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", "text/json"]
            for type in types {
                #expect(try await gateway.post(transfer(gateway), headers: [("content-type", type)]).status == 415, "\(type)")
            }
            #expect(try await gateway.post(transfer(gateway), headers: []).status == 415)
            #expect(gateway.node.taken.isEmpty && gateway.node.texts.isEmpty)
            #expect(try await gateway.post(transfer(gateway), headers: [("content-type", "application/json; charset=utf-8")]).status == 200)
        }
    }

    @Test func onlyPostingCalls() async throws {
        try await Harness.run { gateway async throws in
            for method in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"] {
                #expect(try await gateway.request(method, gateway.path).status == 405, "\(method)")
            }
            #expect(gateway.node.texts.isEmpty)
        }
    }

    @Test func otherAddressesOfThisMachineDoNotListen() async throws {
        try await Harness.run { gateway async throws in
            await #expect(throws: (any Error).self) { _ = try await RawClient.connect(host: "127.0.0.2", port: gateway.gateway.port) }
        }
    }

    @Test func oversizedBodiesAreRefusedAndWhoHoldsAPlaceMakesRoom() async throws {
        try await Harness.run(configure: { ($0.web.maximumBodyBytes, $0.web.maximumConnections) = (1000, 1) }) { gateway async throws in
            let holder = try await RawClient.connect(port: gateway.gateway.port)
            try await eventually("a connection") { gateway.gateway.connectionCount == 1 }
            let client = try await RawClient.connect(port: gateway.gateway.port)
            #expect(try await holder.untilClosed().isEmpty)
            let head = "POST \(gateway.path) HTTP/1.1\r\nhost: localhost:\(gateway.gateway.port)\r\ncontent-type: application/json\r\n"
            try await client.send(head + "content-length: 1001\r\n\r\n")
            await client.throwIn([UInt8](repeating: 0x20, count: 1001))
            #expect(try await client.untilClosed().hasPrefix("HTTP/1.1 413"))
            #expect(gateway.node.texts.isEmpty)
        }
    }

    @Test func aBodyThatDoesNotComeIsNotWaitedFor() async throws {
        try await Harness.run(configure: { $0.web.requestMilliseconds = 50 }) { gateway async throws in
            let client = try await RawClient.connect(port: gateway.gateway.port)
            try await client.send("POST \(gateway.path) HTTP/1.1\r\nhost: localhost:\(gateway.gateway.port)\r\ncontent-length: 9\r\n\r\n{")
            #expect(try await client.untilClosed().isEmpty)
        }
    }

    @Test func tokensAreLongPlainAndSecret() throws {
        for text in ["", "short", "fifteen-letters", "sixteen letters!", "with/slash/in/the/middle", "percent%20percent%20", String(repeating: "a", count: 257)] {
            #expect(GatewayToken(text) == nil, "\(text)")
        }
        let token = try #require(GatewayToken("sixteen-letters."))
        #expect("\(token)" == "GatewayToken")
        let random = GatewayToken(random: [UInt8](repeating: 7, count: 32))
        #expect(random.text.utf8.count == 64 && GatewayToken(random.text) != nil)
    }
}

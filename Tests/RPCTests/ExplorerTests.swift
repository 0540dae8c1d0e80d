import AsyncHTTPClient
import Explorer
import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOCore
import RPCServer
import Testing

@Suite(.timeLimit(.minutes(2))) struct ExplorerTests {
    final class Source: OverviewSource {
        struct Broken: Error {}
        let calls = NIOLockedValueBox(0)
        let isBroken: Bool

        init(isBroken: Bool = false) { self.isBroken = isBroken }

        func overview() async throws -> Overview {
            calls.withLockedValue { $0 += 1 }
            guard !isBroken else { throw Broken() }
            return Overview(
                chainName: "devnet", chainID: 20817, head: .init(number: 7, timeMilliseconds: 1, epoch: 2, view: 9, baseFee: "1000000000"),
                finalitySeconds: 0.3, mempool: 1, peers: 4, isSyncing: false,
                blocks: [
                    .init(
                        number: 7, hash: "0x07", timeMilliseconds: 1, transactions: 2, gasUsed: 42_000, gasLimit: 30_000_000,
                        proposer: "<b>validator-1</b>", finalitySeconds: nil)
                ],
                validators: [.init(moniker: "validator-1", address: "0x01", status: "active", stake: "200000000000000000000000", share: 1)],
                encryptionNodes: [
                    .init(
                        moniker: "operator-1", address: "0x02", nodeClass: "operator", status: "active", isServing: true, shares: nil, capacityGiB: 10)
                ])
        }
    }

    /// Runs the explorer on a free port and hands its address over.
    private func run(_ source: Source, gate: HostGate = HostGate(), _ body: (String) async throws -> Void) async throws {
        let server = ExplorerServer(port: 0, gate: gate, source: source, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let listening = AsyncStream.makeStream(of: Int.self)
        let task = Task { try await server.run { listening.continuation.yield($0) } }
        for await port in listening.stream {
            do { try await body("http://127.0.0.1:\(port)") } catch { Issue.record(error) }
            break
        }
        task.cancel()
        _ = await task.result
    }

    private func get(_ url: String, _ headers: [(String, String)] = []) async throws -> (status: Int, headers: [String: String], text: String) {
        var request = HTTPClientRequest(url: url)
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 1 << 20)
        let fields = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        return (Int(response.status.code), fields, String(buffer: body))
    }

    @Test func thePageLoadsNothingFromElsewhere() async throws {
        try await run(Source()) { url async throws in
            for (path, type) in [("/", "text/html"), ("/style.css", "text/css"), ("/script.js", "text/javascript")] {
                let reply = try await get(url + path)
                #expect(reply.status == 200 && reply.headers["content-type"]?.hasPrefix(type) == true)
                #expect(reply.headers["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
                #expect(reply.headers["x-content-type-options"] == "nosniff")
                #expect(!reply.text.contains("://"))
                #expect(!reply.text.contains("innerHTML") && !reply.text.contains("style=") && !reply.text.contains("onclick"))
            }
            #expect(try await get(url + "/nothing").status == 404)
        }
    }

    @Test func theOverviewIsJSONAndMadeOnceForAll() async throws {
        let source = Source()
        try await run(source) { url async throws in
            let first = try await get(url + "/api/overview")
            #expect(first.status == 200)
            #expect(try JSONDecoder().decode(Overview.self, from: Data(first.text.utf8)) == (try await source.overview()))
            for _ in 0..<5 { #expect(try await get(url + "/api/overview").status == 200) }
        }
    }

    @Test func aSourceThatFailsIsUnavailable() async throws {
        try await run(Source(isBroken: true)) { url async throws in
            let reply = try await get(url + "/api/overview")
            #expect(reply.status == 503 && !reply.text.contains("Broken"))
        }
    }

    @Test func foreignHostsAndPagesAreRefused() async throws {
        try await run(Source(), gate: HostGate(hosts: ["explorer.example"])) { url async throws in
            #expect(try await get(url + "/", [("host", "evil.example")]).status == 403)
            #expect(try await get(url + "/api/overview", [("origin", "https://evil.example")]).status == 403)
            #expect(try await get(url + "/", [("host", "explorer.example:8080")]).status == 200)
        }
    }
}

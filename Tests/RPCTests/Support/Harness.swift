import AsyncHTTPClient
import Foundation
import NIOCore
import RPCServer
import Testing

/// A running server on a free port with the fixture behind it.
struct Harness: Sendable {
    let server: RPCServer
    let feed: FixtureFeed

    /// Starts a server, runs the body and stops the server.
    static func run(
        reader: FixtureReader = FixtureReader(), metrics: MetricsRegistry? = nil,
        configure: (inout RPCServer.Configuration) -> Void = { _ in }, _ body: (Harness) async throws -> Void
    ) async throws {
        var configuration = RPCServer.Configuration()
        configure(&configuration)
        let feed = FixtureFeed()
        let server = try await RPCServer.start(configuration, reader: reader, submitter: FixtureSubmitter(), heads: feed, metrics: metrics)
        do {
            try await body(Harness(server: server, feed: feed))
            await server.shutdown()
        } catch {
            await server.shutdown()
            throw error
        }
    }

    var url: String { "http://127.0.0.1:\(server.port)" }

    /// The parsed answer to a call.
    func call(_ method: String, _ parameters: JSONValue = []) async throws -> JSONValue {
        let request: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": parameters]
        return try JSONValue(parsing: try await post(request.bytes).body)
    }

    /// The result of a call that must succeed.
    func result(_ method: String, _ parameters: JSONValue = []) async throws -> JSONValue {
        let answer = try await call(method, parameters)
        return try #require(answer["result"], "\(method) answered \(String(decoding: answer.bytes, as: UTF8.self))")
    }

    /// The error of a call that must fail.
    func failure(_ method: String, _ parameters: JSONValue = []) async throws -> JSONValue {
        let answer = try await call(method, parameters)
        return try #require(answer["error"], "\(method) answered \(String(decoding: answer.bytes, as: UTF8.self))")
    }

    func post(_ body: [UInt8], headers: [(String, String)] = [("content-type", "application/json")]) async throws -> (status: Int, body: [UInt8]) {
        let reply = try await send("POST", "/", body, headers)
        return (reply.status, reply.body)
    }

    func get(_ path: String, headers: [(String, String)] = []) async throws -> (status: Int, body: [UInt8]) {
        let reply = try await send("GET", path, nil, headers)
        return (reply.status, reply.body)
    }

    func send(
        _ method: String, _ path: String, _ body: [UInt8]?, _ headers: [(String, String)]
    ) async throws -> (status: Int, headers: [String: String], body: [UInt8]) {
        var request = HTTPClientRequest(url: url + path)
        request.method = .RAW(value: method)
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 64 * 1024 * 1024)
        let fields = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        return (Int(response.status.code), fields, Array(bytes.readableBytesView))
    }
}

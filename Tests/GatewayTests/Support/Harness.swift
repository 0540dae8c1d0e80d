import AsyncHTTPClient
import Cryptography
import Entropy
import Foundation
import Gateway
import NIOCore
import Primitives
import RPCServer
import Testing
import Wallet

/// A gateway on a free port, with a wallet of its own, before a fake node.
struct Harness: Sendable {
    struct Reply {
        var status: Int
        var headers: [String: String]
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
    }

    static let token = "0123456789abcdef"
    static let recipient = Address(low: 0xbeef)

    let gateway: Gateway
    let node: FakeNode
    let nodeServer: WebServer
    let accounts: [WalletAccount]
    /// An account of the wallet that is not unlocked.
    let locked: WalletAccount

    /// Starts all, runs the body and stops all.
    static func run(
        suite: SignatureSuite = .mldsa65, configure: (inout GatewayConfiguration) -> Void = { _ in }, _ body: (Harness) async throws -> Void
    ) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "gateway-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let entropy = try EntropyPool([KernelSource()])
        var wallet = try Wallet.create(directory: directory, password: .empty, entropy: entropy, allowsEmptyPassword: true)
        let accounts = try ["alice", "bob"].map { try wallet.newAccount(named: $0, suite: suite, entropy: entropy).account }
        let locked = try wallet.newAccount(named: "locked", entropy: entropy).account

        let node = FakeNode()
        let nodeServer = try await WebServer.start(WebConfiguration(), routes: node)
        var configuration = GatewayConfiguration(token: try #require(GatewayToken(token)))
        configuration.port = 0
        configure(&configuration)
        let url = "http://127.0.0.1:\(nodeServer.port)"
        let gateway = try await Gateway.start(configuration, node: url, wallet: wallet, accounts: accounts)
        node.change { $0.texts = [] }
        let harness = Harness(gateway: gateway, node: node, nodeServer: nodeServer, accounts: accounts, locked: locked)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body(harness)) } catch { outcome = .failure(error) }
        await gateway.shutdown()
        await nodeServer.shutdown()
        try outcome.get()
    }

    var alice: Address { accounts[0].address }
    var path: String { "/" + Self.token }

    /// The transaction with `from` and a recipient, where none is named.
    func transaction(_ members: [(String, JSONValue)] = []) -> JSONValue {
        var all: [JSONValue.Member] = [.init("from", .data(alice))]
        if !members.contains(where: { $0.0 == "to" }) { all.append(.init("to", .data(Self.recipient))) }
        return .object(all + members.map { .init($0.0, $0.1) })
    }

    func call(_ method: String, _ parameters: JSONValue = []) async throws -> JSONValue {
        let request: JSONValue = ["jsonrpc": "2.0", "id": 1, "method": .string(method), "params": parameters]
        return try JSONValue(parsing: try await post(request.bytes).body)
    }

    /// The error of a call that must fail.
    func failure(_ method: String, _ parameters: JSONValue = []) async throws -> JSONValue {
        let answer = try await call(method, parameters)
        return try #require(answer["error"], "\(method) answered \(String(decoding: answer.bytes, as: UTF8.self))")
    }

    /// Sends a transaction, which must succeed.
    @discardableResult
    func send(_ members: [(String, JSONValue)] = []) async throws -> JSONValue {
        let answer = try await call("eth_sendTransaction", [transaction(members)])
        return try #require(answer["result"], "\(String(decoding: answer.bytes, as: UTF8.self))")
    }

    /// Sends a transaction that must be refused; gives code and reason.
    func refusal(_ members: [(String, JSONValue)] = []) async throws -> (code: Int64, reason: String) {
        let error = try await failure("eth_sendTransaction", [transaction(members)])
        guard case .integer(let code)? = error["code"] else { throw JSONError.invalidNumber }
        return (code, error["data"]?["reason"]?.asString ?? "")
    }

    func post(_ text: String) async throws -> String { try await post(Array(text.utf8)).text }

    func post(_ body: [UInt8], headers: [(String, String)] = [("content-type", "application/json")]) async throws -> Reply {
        try await request("POST", path, body, headers)
    }

    func request(_ method: String, _ path: String, _ body: [UInt8]? = nil, _ headers: [(String, String)] = []) async throws -> Reply {
        var request = HTTPClientRequest(url: "http://127.0.0.1:\(gateway.port)\(path)")
        request.method = .RAW(value: method)
        for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let bytes = try await response.body.collect(upTo: 64 * 1024 * 1024)
        let fields = Dictionary(response.headers.map { ($0.name.lowercased(), $0.value) }) { first, _ in first }
        return Reply(status: Int(response.status.code), headers: fields, body: Array(bytes.readableBytesView))
    }
}

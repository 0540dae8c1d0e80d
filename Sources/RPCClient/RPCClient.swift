import AsyncHTTPClient
import Foundation
import NIOCore

/// A node's JSON-RPC, typed. Nothing that comes back is verified here beyond its form.
public struct RPCClient: Sendable {
    public static let maximumAnswerBytes = 32 * 1024 * 1024

    public let url: String
    let http: HTTPClient
    let timeout: TimeAmount

    /// - Parameter url: `http://127.0.0.1:8545`; a bare `host:port` is taken as well.
    public init(url: String, timeoutMilliseconds: Int64 = 10_000, http: HTTPClient = .shared) {
        self.url = url.contains("://") ? url : "http://" + url
        self.http = http
        timeout = .milliseconds(timeoutMilliseconds)
    }

    /// Calls a method whose result may be null.
    func optional<Result: Decodable>(_ method: String, _ parameters: [any Encodable & Sendable], as type: Result.Type)
        async throws(RPCError) -> Result?
    {
        let body = try encode(method, parameters)
        let bytes = try await post(body)
        let answer: WireAnswer<Result>
        do {
            answer = try JSONDecoder().decode(WireAnswer<Result>.self, from: bytes)
        } catch {
            throw .malformed(method: method)
        }
        if let failure = answer.error {
            throw .refused(code: failure.code, message: failure.message, reason: failure.data?.reason, data: failure.data?.text)
        }
        return answer.result
    }

    /// Calls a method whose result is never null.
    func call<Result: Decodable>(_ method: String, _ parameters: [any Encodable & Sendable] = [], as type: Result.Type)
        async throws(RPCError) -> Result
    {
        guard let result = try await optional(method, parameters, as: type) else { throw .malformed(method: method) }
        return result
    }

    /// Calls any method and gives back the whole answer as JSON text, for tools.
    public func raw(_ method: String, parametersJSON: String) async throws(RPCError) -> [UInt8] {
        guard let name = try? JSONEncoder().encode(method) else { throw .malformed(method: method) }
        let text = #"{"jsonrpc":"2.0","id":1,"method":"# + String(decoding: name, as: UTF8.self) + #","params":"# + parametersJSON + "}"
        return Array(try await post(Data(text.utf8)))
    }

    /// Hands any JSON-RPC text to the node as it is and gives its answer as it is; none for notifications.
    public func forward(_ text: [UInt8]) async throws(RPCError) -> [UInt8] { Array(try await post(Data(text))) }

    /// Why nothing can be asked at a URL; nil where that can be tried.
    public static func fault(of url: String) -> String? {
        guard let parts = URLComponents(string: url.contains("://") ? url : "http://" + url), ["http", "https"].contains(parts.scheme?.lowercased()),
            parts.host?.isEmpty == false
        else { return "\(url) is not the URL of a node, such as http://127.0.0.1:8545" }
        // The HTTP client takes for granted that there is no greater port, and Foundation passes over one that is no integer.
        let authority = url[(url.range(of: "://")?.upperBound ?? url.startIndex)...].prefix { !"/?#".contains($0) }
        let host = authority[(authority.lastIndex(of: "]") ?? authority.startIndex)...]
        guard let colon = host.lastIndex(of: ":") else { return nil }
        return Int(host[host.index(after: colon)...]).map((1...65_535).contains) == true ? nil : "\(url): a port is 1 to 65535"
    }

    private func post(_ body: Data) async throws(RPCError) -> Data {
        if let fault = Self.fault(of: url) { throw .unreachable(fault) }
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            return try await Self.within(timeout) { [http, timeout, url, request] in
                let response = try await http.execute(request, timeout: timeout)
                let buffer = try await response.body.collect(upTo: Self.maximumAnswerBytes)
                guard response.status == .ok else {
                    let detail = String(decoding: buffer.readableBytesView.prefix(200), as: UTF8.self)
                    throw RPCError.unreachable("\(url) answered \(response.status.code): \(detail)")
                }
                return Data(buffer.readableBytesView)
            }
        } catch let error as RPCError {
            throw error
        } catch {
            throw .unreachable("\(url): \(error)")
        }
    }

    /// Bounds the whole exchange: the HTTP client's own deadline does not cover a body that stops coming.
    private static func within<Value: Sendable>(
        _ timeout: TimeAmount, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await Task.sleep(for: .nanoseconds(timeout.nanoseconds))
                throw RPCError.unreachable("no answer within \(timeout.nanoseconds / 1_000_000) ms")
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    private func encode(_ method: String, _ parameters: [any Encodable & Sendable]) throws(RPCError) -> Data {
        struct Call: Encodable {
            let jsonrpc = "2.0"
            let id = 1
            let method: String
            let params: [AnyEncodable]
        }
        struct AnyEncodable: Encodable {
            let value: any Encodable
            func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
        }
        do {
            return try JSONEncoder().encode(Call(method: method, params: parameters.map { AnyEncodable(value: $0) }))
        } catch {
            throw .malformed(method: method)
        }
    }
}

import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import RPCServer

/// The block explorer: one live page over both networks.
public struct ExplorerServer: Sendable {
    static let maximumConnections = 128

    let host: String
    let port: Int
    let gate: HostGate
    let cache: OverviewCache
    let logger: Logger

    /// - Parameters:
    ///   - port: 0 takes any free port.
    ///   - gate: which `Host` values are served besides loopback.
    public init(host: String = "127.0.0.1", port: Int, gate: HostGate = HostGate(), source: any OverviewSource, logger: Logger) {
        (self.host, self.port, self.gate, self.logger) = (host, port, gate, logger)
        cache = OverviewCache(source)
    }

    /// Serves until the task is cancelled or the service group that it runs in shuts down.
    /// - Parameter onListening: told the port once.
    public func run(onListening: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        let router = Router()
        router.add(middleware: GateMiddleware(gate: gate))
        let assets: [(path: RouterPath, type: String, bytes: [UInt8])] = [
            ("/", "text/html; charset=utf-8", PackageResources.index_html),
            ("/style.css", "text/css; charset=utf-8", PackageResources.style_css),
            ("/script.js", "text/javascript; charset=utf-8", PackageResources.script_js),
        ]
        for asset in assets {
            router.get(asset.path) { _, _ in Self.response(.ok, asset.type, asset.bytes) }
        }
        router.get("/api/overview") { [cache, logger] _, _ in
            do {
                return Self.response(.ok, "application/json", try await cache.json())
            } catch {
                logger.warning("the overview is not available", metadata: ["error": "\(error)"])
                return Self.response(.serviceUnavailable, "application/json", Array(#"{"error":"not available"}"#.utf8))
            }
        }
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        let application = Application(
            router: router, server: .http1(configuration: .init(idleTimeout: .seconds(60))),
            configuration: .init(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConnections)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? 0) }, logger: quiet)
        try await application.run()
    }

    private static func response(_ status: HTTPResponse.Status, _ type: String, _ bytes: [UInt8]) -> Response {
        Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// Refuses foreign hosts and pages, and tells browsers to load nothing from elsewhere.
struct GateMiddleware<Context: RequestContext>: RouterMiddleware {
    static var policy: String {
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; "
            + "form-action 'none'; frame-ancestors 'none'"
    }

    let gate: HostGate

    func handle(_ request: Request, context: Context, next: (Request, Context) async throws -> Response) async throws -> Response {
        var response: Response
        // HTTPTypes keeps the Host header as the request's authority.
        let hosts = request.head.authority.map { [$0] } ?? []
        if gate.allows(hosts: hosts), gate.allows(origins: request.headers[values: .origin]) {
            do {
                response = try await next(request, context)
            } catch let error as any HTTPResponseError {
                response = Response(status: error.status)
            }
        } else {
            response = Response(status: .forbidden)
        }
        response.headers[.contentSecurityPolicy] = Self.policy
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.cacheControl] = "no-store"
        if let referrer = HTTPField.Name("referrer-policy") { response.headers[referrer] = "no-referrer" }
        return response
    }
}

import NIOCore

/// A node's JSON-RPC over HTTP and WebSocket on one port, with `/health` and `/metrics` beside it.
public final class RPCServer: Sendable {
    public struct Configuration: Sendable {
        public var web: WebConfiguration
        /// Threads that reads run on: half of them for calls, traces and searches.
        public var readerThreads = 4
        /// Reads of either half that may be in work or wait; more are refused as busy.
        public var maximumReads = 512
        public var maximumBatch = 100
        /// What a read may take from its call's arrival on, waiting for a thread included.
        public var readMilliseconds: UInt64 = 5000
        /// Whether the `debug_` methods are there: a trace costs many times what its call does.
        public var servesDebug = true
        /// Subscriptions that all clients together may have, beside the few that each may.
        public var maximumSubscriptions = 1024
        /// Filters that all clients together may have.
        public var maximumFilters = 4096
        /// Milliseconds that only rise; nil takes the system's. For the expiry of filters and of reads.
        public var clock: (@Sendable () -> UInt64)?

        public init(web: WebConfiguration = WebConfiguration()) { self.web = web }
    }

    private let server: WebServer
    private let pool: ReaderPool
    /// Notes admitted transactions for filters.
    private let noting: Task<Void, Never>

    private init(_ server: WebServer, _ pool: ReaderPool, noting: Task<Void, Never>) {
        (self.server, self.pool, self.noting) = (server, pool, noting)
    }

    /// The port that it listens on.
    public var port: Int { server.port }
    public var connectionCount: Int { server.connectionCount }
    /// Reads that are in work or wait.
    public var waitingReads: Int { pool.waiting }

    /// Binds and serves until `shutdown`. Throws when the address cannot be bound.
    /// - Parameter metrics: shown under `/metrics` where given; the server counts its calls there.
    public static func start(
        _ configuration: Configuration, reader: any ChainReader, submitter: any TransactionSubmitter, heads: any HeadFeed,
        metrics: MetricsRegistry? = nil
    ) async throws -> RPCServer {
        let pool = ReaderPool(threadCount: configuration.readerThreads, maximumWaiting: configuration.maximumReads)
        let calls = metrics?.counter("qustream_rpc_requests_total", help: "JSON-RPC calls that were answered.")
        let failures = metrics?.counter("qustream_rpc_errors_total", help: "JSON-RPC calls that were answered with an error.")
        let clock = configuration.clock ?? ReadTime.systemClock
        let filters = FilterStore(maximum: configuration.maximumFilters, clock: clock)
        let dispatcher = RPCDispatcher(
            reader: reader, submitter: submitter, pool: pool, filters: filters, clock: clock,
            limits: .init(
                batch: configuration.maximumBatch, readMilliseconds: configuration.readMilliseconds,
                servesDebug: configuration.servesDebug),
            observe: { failed in
                calls?.increment()
                if failed { failures?.increment() }
            })
        do {
            let places = SubscriptionPlaces(maximum: configuration.maximumSubscriptions)
            let routes = RPCRoutes(dispatcher: dispatcher, heads: heads, places: places, metrics: metrics)
            let server = try await WebServer.start(configuration.web, routes: routes)
            let transactions = heads.pendingTransactions()
            return RPCServer(server, pool, noting: Task { for await new in transactions { filters.admitted.append(new.hash) } })
        } catch {
            await pool.shutdown()
            throw error
        }
    }

    /// Closes everything; calls in work end first.
    public func shutdown() async {
        noting.cancel()
        await server.shutdown()
        await pool.shutdown()
    }
}

/// `POST /` is JSON-RPC, `GET /health` says whether the node is at the head of a chain that goes on,
/// `GET /health/live` whether it works at all.
struct RPCRoutes: WebRoutes, WebSocketMessages {
    let dispatcher: RPCDispatcher
    let heads: any HeadFeed
    let places: SubscriptionPlaces
    let metrics: MetricsRegistry?

    var webSockets: (any WebSocketMessages)? { self }

    func open(notify: @escaping @Sendable ([UInt8]) -> Bool, close: @escaping @Sendable () -> Void) -> any WebSocketSession {
        SubscriptionSession(dispatcher: dispatcher, feed: heads, places: places, notify: notify)
    }

    func reply(to request: WebRequest) async -> WebReply {
        switch (request.method, request.path) {
        case ("POST", "/"): await call(request)
        // The gate has let a listed origin through: tell the browser so.
        case ("OPTIONS", "/"): WebReply(status: 200, contentType: "text/plain", body: [])
        case ("GET", "/health"): await health(HealthMethods.readiness)
        case ("GET", "/health/live"): await health(HealthMethods.liveness)
        case ("GET", "/metrics"): metrics.map(\.reply) ?? .text("not found\n", status: 404)
        case (_, "/"), (_, "/health"), (_, "/health/live"), (_, "/metrics"): .text("method not allowed\n", status: 405)
        default: .text("not found\n", status: 404)
        }
    }

    private func call(_ request: WebRequest) async -> WebReply {
        guard request.isJSON else { return .notJSON }
        guard let answer = await dispatcher.answer(request.body, session: nil) else {
            return WebReply(contentType: "application/json", body: [])
        }
        return WebReply(contentType: "application/json", body: answer)
    }

    private func health(_ question: @escaping @Sendable (any ChainReader) throws -> WebReply) async -> WebReply {
        let reader = dispatcher.reader
        let reply = try? await dispatcher.pool.run { try question(reader) }
        return reply ?? .json(["status": "failing"], status: 503)
    }
}

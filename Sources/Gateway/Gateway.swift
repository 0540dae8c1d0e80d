import AsyncHTTPClient
import Primitives
import RPCClient
import RPCServer
import Wallet

/// A local signing gateway: Ethereum JSON-RPC that hands reads to a node and signs `eth_sendTransaction`
/// with the wallet's one-time keys, so that tools which know nothing of them can be used.
public final class Gateway: Sendable {
    private let server: WebServer
    private let http: HTTPClient
    private let limits: SpendingLimits

    public let url: String
    public var port: Int { server.port }
    public var connectionCount: Int { server.connectionCount }
    /// Wei that it may still sign away.
    public var remainingCap: UInt256 { limits.remaining }

    private init(_ server: WebServer, _ http: HTTPClient, _ limits: SpendingLimits, _ token: GatewayToken) {
        (self.server, self.http, self.limits) = (server, http, limits)
        url = "http://127.0.0.1:\(server.port)/\(token.text)"
    }

    /// Binds to 127.0.0.1 and serves until `shutdown`. Throws when the port cannot be bound, the node cannot be reached,
    /// or the wallet may not sign for its chain.
    /// - Parameters:
    ///   - node: address of the node's JSON-RPC.
    ///   - accounts: the ones to sign for.
    ///   - note: told in a line of everything that was signed.
    public static func start(
        _ configuration: GatewayConfiguration, node: String, wallet: UnlockedWallet, accounts: [WalletAccount],
        note: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Gateway {
        var settings = HTTPClient.Configuration(redirectConfiguration: .disallow)
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.web.maximumConnections
        // A node that is away is said to be at once.
        settings.connectionPool.retryConnectionEstablishment = false
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        do {
            let client = RPCClient(url: node, timeoutMilliseconds: nodeMilliseconds, http: http)
            let chain = RPCChain(client)
            var (wallet, sessions) = (wallet, [AccountSession<RPCChain>]())
            for account in accounts { sessions.append(try await wallet.session(for: account, on: chain, pin: configuration.pin)) }
            let limits = SpendingLimits(
                cap: configuration.spendingCap, feeCeiling: configuration.feeCeiling, unlockedSeconds: configuration.unlockedSeconds)
            let desk = SigningDesk(sessions, chainID: try await chain.identity().chainID, limits: limits, node: client, note: note)
            let dispatcher = GatewayDispatcher(
                desk: desk, node: client, maximumBatch: configuration.maximumBatch,
                showsFamiliarTypes: configuration.showsFamiliarTypes)
            let routes = GatewayRoutes(token: configuration.token, dispatcher: dispatcher, subscriptionMilliseconds: subscriptionMilliseconds)
            let server = try await WebServer.start(configuration.webConfiguration, routes: routes)
            return Gateway(server, http, limits, configuration.token)
        } catch {
            try? await http.shutdown()
            throw error
        }
    }

    /// Traces may take the node a while.
    private static let nodeMilliseconds: Int64 = 60_000
    private static let subscriptionMilliseconds: Int64 = 10_000

    /// Signs nothing from now on; reads go on.
    public func lock() { limits.lock() }

    /// Closes everything.
    public func shutdown() async {
        limits.lock()
        await server.shutdown()
        try? await http.shutdown()
    }
}

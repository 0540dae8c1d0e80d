import Primitives
import RPCServer
import Wallet

/// What a gateway allows, and for how long.
public struct GatewayConfiguration: Sendable {
    /// 0 takes any free port. The host is always 127.0.0.1.
    public var port = 8546
    public var token: GatewayToken
    /// Web pages (`https://app.example`) that may call it.
    public var origins: [String] = []
    /// Wei that all transactions together may take from the accounts, values and highest fees.
    public var spendingCap = QST.one * 100
    /// Wei that the fee of one transaction may come to: tools ask the node what to offer.
    public var feeCeiling = FeeOffer.standardCeiling
    /// The chain that it signs for.
    public var pin = ChainPin.known
    /// From the start; then nothing is signed any more.
    public var unlockedSeconds: Int64 = 3600
    public var maximumBatch = 100
    /// Whether transactions are shown as type 2, for tools that know only Ethereum's types.
    public var showsFamiliarTypes = false
    public var web = WebConfiguration()

    public init(token: GatewayToken) {
        self.token = token
        web.maximumConnections = 64
    }

    var webConfiguration: WebConfiguration {
        var web = web
        (web.host, web.port) = ("127.0.0.1", port)
        web.gate = HostGate(origins: origins)
        web.gate.requiresPort = true
        return web
    }
}

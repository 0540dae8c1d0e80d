import NIOHTTP1

/// Where a server listens and how much it lets strangers ask of it.
public struct WebConfiguration: Sendable {
    /// Numeric address; loopback unless the operator means otherwise.
    public var host = "127.0.0.1"
    /// 0 takes any free port.
    public var port = 0
    public var gate = HostGate()
    /// When all are taken, one that waits for its client makes room (`ConnectionRegistry`).
    public var maximumConnections = 256
    public var maximumBodyBytes = 512 * 1024
    /// All header fields of a request, and each.
    public var maximumHeadBytes = 64 * 1024
    /// A connection that does not begin and finish a request head in this time is closed.
    public var idleMilliseconds: Int64 = 60_000
    /// A request body must have arrived in this time after its head.
    public var requestMilliseconds: Int64 = 10_000
    /// A reply must have been taken off in this time.
    public var writeMilliseconds: Int64 = 30_000
    /// Bytes of replies and notifications, of all connections, that clients have not taken yet. Beyond, long ones are refused.
    public var maximumUnsentReplies = 256 << 20
    /// WebSockets are pinged this often, and closed when nothing has come back by the next ping.
    public var pingMilliseconds: Int64 = 30_000
    /// Notifications that a slow WebSocket client may owe before it is closed.
    public var maximumUnsentNotifications = 16_384
    /// The same in bytes.
    public var maximumUnsentBytes = 8 * 1024 * 1024

    public init(host: String = "127.0.0.1", port: Int = 0, gate: HostGate = HostGate()) {
        (self.host, self.port, self.gate) = (host, port, gate)
    }

    var headLimits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        (limits.maxHeaderFieldSize, limits.maxHeaderListSize) = (maximumHeadBytes, maximumHeadBytes)
        return limits
    }
}

/// Who may be asked for, and from which web pages: closes the door to DNS rebinding and to other people's pages.
public struct HostGate: Sendable {
    /// What a host is called that only its own machine reaches.
    public static let loopback: Set = ["127.0.0.1", "localhost", "[::1]"]

    /// Names besides loopback that a `Host` header may have, lower case, without port.
    public var hosts: [String]
    /// `Origin` headers that may stand in a request (`http://127.0.0.1:8080`).
    public var origins: [String]

    /// Whether `Host` must name the port that the connection came to, as every client does that knows its address.
    public var requiresPort = false

    public init(hosts: [String] = [], origins: [String] = []) {
        (self.hosts, self.origins) = (hosts.map { $0.lowercased() }, origins.map { $0.lowercased() })
    }

    /// Whether the request's `Host` header values are one value that is allowed.
    /// - Parameter port: where the connection came to.
    public func allows(hosts values: [String], port: Int? = nil) -> Bool {
        guard values.count == 1, let value = values.first?.lowercased() else { return false }
        let name = Self.withoutPort(value)
        guard !requiresPort || port.map({ value == "\(name):\($0)" }) == true else { return false }
        return Self.loopback.contains(name) || hosts.contains(name)
    }

    /// Whether the request's `Origin` header values are none, or one that is listed.
    public func allows(origins values: [String]) -> Bool {
        guard let value = values.first?.lowercased() else { return true }
        return values.count == 1 && origins.contains(value)
    }

    private static func withoutPort(_ value: String) -> String {
        guard let colon = value.lastIndex(of: ":"), !value[colon...].contains("]") else { return value }
        let port = value[value.index(after: colon)...]
        return port.allSatisfy(\.isNumber) ? String(value[..<colon]) : value
    }
}

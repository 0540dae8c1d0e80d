import ChainTypes
import Foundation
import Networking
import NIOCore
import RPCServer
import Signer
import TOMLKit

/// `node.toml`: snake_case keys, all known; an unknown key is an error.
public struct NodeConfiguration: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case validator, encryption, full
    }

    public var kind: Kind
    public var moniker: String
    /// `host:port`; port 0 takes a free one.
    public var p2pListen: String
    /// Nodes that this one dials besides the validators, as `0x…@host:port`: how it finds a network whose first validators
    /// are gone.
    public var peers: [PeerAddress]
    /// Empty for none.
    public var rpcListen: String
    /// Empty for none.
    public var metricsListen: String
    /// Empty for none; only a full node serves the explorer.
    public var explorerListen: String
    /// Names that the `Host` header may have besides loopback.
    public var rpcHosts: [String]
    /// Whether RPC has the `debug_` methods, which cost the most; nil: where only this machine can ask.
    public var rpcDebug: Bool?
    /// Relative to the home, or absolute, as the two files after it.
    public var dataDirectory: String
    public var genesisFile: String
    public var keyFile: String
    public var logLevel: String
    /// The newest version of the protocol that the node takes part in. Something else than the default is for rehearsals.
    public var protocolVersion: UInt64
    /// Of an encryption node: storage that it offers.
    public var capacityGiB: UInt64
    /// Whether a validator or full node adds the economy up after final blocks, and stops where it does not add up.
    public var checkInvariants: Bool

    public init(kind: Kind, moniker: String) {
        self.kind = kind
        self.moniker = moniker
        p2pListen = "127.0.0.1:0"
        peers = []
        rpcListen = ""
        metricsListen = ""
        explorerListen = ""
        rpcHosts = []
        rpcDebug = nil
        dataDirectory = "data"
        genesisFile = "genesis.rlp"
        keyFile = "node.key"
        logLevel = "info"
        protocolVersion = ProtocolVersion.newest
        capacityGiB = 10
        checkInvariants = false
    }

    public enum Failure: Error, Sendable, CustomStringConvertible {
        case unreadable(String)
        case unknownKeys([String])
        case missing(String)
        case invalid(key: String, value: String)
        case invalidPeer(String, PeerAddressFault)
        case repeatedPeer(PeerAddress)

        public var description: String {
            switch self {
            case .unreadable(let why): "the configuration cannot be read: \(why)"
            case .unknownKeys(let keys): "unknown keys in the configuration: \(keys.joined(separator: ", "))"
            case .missing(let key): "the configuration lacks \(key)"
            case .invalid(let key, let value): "\(key) = \(value) is not valid"
            case .invalidPeer(let text, let fault): "the entry \(text) of peers is not valid: \(fault)"
            case .repeatedPeer(let peer): "peers has the node \(peer.name.hex) more than once"
            }
        }
    }

    private static let keys: Set = [
        "kind", "moniker", "p2p_listen", "peers", "rpc_listen", "metrics_listen", "explorer_listen", "rpc_hosts", "rpc_debug", "data_dir",
        "genesis_file", "key_file", "log_level", "protocol_version", "capacity_gib", "check_invariants",
    ]

    /// Reads TOML text.
    public init(toml: String) throws(Failure) {
        let table: TOMLTable
        do { table = try TOMLTable(string: toml) } catch { throw .unreadable("\(error)") }
        let unknown = table.keys.filter { !Self.keys.contains($0) }.sorted()
        guard unknown.isEmpty else { throw .unknownKeys(unknown) }
        func text(_ key: String) throws(Failure) -> String? {
            guard let value = table[key] else { return nil }
            guard let text = value.string else { throw .invalid(key: key, value: "\(value)") }
            return text
        }
        func number(_ key: String) throws(Failure) -> UInt64? {
            guard let value = table[key] else { return nil }
            guard let number = value.int, number > 0 else { throw .invalid(key: key, value: "\(value)") }
            return UInt64(number)
        }
        func flag(_ key: String) throws(Failure) -> Bool? {
            guard let value = table[key] else { return nil }
            guard let flag = value.bool else { throw .invalid(key: key, value: "\(value)") }
            return flag
        }
        guard let kindText = try text("kind") else { throw .missing("kind") }
        guard let kind = Kind(rawValue: kindText) else { throw .invalid(key: "kind", value: kindText) }
        self.init(kind: kind, moniker: try text("moniker") ?? kindText)
        p2pListen = try text("p2p_listen") ?? p2pListen
        rpcListen = try text("rpc_listen") ?? rpcListen
        metricsListen = try text("metrics_listen") ?? metricsListen
        explorerListen = try text("explorer_listen") ?? explorerListen
        dataDirectory = try text("data_dir") ?? dataDirectory
        genesisFile = try text("genesis_file") ?? genesisFile
        keyFile = try text("key_file") ?? keyFile
        logLevel = try text("log_level") ?? logLevel
        protocolVersion = try number("protocol_version") ?? protocolVersion
        capacityGiB = try number("capacity_gib") ?? capacityGiB
        checkInvariants = try flag("check_invariants") ?? checkInvariants
        rpcDebug = try flag("rpc_debug")
        if let hosts = table["rpc_hosts"] {
            guard let array = hosts.array else { throw .invalid(key: "rpc_hosts", value: "\(hosts)") }
            rpcHosts = array.compactMap(\.string)
        }
        if let peers = table["peers"] {
            guard let array = peers.array else { throw .invalid(key: "peers", value: "\(peers)") }
            for entry in array { try add(peer: entry.string ?? "\(entry)") }
        }
        let addresses = [
            ("p2p_listen", p2pListen), ("rpc_listen", rpcListen), ("metrics_listen", metricsListen), ("explorer_listen", explorerListen),
        ]
        for (key, value) in addresses
        where !value.isEmpty && ListenAddress(value) == nil { throw .invalid(key: key, value: value) }
    }

    /// Whether RPC has the `debug_` methods.
    public var servesDebug: Bool {
        if let rpcDebug { return rpcDebug }
        guard let host = ListenAddress(rpcListen)?.host, rpcHosts.isEmpty else { return false }
        return HostGate.loopback.contains(host) || host == "::1"
    }

    /// Adds an entry of `peers`.
    public mutating func add(peer text: String) throws(Failure) {
        let peer: PeerAddress
        do { peer = try PeerAddress(text) } catch { throw .invalidPeer(text, error) }
        guard !peers.contains(where: { $0.name == peer.name }) else { throw .repeatedPeer(peer) }
        peers.append(peer)
    }

    /// The TOML text that reads back as this.
    public var toml: String {
        let hosts = rpcHosts.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            kind = "\(kind.rawValue)"
            moniker = "\(moniker)"
            p2p_listen = "\(p2pListen)"
            peers = [\(peers.map { "\"\($0)\"" }.joined(separator: ", "))]
            rpc_listen = "\(rpcListen)"
            metrics_listen = "\(metricsListen)"
            explorer_listen = "\(explorerListen)"
            rpc_hosts = [\(hosts)]
            \(rpcDebug.map { "rpc_debug = \($0)" } ?? "# rpc_debug = true")
            data_dir = "\(dataDirectory)"
            genesis_file = "\(genesisFile)"
            key_file = "\(keyFile)"
            log_level = "\(logLevel)"
            protocol_version = \(protocolVersion)
            capacity_gib = \(capacityGiB)
            check_invariants = \(checkInvariants)

            """
    }
}

/// `host:port`.
public struct ListenAddress: Hashable, Sendable {
    public var host: String
    public var port: Int

    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (0...65535).contains(port),
            colon != text.startIndex
        else { return nil }
        (self.host, self.port) = (String(text[..<colon]), port)
    }
}

/// Where a setting of `node.toml` says to listen.
struct ListenSetting {
    let name: String
    let text: String

    init(_ name: String, _ text: String) { (self.name, self.text) = (name, text) }

    /// Listens there; an error names the setting.
    func open<Listener>(_ listen: (_ host: String, _ port: Int) async throws -> Listener) async throws -> Listener {
        guard let address = ListenAddress(text) else { throw NodeFailure.invalidAddress(setting: name, text) }
        do { return try await listen(address.host, address.port) } catch {
            let reason = (error as? IOError).map { SystemError.words($0.errnoCode) } ?? SystemError.text(error)
            throw NodeFailure.cannotListen(setting: name, text, reason: reason)
        }
    }
}

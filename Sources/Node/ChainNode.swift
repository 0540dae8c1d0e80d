import ChainTypes
import Cryptography
import Execution
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Networking
import Primitives
import RPCServer
import Replica
import Signer
import Storage

/// A validator or full node: replica, store, peers and RPC in one process.
public final class ChainNode: Sendable {
    private let host: ReplicaHost
    private let network: PeerNetwork
    private let servers: [RPCServer]
    private let workers: NIOThreadPool
    private let pool: WorkPool
    /// Why the node cannot go on; ask once.
    let halts: AsyncStream<String>
    private let invariants: InvariantWatch?
    public let rpcPort: Int?
    public let p2pPort: Int
    /// The finalised chain, for whoever shows it.
    public let reader: any ChainReader

    /// Starts everything that the home's configuration names.
    public static func start(_ home: NodeHome, logger: Logger) async throws -> ChainNode {
        let configuration = home.configuration
        let (spec, keys) = (try home.genesis(), try home.keys())
        let identity = try NodeIdentity(seed: keys.nodeKeySeed)
        let consensusKey = keys.consensusKey

        let registry = MetricsRegistry()
        let measures = NodeMeasures(registry)
        let heads = HeadFeedHub()
        let store = try RocksStore(path: home.data)
        let threads = max(2, System.coreCount)
        let workers = NIOThreadPool(numberOfThreads: threads)
        workers.start()
        let pool = WorkPool(threads: workers, count: threads)
        let clock = NodeClock(noticed: { reading in
            measures.clockSteps.increment()
            logger.warning("the system's time was set", metadata: ["milliseconds": "\(reading.step)", "offset": "\(reading.offset)"])
        })
        let genesis = try Genesis.build(spec).block.id
        let isValidator = configuration.kind == .validator
        let signer = isValidator
            ? try ConsensusSigner(key: consensusKey, genesis: genesis, path: home.directory.appending(path: "signed-ballots.log").path) : nil
        let validator = isValidator
            ? ValidatorIdentity(consensusKey: consensusKey.publicKey, numbers: RandomNumbers(seed: keys.randomSeed)) : nil
        let (halts, halt) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        let invariants = configuration.checkInvariants ? try InvariantWatch(spec: spec, store: store, home: home.directory, logger: logger) : nil
        let host = try ReplicaHost(
            name: identity.name, spec: spec, validator: validator, signer: signer, store: store, pool: pool, clock: clock, measures: measures,
            logger: logger, protocolVersion: configuration.protocolVersion,
            onFinalized: { block in
                heads.publish(block.block.sealed, now: clock.milliseconds)
                invariants?.finalized(block)
            },
            onWaiting: { heads.publish($0) }, onHalt: { halt.yield($0) })
        let network = try PeerNetwork(
            identity: identity, configured: configuration.peers, group: MultiThreadedEventLoopGroup.singleton, logger: logger
        ) { [weak host] event in host?.received(event) }
        host.start(network: network)
        let p2pPort = try await ListenSetting("p2p_listen", configuration.p2pListen).open { try await network.listen(host: $0, port: $1) }

        let view = ChainView(
            spec: spec, genesis: genesis, store: ChainStore(store), host: host, heads: heads,
            peerCount: {
                let count = network.peers.count
                measures.peers.set(count)
                return count
            },
            configuration: configuration, refusals: { network.refusals })
        var (servers, rpcPort): ([RPCServer], Int?) = ([], nil)
        if !configuration.rpcListen.isEmpty {
            let server = try await serve(configuration.rpcListen, configuration, view, host, heads, registry)
            rpcPort = server.port
            servers.append(server)
        }
        logger.info("started", metadata: ["kind": "\(configuration.kind)", "p2p": "\(p2pPort)", "height": "\(host.snapshot.head.block.number)"])
        return ChainNode(
            host: host, network: network, servers: servers, workers: workers, pool: pool, invariants: invariants, halts: halts, rpcPort: rpcPort,
            p2pPort: p2pPort, reader: view)
    }

    private static func serve(
        _ address: String, _ configuration: NodeConfiguration, _ view: ChainView, _ host: ReplicaHost, _ heads: HeadFeedHub,
        _ registry: MetricsRegistry
    ) async throws -> RPCServer {
        try await ListenSetting("rpc_listen", address).open {
            let web = WebConfiguration(host: $0, port: $1, gate: HostGate(hosts: configuration.rpcHosts))
            var server = RPCServer.Configuration(web: web)
            server.servesDebug = configuration.servesDebug
            return try await RPCServer.start(
                server, reader: view, submitter: ReplicaSubmitter(host: host), heads: heads, metrics: registry)
        }
    }

    private init(
        host: ReplicaHost, network: PeerNetwork, servers: [RPCServer], workers: NIOThreadPool, pool: WorkPool, invariants: InvariantWatch?,
        halts: AsyncStream<String>, rpcPort: Int?, p2pPort: Int, reader: any ChainReader
    ) {
        (self.invariants, self.halts) = (invariants, halts)
        self.reader = reader
        self.host = host
        self.network = network
        self.servers = servers
        self.workers = workers
        self.pool = pool
        self.rpcPort = rpcPort
        self.p2pPort = p2pPort
    }

    /// Stops in order: no new requests, no peers, then what is under way is finished.
    public func stop() async {
        for server in servers { await server.shutdown() }
        await network.stop()
        pool.stop()
        try? await workers.shutdownGracefully()
        host.drain()
        invariants?.drain()
    }
}

public enum NodeFailure: Error, Hashable, Sendable, CustomStringConvertible {
    case invalidAddress(setting: String, String)
    case cannotListen(setting: String, String, reason: String)

    public var description: String {
        switch self {
        case .invalidAddress(let setting, let text): "node.toml: \(setting) = \"\(text)\" is not host:port"
        case .cannotListen(let setting, let text, let reason): "node.toml: \(setting) = \"\(text)\" cannot be listened on: \(reason)"
        }
    }
}

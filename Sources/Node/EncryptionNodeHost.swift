import ChainTypes
import Cryptography
import Entropy
import Execution
import Foundation
import KeyService
import LightClient
import Logging
import NIOConcurrencyHelpers
import NIOPosix
import Networking
import Primitives
import RPCServer
import Replica
import Storage
import StoreAPI

/// An encryption node's process: the key service behind post-quantum sessions, following the chain's finality.
public final class EncryptionNodeHost: Sendable {
    let service: KeyServiceShell
    let identity: NodeIdentity
    let genesis: Hash
    private let store: RocksStore
    private let entropy: EntropyPool
    private let workers: NIOThreadPool
    private let measures: EncryptionMeasures
    let logger: Logger
    private let server = NIOLockedValueBox<SecureServer?>(nil)
    let follower = NIOLockedValueBox<PeerNetwork?>(nil)
    let challenges = NIOLockedValueBox(ChallengeLog())
    private let metrics = NIOLockedValueBox<WebServer?>(nil)
    private let protocolVersion: UInt64
    /// Why the node cannot go on; ask once.
    let halts: AsyncStream<String>
    private let halt: AsyncStream<String>.Continuation

    public static func start(_ home: NodeHome, logger: Logger) async throws -> EncryptionNodeHost {
        let configuration = home.configuration
        let (spec, keys) = (try home.genesis(), try home.keys())
        let identity = try NodeIdentity(seed: keys.nodeKeySeed)
        let genesis = try Genesis.build(spec).block.id
        let own = KeyService.Configuration(
            spec: spec, genesis: genesis, nodeKey: identity.publicKey, capacityGiB: configuration.capacityGiB)
        let registry = MetricsRegistry()
        let store = try RocksStore(path: home.data)
        let host = EncryptionNodeHost(
            service: KeyServiceShell(try KeyService(own, store: store), store: store) {
                logger.error("a request could not be carried out", metadata: ["error": "\($0)"])
            },
            identity: identity, genesis: genesis, store: store, entropy: try EntropyPool.system(),
            measures: EncryptionMeasures(registry), protocolVersion: configuration.protocolVersion, logger: logger)
        try await host.serve(configuration)
        try host.follow(configuration.peers)
        try await host.expose(configuration, registry)
        logger.info("started", metadata: ["kind": "encryption", "service": "\(configuration.p2pListen)"])
        return host
    }

    private init(
        service: KeyServiceShell, identity: NodeIdentity, genesis: Hash, store: RocksStore, entropy: EntropyPool,
        measures: EncryptionMeasures, protocolVersion: UInt64, logger: Logger
    ) {
        (halts, halt) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(1))
        self.protocolVersion = protocolVersion
        self.service = service
        self.identity = identity
        self.genesis = genesis
        self.store = store
        self.entropy = entropy
        self.measures = measures
        self.logger = logger
        workers = NIOThreadPool(numberOfThreads: 2)
        workers.start()
    }

    public func stop() async {
        await server.withLockedValue { $0 }?.stop()
        await follower.withLockedValue { $0 }?.stop()
        await metrics.withLockedValue { $0 }?.shutdown()
        try? await workers.shutdownGracefully()
    }
}

// MARK: - Requests

extension EncryptionNodeHost {
    private func serve(_ configuration: NodeConfiguration) async throws {
        let started = try await ListenSetting("p2p_listen", configuration.p2pListen).open { host, port in
            try await SecureServer.start(host: host, port: port, identity: identity, group: MultiThreadedEventLoopGroup.singleton) {
                [self] peerKey, bytes in
                // Signatures and the disk are work for threads that may block.
                (try? await workers.runIfActive { self.answer(bytes, from: peerKey) }) ?? KeyService.storageFailure
            }
        }
        server.withLockedValue { $0 = started }
    }

    private func answer(_ bytes: [UInt8], from peerKey: [UInt8]) -> [UInt8] {
        let answer = service.answer(
            bytes, from: peerKey, now: WallClock.milliseconds, draw: drawEntropy,
            sign: { try identity.sign($0, context: KeyReceipt.signingContext) })
        measures.update(service.use { $0.measures })
        return answer
    }

    private func drawEntropy(_ count: Int) -> EntropyDraw? {
        do {
            let draw = try entropy.recordedDraw(count: count)
            measures.entropyHealthy.set(1)
            return draw
        } catch {
            measures.entropyHealthy.set(0)
            logger.error("the entropy sources failed", metadata: ["error": "\(error)"])
            return nil
        }
    }
}

// MARK: - The chain

extension EncryptionNodeHost {
    /// Follows finality from the validators: each new status is answered by asking for the proof.
    private func follow(_ peers: [PeerAddress]) throws {
        let network = try PeerNetwork(
            identity: identity, configured: peers, group: MultiThreadedEventLoopGroup.singleton, logger: logger
        ) { [weak self] event in
            guard case .frame(let peer, let frame) = event, let self else { return }
            self.workers.submit { [self] state in
                if case .active = state { received(frame.bytes, from: peer) }
            }
        }
        follower.withLockedValue { $0 = network }
        keepConnected(to: service.use { $0.validators })
    }

    private func received(_ bytes: [UInt8], from peer: Hash) {
        let network = follower.withLockedValue { $0 }
        let kind = WireMessage.kind(of: bytes)
        // Of a newer version.
        if let kind, kind > WireMessage.newestKind { return }
        switch try? WireMessage(rlp: bytes) {
        case nil: network?.report(.undecodableMessage, of: peer, kind: kind ?? 0)
        case .status(let status):
            let known = service.use { $0.finalized?.number ?? 0 }
            if status.finalizedNumber > known { try? network?.send(WireMessage.getFinality.rlp, to: peer) }
        case .finality(let proof):
            advance(proof, from: peer)
            askForChallenges(peer)
        case .challenges(let open): answer(open)
        case .epochs(let changes): advance(changes)
        default: break
        }
    }

    private func advance(_ proof: FinalityProof, from peer: Hash) {
        do {
            try follow(proof, from: peer)
            measures.finalizedHeight.set(service.use { $0.finalized?.number ?? 0 })
            if let sealed = proof.sealed { stopForUpgrade(sealed) }
            try service.commit { $0.expire(now: WallClock.milliseconds) }
        } catch { logger.warning("a finality proof was refused", metadata: ["error": "\(error)"]) }
    }

    /// The rules of a version that this node does not know may be others than those by which it answers.
    private func stopForUpgrade(_ sealed: SealedHeader) {
        let version = sealed.envelope.protocolVersion
        guard version > protocolVersion else { return }
        let reason = UpgradePlan(name: "", version: version, height: sealed.number).instruction
        logger.critical("upgrade needed", metadata: ["reason": "\(reason)"])
        halt.yield(reason)
    }

    /// Where the validators have changed, asks for the changes.
    private func follow(_ proof: FinalityProof, from peer: Hash) throws {
        func ask(from epoch: UInt64) { try? follower.withLockedValue { $0 }?.send(WireMessage.getEpochs(from: epoch).rlp, to: peer) }
        do {
            try service.commit { try $0.finality(proof) }
            if let wanted = service.use({ $0.wantedEpoch }) { ask(from: wanted) }
        } catch LightClientError.unknownEpoch {
            ask(from: service.use { $0.unknownAfter })
        }
    }

    private func advance(_ changes: [EpochChange]) {
        do {
            try service.commit { try $0.epochs(changes) }
            keepConnected(to: service.use { $0.validators })
        } catch { logger.warning("changes of validators were refused", metadata: ["error": "\(error)"]) }
    }

    private func keepConnected(to validators: ValidatorSet) {
        guard let network = follower.withLockedValue({ $0 }) else { return }
        network.setMembers(Set(validators.validators.map { PeerName.of(nodeKey: $0.nodeKey) }))
        network.keep(validators.validators.compactMap(PeerAddress.init(validator:)))
    }

    private func expose(_ configuration: NodeConfiguration, _ registry: MetricsRegistry) async throws {
        guard !configuration.metricsListen.isEmpty else { return }
        let started = try await ListenSetting("metrics_listen", configuration.metricsListen).open {
            try await WebServer.start(
                WebConfiguration(host: $0, port: $1, gate: HostGate(hosts: configuration.rpcHosts)), routes: MetricsRoutes(registry))
        }
        metrics.withLockedValue { $0 = started }
    }
}

/// What an encryption node exposes to Prometheus.
struct EncryptionMeasures: Sendable {
    let shares, reservedBytes, requests, refused, replays, entropyHealthy, finalizedHeight: Gauge

    init(_ registry: MetricsRegistry) {
        shares = registry.gauge("qustream_keyservice_shares", help: "Keys of which a share is held.")
        reservedBytes = registry.gauge("qustream_keyservice_reserved_bytes", help: "Bytes of fragments promised to vaults.")
        requests = registry.gauge("qustream_keyservice_requests_total", help: "Requests since the start.")
        refused = registry.gauge("qustream_keyservice_refused_total", help: "Requests that were refused.")
        replays = registry.gauge("qustream_keyservice_replays_total", help: "Requests that had been seen before.")
        entropyHealthy = registry.gauge("qustream_entropy_source_healthy", help: "1 while the entropy sources pass their tests.")
        finalizedHeight = registry.gauge("qustream_finalized_height", help: "Height of the newest final block that this node has verified.")
        entropyHealthy.set(1)
    }

    func update(_ current: KeyService.Measures) {
        shares.set(current.shares)
        reservedBytes.set(current.reservedBytes)
        requests.set(current.requests)
        refused.set(current.refused)
        replays.set(current.replays)
    }
}

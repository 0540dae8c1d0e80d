import ChainTypes
import Cryptography
import Dispatch
import Execution
import Foundation
import Logging
import Mempool
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Networking
import Primitives
import Replica
import Signer
import Storage
import StoreAPI

/// Runs a replica: one queue feeds it events and carries out its effects in order; signatures are
/// verified on other threads.
final class ReplicaHost: @unchecked Sendable {
    /// What the outside may see of the replica, renewed after each event.
    struct Snapshot: Sendable {
        var head: ExecutedBlock
        var nextBaseFee: UInt256
        /// Transactions that wait.
        var mempoolCount: Int
        var view: UInt64
        var highestPeer: UInt64
    }

    // Only the queue touches these.
    private var replica: Replica
    private var waiting: [UInt64: @Sendable (Result<Hash, AdmissionError>) -> Void] = [:]
    private var nextTicket: UInt64 = 0
    private var stopped = false
    private var isRehearsing = false
    /// Those of this epoch, by name as peers.
    private var validatorNames: Set<Hash> = []

    private let queue = DispatchQueue(label: "replica", qos: .userInitiated)
    private let store: RocksStore
    private let genesis: Hash
    private let signer: ConsensusSigner?
    private let workers: NIOThreadPool
    private let measures: NodeMeasures
    private let logger: Logger
    private let network = NIOLockedValueBox<PeerNetwork?>(nil)
    private let snapshotBox: NIOLockedValueBox<Snapshot>
    private let onFinalized: @Sendable (ExecutedBlock) -> Void
    private let onWaiting: @Sendable (Transaction) -> Void
    private let onHalt: @Sendable (String) -> Void

    init(
        spec: ChainSpec, validator: ValidatorIdentity?, signer: ConsensusSigner?, store: RocksStore, workers: NIOThreadPool, measures: NodeMeasures,
        logger: Logger, protocolVersion: UInt64, onFinalized: @escaping @Sendable (ExecutedBlock) -> Void,
        onWaiting: @escaping @Sendable (Transaction) -> Void, onHalt: @escaping @Sendable (String) -> Void
    ) throws {
        let replica = try Replica(
            .init(spec: spec, validator: validator, parallel: ThreadPool(), protocolVersion: protocolVersion, stopwatch: { DispatchTime.now().uptimeNanoseconds / 1_000_000 }),
            store: store)
        self.replica = replica
        self.signer = signer
        self.store = store
        self.workers = workers
        self.measures = measures
        self.logger = logger
        self.onFinalized = onFinalized
        self.onWaiting = onWaiting
        self.onHalt = onHalt
        genesis = replica.genesis
        snapshotBox = NIOLockedValueBox(Self.snapshot(replica))
    }

    /// Looks into the mempool between two events; blocks until then, so never call it on the queue or an event loop.
    ///
    /// The snapshot does not hold the mempool: a second reference would make its next change copy all of it.
    func lookUp<Value: Sendable>(_ question: (Mempool) -> Value) -> Value { queue.sync { question(replica.mempool) } }

    var snapshot: Snapshot { snapshotBox.withLockedValue { $0 } }

    private static func snapshot(_ replica: Replica) -> Snapshot {
        Snapshot(
            head: replica.head, nextBaseFee: replica.nextBaseFee, mempoolCount: replica.mempool.count, view: replica.view ?? 0,
            highestPeer: replica.highestPeer)
    }

    func start(network: PeerNetwork) {
        self.network.withLockedValue { $0 = network }
        post(.start)
    }

    /// Waits until everything that was posted has been handled. What comes later is dropped: timers and the last frames
    /// must not touch a store that the process is about to close.
    func drain() { queue.sync { stopped = true } }

    func received(_ event: PeerEvent) {
        switch event {
        case .connected(let peer): post(.connected(peer))
        case .disconnected(let peer): post(.disconnected(peer))
        case .frame(let peer, let frame):
            // Decoding large frames is work for other threads than the event loop's, in order for each peer.
            queue.async { [self] in
                guard let message = try? WireMessage(rlp: frame.bytes) else { return misbehaved(peer, .undecodableMessage) }
                handle(.message(message, from: peer), causedBy: frame)
            }
        }
    }

    func submit(_ transaction: SignedTransaction) async -> Result<Hash, AdmissionError> {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                nextTicket += 1
                waiting[nextTicket] = { continuation.resume(returning: $0) }
                handle(.submit(transaction, ticket: nextTicket))
            }
        }
    }

    private func post(_ event: ReplicaEvent, causedBy frame: PeerFrame? = nil) {
        queue.async { [self] in handle(event, causedBy: frame) }
    }
}

// MARK: - On the queue

extension ReplicaHost {
    /// - Parameter frame: is kept until all signatures in it are checked: so long, its bytes count against its sender.
    private func handle(_ event: ReplicaEvent, causedBy frame: PeerFrame? = nil) {
        guard !stopped else { return }
        carryOut(replica.handle(event, now: WallClock.milliseconds), causedBy: frame)
        snapshotBox.withLockedValue { $0 = Self.snapshot(replica) }
        measures.update(replica)
    }

    /// Joins commits that no outside effect separates, so that each step costs one flush.
    private func carryOut(_ effects: [ReplicaEffect], causedBy frame: PeerFrame?) {
        var (batch, durable) = (WriteBatch(), false)
        for effect in effects {
            if case .commit(let next, let nextDurable) = effect {
                batch.append(next)
                durable = durable || nextDurable
                continue
            }
            if effect.isOutside, !batch.isEmpty {
                commit(batch, durable: durable)
                (batch, durable) = (WriteBatch(), false)
            }
            perform(effect, causedBy: frame)
        }
        if !batch.isEmpty { commit(batch, durable: durable) }
    }

    private func commit(_ batch: WriteBatch, durable: Bool) {
        do { try store.commit(batch, durable: durable) } catch {
            // A validator that cannot write must not go on: what it says next might contradict what it forgets.
            logger.critical("the store failed", metadata: ["error": "\(error)"])
            exit(70)
        }
    }

    private func perform(_ effect: ReplicaEffect, causedBy frame: PeerFrame?) {
        switch effect {
        case .commit: break
        case .send(let message, let peer): send(message.rlp, to: peer)
        case .broadcast(let message, let audience): broadcast(message, to: audience)
        case .check(let check, let validators):
            workers.submit { [self] state in
                guard case .active = state else { return }
                post(.checked(check.run(genesis: genesis, validators: validators)), causedBy: frame)
            }
        case .sign(let ballot, let index): sign(ballot, as: index)
        case .setTimer(let timer, let deadline): schedule(timer, at: deadline)
        case .admitted(let ticket, let result): waiting.removeValue(forKey: ticket)?(result)
        case .waiting(let transaction): onWaiting(transaction)
        case .finalized(let block): finalized(block)
        case .evidence(let evidence):
            logger.warning("equivocation", metadata: ["validator": "\(evidence.first.validator)", "view": "\(evidence.first.ballot.view)"])
        case .upgradeNeeded(let plan): halt(plan)
        case .halted(let reason):
            logger.critical("stopped", metadata: ["reason": "\(reason)"])
            onHalt(reason)
        case .misbehaved(let peer, let what):
            logger.warning("a peer misbehaved", metadata: ["peer": "\(peer)", "what": "\(what)"])
            misbehaved(peer, .falseMessage)
        case .epochStarted(let epoch): epochStarted(epoch)
        case .viewEntered(let view, _): measures.view.set(view)
        case .missedProposal: measures.missedProposals.increment()
        case .rehearse(let rehearsal): rehearse(rehearsal)
        }
    }

    /// One at a time: where one takes longer than a block, the next can be left out.
    private func rehearse(_ rehearsal: Rehearsal) {
        guard !isRehearsing else { return }
        isRehearsing = true
        workers.submit { [self] state in
            if case .active = state { rehearsal.run() }
            queue.async { [self] in isRehearsing = false }
        }
    }

    private func halt(_ plan: UpgradePlan) {
        let reason = plan.instruction
        logger.critical("upgrade needed", metadata: ["reason": "\(reason)"])
        onHalt(reason)
    }

    private var current: PeerNetwork? { network.withLockedValue { $0 } }

    private func broadcast(_ message: WireMessage, to audience: ReplicaEffect.Audience) {
        guard let network = current else { return }
        let bytes = message.rlp
        for peer in network.peers {
            let votes = validatorNames.contains(peer)
            if audience == .everyone || votes == (audience == .validators) { send(bytes, to: peer) }
        }
    }

    private func send(_ bytes: [UInt8], to peer: Hash) {
        do { try current?.send(bytes, to: peer) } catch {
            logger.warning("not sent", metadata: ["peer": "\(peer)", "error": "\(error)"])
        }
    }

    /// The validators of this epoch and the next have places of their own, and are dialled.
    private func epochStarted(_ epoch: EpochState) {
        validatorNames = Set(epoch.validators.validators.map { PeerName.of(nodeKey: $0.nodeKey) })
        guard let network = current else { return }
        let known = epoch.validators.validators + epoch.next.validators
        network.setMembers(Set(known.map { PeerName.of(nodeKey: $0.nodeKey) }))
        network.keep(known.filter { $0.nodeKey != network.identity.publicKey }.compactMap(PeerAddress.init(validator:)))
        logger.info("epoch", metadata: ["number": "\(epoch.number)", "validators": "\(epoch.validators.count)"])
    }

    private func sign(_ ballot: Ballot, as index: Int) {
        guard let signer else { return }
        do { post(.signed(try signer.sign(ballot, as: index))) } catch {
            // A ballot that contradicts an earlier one is refused here, whatever the store has forgotten.
            logger.error("did not sign", metadata: ["error": "\(error)", "view": "\(ballot.view)", "kind": "\(ballot.kind)"])
        }
    }

    private func schedule(_ timer: ReplicaTimer, at deadline: UInt64) {
        let now = WallClock.milliseconds
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(clamping: deadline > now ? deadline - now : 0))) { [self] in handle(.timer(timer)) }
    }

    private func finalized(_ block: ExecutedBlock) {
        measures.finalized(block, now: WallClock.milliseconds)
        // Whoever hears of the block may ask for it at once; later ones of this event are not on disk yet.
        var snapshot = Self.snapshot(replica)
        snapshot.head = block
        snapshotBox.withLockedValue { $0 = snapshot }
        onFinalized(block)
    }

    private func misbehaved(_ peer: Hash, _ what: Misbehaviour) { current?.report(what, of: peer) }
}

extension ReplicaEffect {
    /// Whether someone outside this process's disk notices it.
    fileprivate var isOutside: Bool {
        switch self {
        case .send, .broadcast, .admitted, .finalized, .sign: true
        default: false
        }
    }
}

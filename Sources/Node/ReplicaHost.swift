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
import RPCServer
import Replica
import Signer
import Storage
import StoreAPI
import SystemContracts
import WorldState

/// Runs a replica: one queue feeds it events, urgent ones first, and carries out its effects in order. Decoding, answers from
/// the store and signatures are work for other threads.
final class ReplicaHost: @unchecked Sendable {
    /// What the outside may see of the replica, renewed after each event.
    struct Snapshot: Sendable {
        var head: ExecutedBlock
        var nextBaseFee: UInt256
        /// Transactions that wait.
        var mempoolCount: Int
        var view: UInt64
        /// Whether this node's key is in the epoch's set.
        var votes: Bool
    }

    // Only the queue touches these.
    private var replica: Replica
    private var waiting: [UInt64: @Sendable (Result<Hash, AdmissionError>) -> Void] = [:]
    private var nextTicket: UInt64 = 0
    private var stopped = false
    private var isRehearsing = false
    /// Those of this epoch, by name as peers.
    private var validatorNames: Set<Hash> = []
    private var connected: Set<Hash> = []
    /// Connected peers that know kinds of messages which this node does not.
    private var newer: Set<Hash> = []

    private let queue = DispatchQueue(label: "replica", qos: .userInitiated)
    private let store: RocksStore
    private let signer: ConsensusSigner?
    private let pool: WorkPool
    private let verifier: Verifier
    private let clock: NodeClock
    private let mailbox = NIOLockedValueBox(Mailbox())
    private let measures: NodeMeasures
    private let logger: Logger
    private let network = NIOLockedValueBox<PeerNetwork?>(nil)
    private let inbox = NIOLockedValueBox<Inbox?>(nil)
    private let snapshotBox: NIOLockedValueBox<Snapshot>
    private let watch: NIOLockedValueBox<HealthWatch>
    private let onFinalized: @Sendable (ExecutedBlock) -> Void
    private let onWaiting: @Sendable (Transaction) -> Void
    private let onHalt: @Sendable (String) -> Void

    init(
        name: Hash, spec: ChainSpec, validator: ValidatorIdentity?, signer: ConsensusSigner?, store: RocksStore, pool: WorkPool, clock: NodeClock,
        measures: NodeMeasures, logger: Logger, protocolVersion: UInt64, onFinalized: @escaping @Sendable (ExecutedBlock) -> Void,
        onWaiting: @escaping @Sendable (Transaction) -> Void, onHalt: @escaping @Sendable (String) -> Void
    ) throws {
        let replica = try Replica(
            .init(spec: spec, validator: validator, parallel: ThreadPool(), protocolVersion: protocolVersion, stopwatch: { DispatchTime.now().uptimeNanoseconds / 1_000_000 }),
            store: store)
        self.replica = replica
        self.signer = signer
        self.store = store
        self.pool = pool
        self.clock = clock
        self.measures = measures
        self.logger = logger
        self.onFinalized = onFinalized
        self.onWaiting = onWaiting
        self.onHalt = onHalt
        verifier = Verifier(pool: pool, genesis: replica.genesis)
        watch = NIOLockedValueBox(HealthWatch(ownName: name, now: monotonicMilliseconds()))
        snapshotBox = NIOLockedValueBox(Self.snapshot(replica))
    }

    /// What this node's own consensus knows of the chain.
    /// - Parameter own: what is known of the node otherwise.
    func health(_ own: NodeHealth) -> NodeHealth {
        let snapshot = snapshot
        let time = clock.read()
        var own = own
        own.votes = snapshot.votes
        own.height = snapshot.head.block.number
        own.view = snapshot.view
        own.viewsSinceFinal = snapshot.view - min(snapshot.view, snapshot.head.block.envelope.view)
        own.time = time.milliseconds
        own.systemOffset = time.offset
        return watch.withLockedValue { $0.report(own, at: monotonicMilliseconds()) }
    }

    /// What validators of more than a third of the power say they have.
    var attestedHeight: UInt64 { watch.withLockedValue { $0.attestedHeight } }

    /// Looks into the mempool between two events; blocks until then, so never call it on the queue or an event loop.
    ///
    /// The snapshot does not hold the mempool: a second reference would make its next change copy all of it.
    func lookUp<Value: Sendable>(_ question: (Mempool) -> Value) -> Value { queue.sync { question(replica.mempool) } }

    var snapshot: Snapshot { snapshotBox.withLockedValue { $0 } }

    private static func snapshot(_ replica: Replica) -> Snapshot {
        Snapshot(
            head: replica.head, nextBaseFee: replica.nextBaseFee, mempoolCount: replica.mempool.count, view: replica.view ?? 0,
            votes: replica.validatorIndex != nil)
    }

    /// Call it before the network listens.
    func start(network: PeerNetwork) {
        self.network.withLockedValue { $0 = network }
        let queue = queue
        let peers = Inbox.Peers(
            isOwn: { [weak network] in network?.isOwn($0) ?? false },
            ignores: { [weak network] in network?.ignores(kind: $0, of: $1) ?? true },
            send: { [weak self] in self?.send($0, to: $1) },
            report: { [weak network] in network?.report($0, of: $1, kind: $2) })
        let inbox = Inbox(
            pool: pool, server: ChainServer(ChainStore(store)), peers: peers, now: monotonicMilliseconds,
            later: { milliseconds, work in queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds), execute: work) }
        ) { [weak self] message, peer, frame, handled in self?.deliver(message, from: peer, frame, handled) }
        self.inbox.withLockedValue { $0 = inbox }
        post(.start)
    }

    /// Waits until everything that was posted has been handled. What comes later is dropped: timers and the last frames
    /// must not touch a store that the process is about to close.
    func drain() { queue.sync { stopped = true } }

    func received(_ event: PeerEvent) {
        let inbox = inbox.withLockedValue { $0 }
        switch event {
        case .connected(let peer):
            inbox?.connected(peer)
            post(.connected(peer))
        case .disconnected(let peer):
            inbox?.disconnected(peer)
            post(.disconnected(peer))
        case .frame(let peer, let frame): inbox?.received(frame, of: peer)
        }
    }

    /// - Parameter handled: is called when the replica has taken the message, or will not.
    private func deliver(_ message: WireMessage, from peer: Hash, _ frame: PeerFrame, _ handled: @escaping @Sendable () -> Void) {
        let event = ReplicaEvent.message(message, from: peer)
        // Here and not on the queue: what waits there has come in time.
        watch.withLockedValue { $0.received(message, of: peer, at: monotonicMilliseconds(), time: clock.milliseconds) }
        // What strangers send waits for everything else, whatever it is.
        let isOwn = current?.isOwn(peer) ?? false
        run(urgently: isOwn && event.isUrgent) { [self] in
            // A frame may have been under way when its session ended.
            if connected.contains(peer) { handle(event, causedBy: frame) }
            handled()
        }
    }

    func submit(_ transaction: SignedTransaction) async -> Result<Hash, AdmissionError> {
        await withCheckedContinuation { continuation in
            run(urgently: false) { [self] in
                nextTicket += 1
                waiting[nextTicket] = { continuation.resume(returning: $0) }
                handle(.submit(transaction, ticket: nextTicket))
            }
        }
    }

    private func post(_ event: ReplicaEvent, causedBy frame: PeerFrame? = nil) {
        run(urgently: event.isUrgent) { [self] in handle(event, causedBy: frame) }
    }

    /// Runs something on the queue: urgent pieces in their order, then the others in theirs.
    private func run(urgently isUrgent: Bool, _ work: @escaping WorkPool.Work) {
        mailbox.withLockedValue { isUrgent ? $0.urgent.append(work) : $0.others.append(work) }
        queue.async { [self] in mailbox.withLockedValue { $0.urgent.popFirst() ?? $0.others.popFirst() }?() }
    }

    /// What waits for the queue.
    private struct Mailbox: Sendable {
        var urgent = Line<WorkPool.Work>()
        var others = Line<WorkPool.Work>()
    }
}

// MARK: - On the queue

extension ReplicaHost {
    /// - Parameter frame: is kept until all signatures in it are checked: so long, its bytes count against its sender.
    private func handle(_ event: ReplicaEvent, causedBy frame: PeerFrame? = nil) {
        guard !stopped else { return }
        switch event {
        case .connected(let peer): connected.insert(peer)
        case .disconnected(let peer):
            connected.remove(peer)
            watch.withLockedValue { $0.forget(peer) }
            newer.remove(peer)
        case .message(.status(let status), let peer): learn(status, of: peer)
        default: break
        }
        let time = clock.read()
        watch.withLockedValue { $0.tookEvent(at: monotonicMilliseconds()) }
        measures.clockOffset.set(time.offset)
        let effects = replica.handle(event, now: time.milliseconds)
        do { try carryOut(effects, of: event, causedBy: frame) } catch { return halt("the node's own disk cannot be written: \(error)") }
        if case .checked(.vote(_, true, _)) = event, let frame { measures.counted(voteThatArrived: frame.arrived) }
        snapshotBox.withLockedValue { $0 = Self.snapshot(replica) }
        measures.update(replica)
    }

    private func learn(_ status: PeerStatus, of peer: Hash) {
        guard status.newestKind > WireMessage.newestKind, newer.insert(peer).inserted else { return }
        logger.notice("a peer runs a newer version", metadata: ["peer": "\(peer)", "kinds": "\(status.newestKind)"])
    }

    /// Joins commits that no outside effect separates, so that each step costs one flush.
    /// - Throws: where the disk fails; nothing of what should follow is done.
    private func carryOut(_ effects: [ReplicaEffect], of event: ReplicaEvent, causedBy frame: PeerFrame?) throws {
        var (batch, durable) = (WriteBatch(), false)
        for effect in effects {
            if case .commit(let next, let nextDurable) = effect {
                batch.append(next)
                durable = durable || nextDurable
                continue
            }
            if effect.isOutside, !batch.isEmpty {
                try store.commit(batch, durable: durable)
                (batch, durable) = (WriteBatch(), false)
            }
            try perform(effect, of: event, causedBy: frame)
        }
        if !batch.isEmpty { try store.commit(batch, durable: durable) }
    }

    /// Takes no event any more, and has the process end. A validator that cannot write must not go on: what it says next might
    /// contradict what it forgets.
    private func halt(_ reason: String) {
        stopped = true
        logger.critical("stopped", metadata: ["reason": "\(reason)"])
        onHalt(reason)
    }

    private func perform(_ effect: ReplicaEffect, of event: ReplicaEvent, causedBy frame: PeerFrame?) throws {
        switch effect {
        case .commit: break
        case .send(let message, let peer):
            let bytes = message.rlp
            if case .message(.getTransactions, peer) = event { inbox.withLockedValue { $0 }?.charge(Cost.bytes(bytes.count), to: peer) }
            send(bytes, to: peer)
        case .broadcast(let message, let audience):
            if case .status(let status) = message { watch.withLockedValue { $0.says(status) } }
            broadcast(message, to: audience)
        case .check(let check, let validators): verify(check, by: validators, causedBy: frame)
        case .sign(let ballot, let index): try sign(ballot, as: index)
        case .setTimer(let timer, let deadline): schedule(timer, at: deadline)
        case .admitted(let ticket, let result): waiting.removeValue(forKey: ticket)?(result)
        case .waiting(let transaction): onWaiting(transaction)
        case .useful(let transaction, let peer): inbox.withLockedValue { $0 }?.credit(transaction, of: peer)
        case .finalized(let block): finalized(block)
        case .evidence(let evidence):
            logger.warning("equivocation", metadata: ["validator": "\(evidence.first.validator)", "view": "\(evidence.first.ballot.view)"])
        case .upgradeNeeded(let plan): halt(plan.instruction)
        case .halted(let reason): halt(reason)
        case .misbehaved(let peer, let what):
            logger.warning("a peer misbehaved", metadata: ["peer": "\(peer)", "what": "\(what)"])
            current?.report(.falseMessage, of: peer, kind: event.kind?.rawValue ?? 0)
        case .epochStarted(let epoch): epochStarted(epoch)
        case .viewEntered(let view, _):
            measures.view.set(view)
            watch.withLockedValue { $0.enteredView(at: monotonicMilliseconds()) }
        case .missedProposal: measures.missedProposals.increment()
        case .rehearse(let rehearsal): rehearse(rehearsal)
        }
    }

    private func verify(_ check: Check, by validators: ValidatorSet, causedBy frame: PeerFrame?) {
        let isStranger = check.source.map { !(current?.isOwn($0) ?? false) } ?? false
        let isTaken = verifier.verify(check, by: validators, ofStranger: isStranger) { [self] result in
            post(.checked(result), causedBy: frame)
        }
        if !isTaken { measures.unverified.increment() }
    }

    /// One at a time: where one takes longer than a block, the next can be left out.
    private func rehearse(_ rehearsal: Rehearsal) {
        guard !isRehearsing else { return }
        isRehearsing = true
        pool.submit(.transactions, for: .zero) { [self] in
            rehearsal.run()
            queue.async { [self] in isRehearsing = false }
        }
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
        watch.withLockedValue { $0.follow(epoch.validators) }
        validatorNames = Set(epoch.validators.validators.map { PeerName.of(nodeKey: $0.nodeKey) })
        guard let network = current else { return }
        let known = epoch.validators.validators + epoch.next.validators
        network.setMembers(Set(known.map { PeerName.of(nodeKey: $0.nodeKey) }))
        network.keep(known.filter { $0.nodeKey != network.identity.publicKey }.compactMap(PeerAddress.init(validator:)))
        giveRegisteredNodesPlaces(network)
        logger.info("epoch", metadata: ["number": "\(epoch.number)", "validators": "\(epoch.validators.count)"])
    }

    /// The encryption nodes of the chain's registry. It takes many reads, so another thread does it.
    private func giveRegisteredNodesPlaces(_ network: PeerNetwork) {
        let head = replica.head.block
        pool.submit(.ownQuestions, for: .zero) { [self] in
            let state = TrieState(root: head.header.stateRoot, nodes: StateNodes(overlays: [], store: store))
            var view = EconomyView(state, timeMilliseconds: head.envelope.timeMilliseconds)
            do {
                let nodes = try view.encryptionNodes().filter { $0.status != .tombstoned }
                network.setRegistered(Set(nodes.map { PeerName.of(nodeKey: $0.node.nodeKey) }))
            } catch { logger.warning("the registered nodes cannot be read", metadata: ["error": "\(error)"]) }
        }
    }

    /// - Throws: where the ballot cannot be written down.
    private func sign(_ ballot: Ballot, as index: Int) throws {
        guard let signer else { return }
        do { post(.signed(try signer.sign(ballot, as: index))) } catch {
            if case .file = error { throw error }
            // A ballot that contradicts an earlier one is refused here, whatever the store has forgotten.
            logger.error("did not sign", metadata: ["error": "\(error)", "view": "\(ballot.view)", "kind": "\(ballot.kind)"])
        }
    }

    private func schedule(_ timer: ReplicaTimer, at deadline: UInt64) {
        let now = clock.milliseconds
        let wait = Int(clamping: deadline > now ? deadline - now : 0)
        queue.asyncAfter(deadline: .now() + .milliseconds(wait)) { [self] in post(.timer(timer)) }
    }

    private func finalized(_ block: ExecutedBlock) {
        measures.finalized(block, now: clock.milliseconds)
        // Whoever hears of the block may ask for it at once; later ones of this event are not on disk yet.
        watch.withLockedValue { $0.finalized(at: monotonicMilliseconds()) }
        var snapshot = Self.snapshot(replica)
        snapshot.head = block
        snapshotBox.withLockedValue { $0 = snapshot }
        onFinalized(block)
    }
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

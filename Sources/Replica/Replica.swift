import ChainTypes
import Consensus
import Cryptography
import DequeModule
import Execution
import LightClient
import Mempool
import Primitives
import StoreAPI
import SystemContracts
import Trie
import WorldState

/// A whole validator, or a full node that does not vote, as one state machine: events in, effects out.
///
/// It reads the store it was given and nothing else of the world; `now` is milliseconds since 1970.
public struct Replica: Sendable {
    public struct Configuration: Sendable {
        public var spec: ChainSpec
        /// nil for a full node.
        public var validator: ValidatorIdentity?

        /// Where transactions are tried out at once; the result does not depend on it.
        public var parallel: any Parallel

        /// The newest version of the protocol that this node takes part in.
        public var protocolVersion: UInt64

        /// Milliseconds that only go forward: how long a block may be built. Stands still where nothing may depend on time.
        public var stopwatch: @Sendable () -> UInt64

        public init(
            spec: ChainSpec, validator: ValidatorIdentity?, parallel: any Parallel = Serial(),
            protocolVersion: UInt64 = ProtocolVersion.newest, stopwatch: @escaping @Sendable () -> UInt64 = { 0 }
        ) {
            self.stopwatch = stopwatch
            (self.spec, self.validator, self.parallel, self.protocolVersion) = (spec, validator, parallel, protocolVersion)
        }
    }

    public enum StartFailure: Error, Sendable, CustomStringConvertible {
        case store(StoreError)
        case state(StateError)
        /// The store belongs to another chain.
        case otherGenesis(expected: Hash, found: Hash)
        /// The store lacks what it says it holds.
        case damaged(String)

        public var description: String {
            switch self {
            case .store(let error): "the store cannot be read: \(error)"
            case .state(let error): "the state cannot be read: \(error)"
            case .otherGenesis(let expected, let found): "the store holds chain \(found), the spec makes \(expected)"
            case .damaged(let what): "the store is damaged: \(what)"
            }
        }
    }

    public let configuration: Configuration
    /// Envelope hash of the genesis block.
    public let genesis: Hash
    let builder: BlockBuilder
    let store: ChainStore
    var validatorPeers = ValidatorPeers()

    var tree: BlockTree
    public internal(set) var mempool: Mempool
    var admissions = AdmissionQueue()
    var outbox = Outbox()
    var resends = Resends()
    /// Validators that got the mempool's transactions when they connected: since when it is counted, and how often.
    var resent: [Hash: (since: UInt64, count: Int)] = [:]
    /// nil where this replica does not vote in the epoch.
    var consensus: Simplex?
    /// Number of the next record in the consensus log, and the views of those that are in it.
    var nextLogNumber: UInt64
    var loggedViews: Deque<UInt64>

    var peers: Set<Hash> = []
    /// Blocks on their way: at most one proposal for each view up to the horizon, and blocks above the final one that a quorum has
    /// voted for.
    var assemblies: [Hash: Assembly] = [:]
    /// The block whose validity consensus waits for, and whether as a repeated proposal.
    var awaited: (id: Hash, isRepeated: Bool)?
    /// Blocks found invalid and the views for which they were gathered, so that they are not tried again.
    var refused: [Hash: UInt64] = [:]
    var proposing: ProposalSlot?
    var lastProposal: OwnProposal?
    /// Finalizations whose blocks are not here yet.
    var certificates: [Hash: Certificate] = [:]
    var catchUp = CatchUp()
    /// Unfinalised blocks that were verified here, in this life or an earlier one, and whose bodies are on disk; with heights.
    var storedBodies: [Hash: UInt64] = [:]

    /// Evidence for the next block that this replica proposes.
    var doubleSigns: [DoubleSign] = []
    /// Answers of encryption nodes for the next block that this replica proposes.
    var answers: [ChallengeAnswer] = []
    /// When peers are told next where this replica stands.
    var statusDueAt: UInt64 = 0

    var effects: [ReplicaEffect] = []
    var now: UInt64 = 0
    /// Whether this replica has stopped for good.
    public private(set) var isHalted = false

    /// Opens a replica on a store: an empty one gets the genesis block by the first effects, a used one goes on where it was.
    public init(_ configuration: Configuration, store: any KeyValueReader) throws(StartFailure) {
        let genesisBlock: (block: SealedHeader, overlay: StateOverlay)
        do { genesisBlock = try Genesis.build(configuration.spec) } catch { throw .state(error) }
        self.configuration = configuration
        genesis = genesisBlock.block.id
        self.store = ChainStore(store)
        let spec = configuration.spec
        builder = BlockBuilder(spec, genesis: genesis, parallel: configuration.parallel)
        mempool = Mempool(rules: .init(chainID: spec.chainID, blockGasLimit: spec.economy.parameters.blockGasLimit))
        let opened = try Recovery.open(self.store, genesis: genesisBlock, spec: spec)
        tree = BlockTree(finalized: opened.head, store: store)
        effects = opened.effects
        (nextLogNumber, loggedViews) = (opened.nextLogNumber, Deque(opened.log.map(\.view)))
        consensus = nil
        do { mempool.rules.blockGasLimit = try Parameters.blockGasLimit(headState) } catch { throw .state(error) }
        do { doubleSigns = try Self.storedDoubleSigns(store) } catch { throw .store(error) }
        do { storedBodies = try self.store.pendingBlocks() } catch { throw .store(error) }
        do { enterEpoch(finalization: try self.store.certificate(head.block.number), log: opened.log) } catch { throw .store(error) }
        updateMempool(after: [])
    }

    /// The epoch of the block after the newest final one.
    public var epoch: Epoch { head.nextEpoch }

    /// This replica's index in the epoch's validators; nil where it does not vote.
    public var validatorIndex: Int? { configuration.validator?.index(in: epoch.validators) }

    /// The newest final block.
    public var head: ExecutedBlock { tree.finalized }

    /// The view of consensus; nil in a node that does not vote.
    public var view: UInt64? { consensus?.view }

    /// The greatest height that validators of more than a third of the power say they have; 0 where so many are not heard of.
    public var attestedHeight: UInt64 { validatorPeers.attestedHeight }

    /// The newest final state.
    public var headState: TrieState { tree.finalState }

    /// Wei per gas in the block after the newest final one.
    public var nextBaseFee: UInt256 {
        BaseFee.next(after: tree.finalized.block.header, witnessBytes: tree.finalized.witnessBytes)
    }

    /// Takes one event and returns what to do, in order.
    public mutating func handle(_ event: ReplicaEvent, now: UInt64) -> [ReplicaEffect] {
        guard !isHalted else { return [] }
        self.now = now
        tree.settled()
        switch event {
        case .start: start()
        case .connected(let peer): connected(peer)
        case .disconnected(let peer): disconnected(peer)
        case .message(let message, let peer): receive(message, from: peer)
        case .submit(let transaction, let ticket): admit(transaction, origin: .user(ticket: ticket))
        case .checked(let result): checked(result)
        case .signed(let vote): signed(vote)
        case .timer(let timer): fired(timer)
        }
        let result = effects
        effects = []
        return result
    }

    mutating func emit(_ effect: ReplicaEffect) { if !isHalted { effects.append(effect) } }

    /// Stops for good: what cannot be read or does not agree must not be voted on.
    mutating func halt(_ reason: String) {
        emit(.halted(reason))
        isHalted = true
    }

    static func unreadable(_ error: any Error) -> String { "the node's own state cannot be read: \(error)" }

    func diverged(at height: UInt64, _ why: String) -> String { "state diverged at height \(height): \(why)" }

    /// Reads the store or the state; where that fails the replica stops.
    @discardableResult
    mutating func reading<Value>(_ body: () throws -> Value) -> Value? {
        do { return try body() } catch {
            halt(Self.unreadable(error))
            return nil
        }
    }
}

/// How peers are named.
public enum PeerName {
    /// Keccak-256 of an ML-DSA-65 node key.
    public static func of(nodeKey: [UInt8]) -> Hash { Keccak256.hash(nodeKey) }
}

// MARK: - Peers

extension Replica {
    private mutating func start() {
        for (view, block) in consensus?.notarizedBlocks ?? [] { gatherCertified(block, view: view) }
        emit(.epochStarted(epoch.state))
        stopForUpgrade()
        emit(.setTimer(.retry, atMilliseconds: now + Self.retryMilliseconds))
        feedConsensus(.start)
    }

    /// How often what is missing is looked at; who is asked when is up to each inquiry.
    static let retryMilliseconds: UInt64 = 250
    /// How often peers hear where this replica stands: at least twice in the shortest view.
    private var statusIntervalMilliseconds: UInt64 { min(1000, configuration.spec.parameters.viewTimeoutMilliseconds / 2) }

    private mutating func connected(_ peer: Hash) {
        peers.insert(peer)
        emit(.send(.status(status), to: peer))
        resendWaiting(to: peer)
    }

    private mutating func disconnected(_ peer: Hash) {
        peers.remove(peer)
        catchUp.forget(peer)
        validatorPeers.forget(peer)
    }

    private mutating func fired(_ timer: ReplicaTimer) {
        switch timer {
        case .view(let view, let epoch): if epoch == self.epoch.number { feedConsensus(.timer(view: view)) }
        case .propose(let view): proposeIfDue(view)
        case .block(let id): tryBlock(id)
        case .gossip: flushOutbox()
        case .retry: retry()
        }
    }

    /// Asks again for what is missing, and tells peers where we are, so that they send what got lost.
    private mutating func retry() {
        emit(.setTimer(.retry, atMilliseconds: now + Self.retryMilliseconds))
        for id in assemblies.keys.sorted() {
            gatherParent(of: id)
            requestMissing(of: id)
        }
        requestCatchUp()
        guard now >= statusDueAt else {
            // Others' timers run already in the next view: this does not wait for its time.
            for peer in consensus?.peersAhead ?? [] where peers.contains(peer) { emit(.send(.status(status), to: peer)) }
            return
        }
        statusDueAt = now + statusIntervalMilliseconds
        resendOwn()
        emit(.broadcast(.status(status), to: .everyone))
    }

    private mutating func receive(_ message: WireMessage, from peer: Hash) {
        let votes = validatorPeers.contains(peer)
        switch message {
        case .status(let status): received(status, from: peer)
        // Around an epoch's end, honest peers are in another epoch and have other validators.
        case .proposal(let proposal) where proposal.vote.ballot.epoch != epoch.number: break
        case .vote(let vote) where vote.ballot.epoch != epoch.number: break
        case .certificate(let certificate) where certificate.ballot.epoch != epoch.number: break
        case .proposal(let proposal) where votes:
            if consensus?.wants(proposal) ?? false { check(.proposal(proposal, from: peer)) }
        case .vote(let vote) where votes: if consensus?.wants(vote) ?? false { check(.vote(vote, from: peer)) }
        case .certificate(let certificate) where votes:
            if consensus?.wants(certificate) ?? false { check(.certificate(certificate, from: peer)) }
        case .proposal(let proposal): hearStranger(proposal.vote, from: peer)
        case .vote(let vote): hearStranger(vote, from: peer)
        case .certificate: break  // A validator of the next epoch may pass on how this one ended.
        case .transactions(let transactions): received(transactions, from: peer)
        case .getTransactions(let hashes): sendTransactions(hashes, to: peer)
        case .block(let block): received(block)
        case .finalized(let blocks, let proof): received(blocks, proof, from: peer)
        // Where the host has not answered already, beside the replica.
        case .getBlock, .getFinalized, .getFinality, .getEpochs, .getChallenges:
            if let answer = try? ChainServer(store).answer(message, of: peer) { emit(.send(answer, to: peer)) }
        case .challengeAnswer(let answer): keep(answer, from: peer)
        case .finality, .epochs, .challenges: break  // For light clients.
        }
    }

    /// Has signatures verified by this epoch's validators.
    mutating func check(_ check: Check) { emit(.check(check, epoch.validators)) }

    private mutating func checked(_ result: CheckResult) {
        switch result {
        case .transaction(let signed, let verified, let origin): checked(signed, verified, origin: origin)
        case .vote(let vote, let holds, let peer):
            holds ? feedConsensus(.vote(vote)) : emit(.misbehaved(peer, "sent a vote with a false signature"))
        case .proposal(let proposal, let holds, let peer):
            guard holds else { return emit(.misbehaved(peer, "sent a proposal with a false signature")) }
            feedConsensus(.proposal(proposal))
        case .certificate(let certificate, let holds, let peer):
            holds ? feedConsensus(.certificate(certificate)) : emit(.misbehaved(peer, "sent a false certificate"))
        case .finalized(let blocks, let proof, let holds, let peer):
            guard holds else { return emit(.misbehaved(peer, "sent a false finalization")) }
            adopt(blocks, proof, from: peer)
        }
    }
}

import ChainTypes
import Cryptography
import LightClient
import Primitives
import StoreAPI

/// A whole encryption node as one state machine: bytes of a request in, an answer and changes to the store out.
///
/// It reads no clock, disk or socket beyond the `KeyValueReader`, and draws no randomness. A `KeyServiceShell` carries out what it says.
/// What is left to the node's process:
/// 1. Serve requests with a `SecureServer` under the node's own key.
/// 2. Follow the chain's finality from its peers and pass every newer proof to `finality(_:)`: while the chain stalls, requests under the
///    last final header are served however old it is.
/// 3. Call `expire(now:)` now and then.
public struct KeyService: Sendable {
    public struct Configuration: Sendable {
        /// Envelope hash of the genesis block.
        public var genesis: Hash
        public var validators: ValidatorSet
        public var parameters: ChainParameters
        /// This node's id: Keccak-256 of its key.
        public var node: Hash
        /// Fragments may take up this much.
        public var capacityBytes: UInt64

        public init(genesis: Hash, validators: ValidatorSet, parameters: ChainParameters, node: Hash, capacityBytes: UInt64) {
            (self.genesis, self.validators, self.parameters) = (genesis, validators, parameters)
            (self.node, self.capacityBytes) = (node, capacityBytes)
        }

        /// - Parameter capacityGiB: what the node offers; the registry says what it has declared.
        public init(spec: ChainSpec, genesis: Hash, nodeKey: [UInt8], capacityGiB: UInt64) {
            self.init(
                genesis: genesis, validators: spec.validators, parameters: spec.parameters, node: Keccak256.hash(nodeKey),
                capacityBytes: min(capacityGiB, 1 << 33) << 30)
        }
    }

    /// What is to be done for one request.
    public struct Outcome: Sendable {
        public enum Reply: Sendable {
            case answer([UInt8])
            /// To be signed with the node's key and sent.
            case receipt(KeyReceipt)
        }

        public var reply: Reply
        public var batch = WriteBatch()
        /// Whether the batch, and with it all before, must survive a power cut before the answer leaves.
        public var isDurable = false
        /// Whether the answer is untrue when the batch is not stored. A node whose disk is full goes on reading.
        public var needsStore = true

        init(_ answer: KeyAnswer) { reply = .answer(answer.rlp) }
    }

    /// Counts since the start.
    public struct Measures: Hashable, Sendable {
        public var requests: UInt64 = 0
        public var refused: UInt64 = 0
        public var replays: UInt64 = 0
        /// Keys of which a share is held.
        public var shares: UInt64 = 0
        /// Bytes of fragments promised to vaults.
        public var reservedBytes: UInt64 = 0
    }

    let configuration: Configuration
    let store: any KeyValueReader
    var gate: FinalityGate
    var sessions = SessionTable()
    var deals = DealTable()
    /// The node list that was kept last.
    var keptNodeList: Hash?
    public internal(set) var measures = Measures()

    /// Takes up where the store's contents left off.
    public init(_ configuration: Configuration, store: any KeyValueReader) throws(StoreError) {
        self.configuration = configuration
        self.store = store
        if let bytes = try store.get(.local, Self.checkpointKey), let checkpoint = try? Checkpoint(rlp: bytes) {
            gate = FinalityGate(LightClient(genesis: configuration.genesis, checkpoint: checkpoint))
        } else {
            gate = FinalityGate(LightClient(genesis: configuration.genesis, validators: configuration.validators))
        }
        try countShares()
    }

    private static let checkpointKey = Array("keyservice/checkpoint".utf8)

    /// Newer finality from the node's own peers. Returns what to commit; older proofs change nothing.
    /// - Throws: `unknownEpoch` where the validators have changed: `epochs(_:)` comes first.
    public mutating func finality(_ proof: FinalityProof) throws(LightClientError) -> WriteBatch {
        try gate.follow(proof) ? checkpoint : WriteBatch()
    }

    /// Changes of validators, in order, from the node's own peers. Returns what to commit.
    public mutating func epochs(_ changes: [EpochChange]) throws(LightClientError) -> WriteBatch {
        for change in changes { try gate.follow(change) }
        return checkpoint
    }

    /// The epoch from which on changes of validators are wanted; nil while there is nothing to ask.
    public var wantedEpoch: UInt64? { gate.wantedEpoch }

    /// The epoch from which on changes are missing when a proof is of an unknown one.
    public var unknownAfter: UInt64 { gate.unknownAfter }

    /// The epoch whose validators this node follows.
    public var epoch: UInt64 { gate.epoch }

    /// That epoch's validators.
    public var validators: ValidatorSet { gate.validators }

    private var checkpoint: WriteBatch {
        var batch = WriteBatch()
        if let checkpoint = gate.checkpoint { batch.put(.local, Self.checkpointKey, checkpoint.rlp) }
        return batch
    }

    /// The newest header that the node's peers have shown to be final.
    public var finalized: SealedHeader? { gate.newest }

    /// Bytes of entropy that answering a request takes: zero for most, and for anyone who has not shown that it is due.
    public func entropyByteCount(for request: [UInt8], from peerKey: [UInt8], now: UInt64) -> Int {
        (try? KeyRequest(rlp: request)).map { entropyByteCount(for: $0, from: peerKey, now: now) } ?? 0
    }

    func entropyByteCount(for request: KeyRequest, from peerKey: [UInt8], now: UInt64) -> Int {
        guard case .contribute(let token) = request,
            let session = sessions.session(token, peer: Keccak256.hash(peerKey), now: now), session.mayContribute
        else { return 0 }
        return EntropyContribution.byteCount
    }

    /// The answer when a commit failed.
    public static var storageFailure: [UInt8] { KeyAnswer.refused(.storage).rlp }

    /// The answer that carries a receipt.
    public static func answer(signing receipt: KeyReceipt, _ signature: [UInt8]) -> [UInt8] {
        KeyAnswer.receipt(SignedKeyReceipt(receipt: receipt, signature: signature)).rlp
    }

    /// Answers one request.
    /// - Parameters:
    ///   - bytes: from anyone; never traps.
    ///   - peerKey: proven by the session that carried the request.
    ///   - now: milliseconds since 1970.
    ///   - entropy: what `entropyByteCount(for:from:now:)` asked for.
    public mutating func handle(_ bytes: [UInt8], from peerKey: [UInt8], now: UInt64, entropy: EntropyDraw? = nil) -> Outcome {
        guard let request = try? KeyRequest(rlp: bytes) else { return malformed() }
        return handle(request, from: peerKey, now: now, entropy: entropy, examined: nil)
    }

    /// The same, of a request that is decoded.
    /// - Parameter examined: what an open request has shown, where that was looked at before.
    mutating func handle(
        _ request: KeyRequest, from peerKey: [UInt8], now: UInt64, entropy: EntropyDraw?,
        examined: Result<OpenExamination, KeyRefusal>?
    ) -> Outcome {
        measures.requests += 1
        do throws(KeyRefusal) {
            return try answer(request, from: peerKey, now: now, entropy: entropy, examined: examined)
        } catch {
            return refused(error)
        }
    }

    /// The outcome for bytes that are no request.
    mutating func malformed() -> Outcome {
        measures.requests += 1
        return refused(.malformed)
    }

    private mutating func refused(_ refusal: KeyRefusal) -> Outcome {
        measures.refused += 1
        if refusal == .replayed { measures.replays += 1 }
        return Outcome(.refused(refusal))
    }

    private mutating func answer(
        _ request: KeyRequest, from peerKey: [UInt8], now: UInt64, entropy: EntropyDraw?,
        examined: Result<OpenExamination, KeyRefusal>?
    ) throws(KeyRefusal) -> Outcome {
        let peer = Keccak256.hash(peerKey)
        func anySession(_ token: Hash) throws(KeyRefusal) -> KeySession {
            guard let session = sessions.session(token, peer: peer, now: now) else { throw .unknownSession }
            return session
        }
        func session(_ token: Hash) throws(KeyRefusal) -> KeySession {
            let session = try anySession(token)
            guard !session.isRemoved else { throw .removed }
            return session
        }
        switch request {
        case .open(let request):
            if let examined { return try open(try examined.get(), now: now) }
            return try open(try examiner(of: request, now: now).examine(request, from: peerKey), now: now)
        case .contribute(let token): return try contribute(try session(token), entropy)
        case .deal(let token, let share): return try deal(share, try session(token), now: now)
        case .putFragment(let token, let stripe, let bytes):
            return try putFragment(bytes, stripe: stripe, try session(token), now: now)
        case .putManifest(let token, let bytes): return try putManifest(bytes, try session(token))
        case .finish(let token): return try finish(try session(token))
        case .readShare(let token): return try readShare(try session(token))
        case .readFragment(let token, let stripe): return try readFragment(stripe: stripe, try session(token))
        case .readManifest(let token): return try readManifest(try session(token))
        case .holdings(let token): return try holdings(try session(token))
        case .remove(let token): return try remove(try anySession(token))
        case .nodes(let hash): return try nodeList(hash)
        }
    }

    /// The store did not take an outcome's batch: what was counted with it is forgotten, and what the store has is counted anew. Vaults
    /// that are being dealt have to be dealt again, as after a restart.
    mutating func commitFailed(_ outcome: Outcome) {
        keptNodeList = nil
        // Nothing else was counted: who only opens sessions has nobody deal again.
        guard outcome.needsStore else { return }
        deals = DealTable()
        (measures.shares, measures.reservedBytes) = (0, 0)
        // Where the disk does not even read, everything is refused until it does.
        try? countShares()
    }

    /// Reads the store; a failing disk is this node's refusal, not a crash.
    func read(_ column: Column, _ key: [UInt8]) throws(KeyRefusal) -> [UInt8]? {
        do { return try store.get(column, key) } catch { throw .storage }
    }
}

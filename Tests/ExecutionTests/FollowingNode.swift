import ChainTypes
import Cryptography
import Primitives
import Replica
import StoreAPI
import Testing

/// A full node with its store, and a peer that answers it.
struct FollowingNode {
    static let peer = Hash(UInt256(1))
    let genesis: Hash
    let store: MemoryStore
    var replica: Replica
    /// What it has asked its peer for.
    private(set) var asked: [UInt64] = []
    private(set) var complaints: [String] = []
    /// Why it has stopped.
    private(set) var halted: String?
    private var now: UInt64 = 1_800_000_100_000

    /// - Parameters:
    ///   - store: of an earlier life.
    ///   - disk: what the replica reads instead of the store.
    init(_ chain: TestChain, store: MemoryStore = MemoryStore(), disk: (MemoryStore) -> any KeyValueReader = { $0 }) throws {
        genesis = chain.genesis
        self.store = store
        replica = try Replica(.init(spec: chain.spec, validator: nil), store: disk(store))
        try handle(.start)
        try handle(.connected(Self.peer))
    }

    mutating func hear(_ message: WireMessage) throws { try handle(.message(message, from: Self.peer)) }

    /// Hears of a height, and gets all blocks up to it at once.
    mutating func follow(_ blocks: [Block], _ proof: FinalityProof) throws {
        try hear(.status(height: UInt64(blocks.count)))
        try hear(.finalized(blocks, proof))
    }

    private mutating func handle(_ event: ReplicaEvent) throws {
        now += 10
        for effect in replica.handle(event, now: now) {
            switch effect {
            case .commit(let batch, let durable): try store.commit(batch, durable: durable)
            case .send(.getFinalized(let from, _), _): asked.append(from)
            case .check(let check, let validators):
                try handle(.checked(check.run(genesis: genesis, validators: validators)))
            case .misbehaved(_, let what): complaints.append(what)
            case .halted(let reason): halted = reason
            default: break
            }
        }
    }
}

extension WireMessage {
    static func status(height: UInt64) -> WireMessage {
        .status(PeerStatus(epoch: 0, view: 9, finalizedNumber: height, finalizedBlock: .zero, votesHeld: [.zero, .zero, .zero]))
    }
}

extension TestChain {
    /// A chain with one validator, and its blocks 1, 2, ….
    static func grown(_ count: Int) throws -> (chain: TestChain, blocks: [Block]) {
        var chain = try TestChain()
        let blocks = try (0..<count).map { _ in
            try chain.extend()
            return chain.head.block
        }
        return (chain, blocks)
    }

    /// That one of some blocks is final, by a certificate of the very last one.
    static func proof(_ blocks: [Block], of number: Int, genesis: Hash) throws -> FinalityProof {
        let certified = try #require(blocks.last)
        let ballot = Ballot(epoch: 0, view: certified.envelope.view, kind: .finalize, block: certified.id)
        let key = try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash([1]).bytes)
        let signature = try key.sign(ballot.signingPayload(genesis: genesis), context: Ballot.signingContext)
        return FinalityProof(
            headers: blocks.filter { $0.number >= number }.map(\.sealed).reversed(),
            certificate: Certificate(ballot: ballot, shares: [.init(validator: 0, signature: signature)]))
    }
}

import ChainTypes
import Cryptography
import Primitives
import Replica
import StoreAPI
import Testing

/// A full node that catches up through runs of blocks of which not every one ends with a certified block.
@Suite struct CatchUpRunTests {
    /// A node with its store, and a peer that answers it.
    private struct Node {
        static let peer = Hash(UInt256(1))
        let genesis: Hash
        let store = MemoryStore()
        var replica: Replica
        /// What it has asked its peer for.
        var asked: [UInt64] = []
        var complaints: [String] = []
        private var now: UInt64 = 1_800_000_100_000

        init(_ chain: TestChain) throws {
            genesis = chain.genesis
            replica = try Replica(.init(spec: chain.spec, validator: nil), store: store)
            try handle(.start)
            try handle(.connected(Self.peer))
        }

        mutating func hear(_ message: WireMessage) throws { try handle(.message(message, from: Self.peer)) }

        private mutating func handle(_ event: ReplicaEvent) throws {
            now += 10
            for effect in replica.handle(event, now: now) {
                switch effect {
                case .commit(let batch, let durable): try store.commit(batch, durable: durable)
                case .send(.getFinalized(let from, _), _): asked.append(from)
                case .check(let check, let validators):
                    try handle(.checked(check.run(genesis: genesis, validators: validators)))
                case .misbehaved(_, let what): complaints.append(what)
                default: break
                }
            }
        }
    }

    /// Blocks 1, 2, … of a chain with one validator.
    private func blocks(_ count: Int) throws -> (chain: TestChain, blocks: [Block]) {
        var chain = try TestChain()
        let blocks = try (0..<count).map { _ in
            try chain.extend()
            return chain.head.block
        }
        return (chain, blocks)
    }

    /// That the last of some blocks is final, by a certificate of the very last one of the chain.
    private func proof(_ blocks: [Block], from last: Int, genesis: Hash) throws -> FinalityProof {
        let certified = try #require(blocks.last)
        let ballot = Ballot(epoch: 0, view: certified.envelope.view, kind: .finalize, block: certified.id)
        let key = try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash([1]).bytes)
        let signature = try key.sign(ballot.signingPayload(genesis: genesis), context: Ballot.signingContext)
        return FinalityProof(
            headers: blocks.filter { $0.number >= last }.map(\.sealed).reversed(),
            certificate: Certificate(ballot: ballot, shares: [.init(validator: 0, signature: signature)]))
    }

    private func status(_ height: UInt64) -> WireMessage {
        .status(PeerStatus(epoch: 0, view: 9, finalizedNumber: height, finalizedBlock: .zero, votesHeld: [.zero, .zero, .zero]))
    }

    @Test func blocksBelowTheCertifiedOneAreFinalPieceByPiece() throws {
        let (chain, blocks) = try blocks(4)
        var node = try Node(chain)
        try node.hear(status(4))
        #expect(node.asked == [1])
        try node.hear(.finalized(Array(blocks[0..<2]), try proof(blocks, from: 2, genesis: chain.genesis)))
        #expect(node.replica.head.id == blocks[1].id)
        #expect(node.asked.last == 3)
        // The certificate is another block's.
        #expect(try ChainStore(node.store).certificate(2) == nil)
        try node.hear(.finalized(Array(blocks[2...]), try proof(blocks, from: 4, genesis: chain.genesis)))
        #expect(node.replica.head.id == blocks[3].id)
        #expect(try ChainStore(node.store).certificate(4) != nil)
        #expect(try ChainStore(node.store).finalityProof(1)?.headers.count == 4)
        #expect(node.complaints.isEmpty)
        // It goes on from there after a restart.
        #expect(try Replica(.init(spec: chain.spec, validator: nil), store: node.store).head.id == blocks[3].id)
    }

    @Test func aNodeThatStopsBetweenTwoPiecesGoesOn() throws {
        let (chain, blocks) = try blocks(3)
        var node = try Node(chain)
        try node.hear(status(3))
        try node.hear(.finalized(Array(blocks[0..<1]), try proof(blocks, from: 1, genesis: chain.genesis)))
        let again = try Replica(.init(spec: chain.spec, validator: nil), store: node.store)
        #expect(again.head.id == blocks[0].id)
    }

    @Test func aProofOfAnotherBlockFinalisesNothing() throws {
        let (chain, blocks) = try blocks(4)
        let good = try proof(blocks, from: 2, genesis: chain.genesis)
        var gap = good
        gap.headers.remove(at: 1)
        for proof in [gap, try proof(blocks, from: 3, genesis: chain.genesis)] {
            var node = try Node(chain)
            try node.hear(status(4))
            try node.hear(.finalized(Array(blocks[0..<2]), proof))
            #expect(node.replica.head.block.number == 0)
            #expect(node.complaints.count == 1)
        }
    }
}

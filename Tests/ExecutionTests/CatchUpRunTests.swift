import ChainTypes
import Primitives
import Replica
import StoreAPI
import Testing

/// A full node that catches up through runs of blocks of which not every one ends with a certified block.
@Suite struct CatchUpRunTests {
    @Test func blocksBelowTheCertifiedOneAreFinalPieceByPiece() throws {
        let (chain, blocks) = try TestChain.grown(4)
        var node = try FollowingNode(chain)
        try node.hear(.status(height: 4))
        #expect(node.asked == [1])
        try node.hear(.finalized(Array(blocks[0..<2]), try TestChain.proof(blocks, of: 2, genesis: chain.genesis)))
        #expect(node.replica.head.id == blocks[1].id)
        #expect(node.asked.last == 3)
        // The certificate is another block's.
        #expect(try ChainStore(node.store).certificate(2) == nil)
        try node.hear(.finalized(Array(blocks[2...]), try TestChain.proof(blocks, of: 4, genesis: chain.genesis)))
        #expect(node.replica.head.id == blocks[3].id)
        #expect(try ChainStore(node.store).certificate(4) != nil)
        #expect(try ChainStore(node.store).finalityProof(1)?.headers.count == 4)
        #expect(node.complaints.isEmpty)
        // It goes on from there after a restart.
        #expect(try Replica(.init(spec: chain.spec, validator: nil), store: node.store).head.id == blocks[3].id)
    }

    @Test func aNodeThatStopsBetweenTwoPiecesGoesOn() throws {
        let (chain, blocks) = try TestChain.grown(3)
        var node = try FollowingNode(chain)
        try node.hear(.status(height: 3))
        try node.hear(.finalized(Array(blocks[0..<1]), try TestChain.proof(blocks, of: 1, genesis: chain.genesis)))
        let again = try Replica(.init(spec: chain.spec, validator: nil), store: node.store)
        #expect(again.head.id == blocks[0].id)
    }

    @Test func aProofOfAnotherBlockFinalisesNothing() throws {
        let (chain, blocks) = try TestChain.grown(4)
        let good = try TestChain.proof(blocks, of: 2, genesis: chain.genesis)
        var gap = good
        gap.headers.remove(at: 1)
        for proof in [gap, try TestChain.proof(blocks, of: 3, genesis: chain.genesis)] {
            var node = try FollowingNode(chain)
            try node.hear(.status(height: 4))
            try node.hear(.finalized(Array(blocks[0..<2]), proof))
            #expect(node.replica.head.block.number == 0)
            #expect(node.complaints.count == 1)
        }
    }
}

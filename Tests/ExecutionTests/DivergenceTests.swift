import ChainTypes
import Cryptography
import Primitives
import Replica
import StoreAPI
import Synchronization
import Testing

/// Reads well a number of times, and never again.
private final class FailingStore: KeyValueReader {
    private let base: any KeyValueReader
    private let left: Mutex<Int>

    init(_ base: any KeyValueReader, failingAfter reads: Int) {
        self.base = base
        left = Mutex(reads)
    }

    var hasFailed: Bool { left.withLock { $0 < 0 } }

    func get(_ column: Column, _ key: [UInt8]) throws(StoreError) -> [UInt8]? {
        try read()
        return try base.get(column, key)
    }

    func scan(
        _ column: Column, from: [UInt8], prefix: [UInt8], limit: Int, reverse: Bool
    ) throws(StoreError) -> [(key: [UInt8], value: [UInt8])] {
        try read()
        return try base.scan(column, from: from, prefix: prefix, limit: limit, reverse: reverse)
    }

    private func read() throws(StoreError) {
        let fails = left.withLock { left in
            left = left > 0 ? left - 1 : -1
            return left < 0
        }
        if fails { throw .corrupted("a block checksum does not match") }
    }
}

/// A node that differs from the others stops and blames nobody: neither for what its own disk has lost, nor for what a quorum has
/// made final and it finds wrong.
@Suite struct DivergenceTests {
    /// The disk fails at every read in turn, until none is left.
    @Test func whoseDiskCannotBeReadStopsWithTheReasonAndBlamesNobody() throws {
        let (chain, blocks) = try TestChain.grown(3)
        let proof = try TestChain.proof(blocks, of: 3, genesis: chain.genesis)
        var earlier = try FollowingNode(chain)
        try earlier.follow(Array(blocks.prefix(1)), try TestChain.proof(Array(blocks.prefix(1)), of: 1, genesis: chain.genesis))
        var stopped = 0
        for reads in 0..<10_000 {
            var disk: FailingStore?
            let made = try? FollowingNode(chain, store: earlier.store.crash()) { store in
                let failing = FailingStore(store, failingAfter: reads)
                disk = failing
                return failing
            }
            // A node that cannot even start says so by an error.
            guard var node = made else { continue }
            try node.follow(blocks, proof)
            #expect(node.complaints.isEmpty, "at read \(reads)")
            guard disk?.hasFailed == true else {
                #expect(node.replica.head.block.number == 3)
                break
            }
            stopped += 1
            #expect(node.halted?.contains("checksum") == true, "at read \(reads)")
            let head = node.replica.head.id
            try node.hear(.status(height: 4))
            #expect(node.replica.head.id == head)
        }
        #expect(stopped > 10)
    }

    @Test func whoGetsAnotherStateThanAQuorumStopsAtThatHeight() throws {
        let (chain, blocks) = try TestChain.grown(3)
        var header = blocks[2].header
        header.stateRoot = Keccak256.hash([1])
        var envelope = blocks[2].envelope
        envelope.headerHash = header.hash
        let sealed = try #require(SealedHeader(envelope: envelope, header: header))
        let others = blocks.prefix(2) + [Block(sealed: sealed, transactions: [])]
        var node = try FollowingNode(chain)
        try node.follow(Array(others), try TestChain.proof(Array(others), of: 3, genesis: chain.genesis))
        #expect(node.halted?.hasPrefix("state diverged at height 3") == true)
        #expect(node.complaints.isEmpty)
        // Blocks that hold are final only together with the certified one.
        #expect(node.replica.head.block.number == 0)
    }

    @Test func whoseFinalBlockIsNotTheOneOfAQuorumStops() throws {
        let (chain, blocks) = try TestChain.grown(2)
        var node = try FollowingNode(chain)
        try node.follow(Array(blocks.prefix(1)), try TestChain.proof(Array(blocks.prefix(1)), of: 1, genesis: chain.genesis))
        var envelope = blocks[1].envelope
        envelope.parent = Keccak256.hash([2])
        let sealed = try #require(SealedHeader(envelope: envelope, header: blocks[1].header))
        let other = [Block(sealed: sealed, transactions: [])]
        try node.hear(.status(height: 2))
        try node.hear(.finalized(other, try TestChain.proof(other, of: 2, genesis: chain.genesis)))
        #expect(node.halted?.hasPrefix("state diverged at height 1") == true)
        #expect(node.complaints.isEmpty)
    }
}

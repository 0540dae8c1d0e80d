import ChainTypes
import Primitives
import Replica
import StoreAPI
import TestKit
import Testing

/// What is answered to whoever asks for final blocks.
@Suite struct ChainServerTests {
    /// Linked blocks in a store, from number 1 on, some of which have a finalization of their own.
    private struct StoredChain {
        let store = MemoryStore()
        private(set) var blocks: [Block] = []

        init(_ count: Int, certified: Set<Int>, bytes: Int = 0, epoch: (Int) -> UInt64 = { _ in 0 }) throws {
            var parent = try Self.sealed(0, parent: nil, epoch: epoch(0))
            var batch = WriteBatch()
            batch.put(.header, Self.key(0), parent.rlp)
            for number in 1...count {
                let transactions = bytes > 0 ? Self.transactions(bytes, seed: number) : []
                let sealed = try Self.sealed(UInt64(number), parent: parent, epoch: epoch(number), transactions)
                let block = Block(sealed: sealed, transactions: transactions)
                batch.put(.header, Self.key(UInt64(number)), sealed.rlp)
                batch.put(.block, sealed.id.bytes, block.rlp)
                if certified.contains(number) {
                    let ballot = Ballot(epoch: epoch(number), view: UInt64(number), kind: .finalize, block: sealed.id)
                    let shares = (0..<100).map { Certificate.Share(validator: $0, signature: [UInt8](repeating: 1, count: 3309)) }
                    batch.put(.certificate, Self.key(UInt64(number)), Certificate(ballot: ballot, shares: shares).rlp)
                }
                blocks.append(block)
                parent = sealed
            }
            batch.put(.meta, Array("finalized".utf8), Self.key(UInt64(count)))
            try store.commit(batch, durable: false)
        }

        static func key(_ number: UInt64) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }

        private static func sealed(_ number: UInt64, parent: SealedHeader?, epoch: UInt64, _ transactions: [SignedTransaction] = []) throws -> SealedHeader {
            let header = Header(
                parentHash: parent?.blockHash ?? .zero, beneficiary: .zero, stateRoot: .zero, number: number, gasLimit: 1, timestamp: number,
                prevRandao: .zero, baseFeePerGas: .one)
            let envelope = Envelope(
                epoch: epoch, view: number, parent: parent?.id ?? .zero, timeMilliseconds: number * 1000, headerHash: header.hash,
                bodyHash: Block.bodyHash(of: transactions.map(\.hash)), nextSetHash: .zero)
            return try #require(SealedHeader(envelope: envelope, header: header))
        }

        /// That many bytes of data in all.
        private static func transactions(_ bytes: Int, seed: Int) -> [SignedTransaction] {
            (0..<bytes / 100_000).map { number in
                let body = UnsignedTransaction(
                    chainID: 1, sender: .zero, nonce: UInt64(number), maxPriorityFeePerGas: .one, maxFeePerGas: .one, gasLimit: 1, to: .zero,
                    value: .zero, data: [UInt8](repeating: UInt8(truncatingIfNeeded: seed), count: 100_000), nextKeyCommitment: .zero)
                return SignedTransaction(body: body, witness: Witness(publicKey: [1], signature: [1]))
            }
        }

        func answer(from number: UInt64, maximum: Int = WireMessage.maximumBlocks) throws -> WireMessage? {
            try ChainServer(ChainStore(store)).answer(.getFinalized(from: number, maximum: maximum), of: .zero)
        }

        /// Asks on as somebody who catches up; returns the numbers that came with each answer.
        func caughtUp(maximum: Int = WireMessage.maximumBlocks) throws -> [ClosedRange<UInt64>] {
            var runs: [ClosedRange<UInt64>] = []
            var next: UInt64 = 1
            while case .finalized(let got, let proof)? = try answer(from: next, maximum: maximum) {
                let run = try #require(got.first?.number)...(try #require(got.last?.number))
                #expect(got == Array(blocks[Int(run.lowerBound) - 1..<Int(run.upperBound)]))
                #expect(run.lowerBound == next)
                #expect(proof.isLinked && proof.sealed == got.last?.sealed)
                runs.append(run)
                next = run.upperBound + 1
            }
            return runs
        }
    }

    /// Of a frame, without its kind.
    private static let frameBytes = 8 << 20 - 1

    @Test func fullBlocksUnderOneCertificateAreServedPieceByPiece() throws {
        let chain = try StoredChain(5, certified: [5], bytes: 3_500_000)
        #expect(try chain.caughtUp() == [1...1, 2...2, 3...3, 4...4, 5...5])
        for number in 1...5 as ClosedRange<UInt64> {
            let message = try #require(try chain.answer(from: number))
            #expect(message.rlp.count <= Self.frameBytes, "from \(number)")
            #expect(try WireMessage(rlp: message.rlp) == message)
        }
    }

    @Test func aHundredBlocksWithoutACertificateAreNoObstacle() throws {
        let chain = try StoredChain(100, certified: [100])
        #expect(try chain.caughtUp() == [1...64, 65...100])
        #expect(try chain.caughtUp(maximum: 30) == [1...30, 31...60, 61...90, 91...100])
    }

    @Test func aRunEndsWithACertifiedBlockWhereItCan() throws {
        let chain = try StoredChain(100, certified: [1, 50, 70, 100])
        #expect(try chain.caughtUp() == [1...50, 51...100])
        guard case .finalized(_, let proof)? = try chain.answer(from: 1) else { return #expect(Bool(false)) }
        #expect(proof.headers.count == 1)
    }

    @Test func aRunEndsWithItsEpoch() throws {
        let chain = try StoredChain(20, certified: [7, 20]) { $0 <= 7 ? 0 : 1 }
        #expect(try chain.caughtUp() == [1...7, 8...20])
    }

    @Test func beyondTheReachOfAProofNothingIsServed() throws {
        let chain = try StoredChain(400, certified: [400])
        #expect(try chain.answer(from: 1, maximum: 1) == nil)
        #expect(try chain.answer(from: 145, maximum: 1) != nil)
    }

    @Test func anyChainIsServedWhole() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let count = Int.random(in: 1...200, using: &random)
            let certified = Set((1..<max(2, count)).filter { _ in Int.random(in: 0..<20, using: &random) == 0 } + [count])
            let runs = try StoredChain(count, certified: certified).caughtUp(maximum: Int.random(in: 1...64, using: &random))
            #expect(runs.last?.upperBound == UInt64(count), "seed \(seed)")
        }
    }

    @Test func aProofThatSkipsABlockIsNotLinked() throws {
        let chain = try StoredChain(5, certified: [5])
        let proof = try #require(try ChainStore(chain.store).finalityProof(1))
        #expect(proof.isLinked)
        for index in proof.headers.indices.dropFirst().dropLast() {
            var broken = proof
            broken.headers.remove(at: index)
            #expect(!broken.isLinked)
        }
        var headless = proof
        headless.headers.removeFirst()
        #expect(!headless.isLinked)
        headless.headers = []
        #expect(!headless.isLinked)
    }
}

import ChainTypes
import Cryptography
import Primitives
import Replica
import StoreAPI
import Testing

/// A block is taken only if executing it gives exactly what its header and envelope say.
@Suite struct BlockRulesTests {
    let chain: TestChain
    let honest: Block

    init() throws {
        var chain = try TestChain()
        try chain.extend([try chain.transfer(chain.alice)])
        self.chain = chain
        honest = try chain.build([try chain.transfer(chain.alice, nonce: 1), try chain.transfer(chain.bob)]).block
    }

    /// The block with another header and envelope that fit each other.
    private func changed(
        _ transactions: [SignedTransaction]? = nil, header change: (inout Header) -> Void = { _ in },
        envelope changeEnvelope: (inout Envelope) -> Void = { _ in }
    ) throws -> Block {
        var (header, envelope) = (honest.header, honest.envelope)
        change(&header)
        envelope.headerHash = header.hash
        changeEnvelope(&envelope)
        let sealed = try #require(SealedHeader(envelope: envelope, header: header))
        return Block(sealed: sealed, transactions: transactions ?? honest.transactions)
    }

    private func expect(_ refusal: BlockBuilder.Refusal, _ block: Block) {
        #expect(throws: refusal) { try chain.validate(block) }
    }

    @Test func honestBlockIsTaken() throws {
        try chain.validate(honest)
        try chain.validate(Block(rlp: honest.rlp))
    }

    @Test func wrongStateRoot() throws { expect(.wrongStateRoot, try changed { $0.stateRoot = Keccak256.hash([1]) }) }
    @Test func wrongReceiptsRoot() throws { expect(.wrongReceiptsRoot, try changed { $0.receiptsRoot = Header.emptyTrieRoot }) }
    @Test func wrongTransactionsRoot() throws { expect(.wrongTransactionsRoot, try changed { $0.transactionsRoot = .zero }) }
    @Test func wrongGasUsed() throws { expect(.wrongGasUsed, try changed { $0.gasUsed += 1 }) }
    @Test func wrongGasLimit() throws { expect(.wrongGasLimit, try changed { $0.gasLimit += 1 }) }
    @Test func wrongBaseFee() throws { expect(.wrongBaseFee, try changed { $0.baseFeePerGas = .one }) }
    @Test func wrongRandomness() throws { expect(.wrongRandomness, try changed { $0.prevRandao = .zero }) }
    @Test func wrongBloom() throws { expect(.wrongBloom, try changed { $0.logsBloom.insert([1]) }) }
    @Test func wrongExtraData() throws { expect(.wrongExtraData, try changed { $0.extraData = [1] }) }
    @Test func wrongNumber() throws {
        expect(.wrongNumber, try changed { $0.number += 1 })
        expect(.wrongNumber, try changed { $0.number = .max })
    }
    @Test func wrongParentHash() throws { expect(.wrongParentHash, try changed { $0.parentHash = .zero }) }
    @Test func wrongParentEnvelope() throws { expect(.wrongParentHash, try changed(envelope: { $0.parent = .zero })) }
    @Test func wrongBodyHash() throws { expect(.wrongBodyHash, try changed(envelope: { $0.bodyHash = .zero })) }
    @Test func wrongNextSet() throws { expect(.wrongNextSet, try changed(envelope: { $0.nextSetHash = .zero })) }
    @Test func wrongEpoch() throws { expect(.wrongEpoch, try changed(envelope: { $0.epoch = 1 })) }
    @Test func wrongView() throws { expect(.wrongView, try changed(envelope: { $0.view = 0 })) }
    @Test func wrongReveal() throws { expect(.wrongReveal, try changed(envelope: { $0.reveal = .zero })) }
    @Test func wrongProposer() throws { expect(.wrongProposer, try changed { $0.beneficiary = TestChain.shop }) }
    @Test func otherCommitment() throws { expect(.wrongStateRoot, try changed(envelope: { $0.commitment = .zero })) }
    @Test func wrongProtocolVersion() throws { expect(.wrongProtocolVersion, try changed(envelope: { $0.protocolVersion = 2 })) }

    @Test func timeOfTheParent() throws {
        let time = chain.head.block.envelope.timeMilliseconds
        expect(.wrongTime, try changed(header: { $0.timestamp = time / 1000 }, envelope: { $0.timeMilliseconds = time }))
    }

    @Test func missingTransaction() throws {
        #expect(throws: BlockBuilder.Refusal.self) { try chain.validate(changed(Array(honest.transactions.dropLast()))) }
    }

    @Test func swappedTransactions() throws {
        expect(.wrongTransactionsRoot, try changed(honest.transactions.reversed()))
    }

    @Test func repeatedTransaction() throws {
        expect(
            .transaction(.invalid(.nonceTooLow(expected: 2, got: 1))), try changed([honest.transactions[0], honest.transactions[0]]))
    }

    @Test func transactionWithAnAbsurdGasLimitIsRefusedAndStopsNobody() throws {
        let absurd = try chain.transfer(chain.bob) { $0.gasLimit = .max }
        #expect(throws: BlockBuilder.Refusal.self) { try chain.validate(changed([honest.transactions[0], absurd])) }
    }

    @Test func witnessOfAnotherKeyChangesTheBlock() throws {
        let body = honest.transactions[1].body
        let other = SignedTransaction(body: body, witness: Witness(publicKey: honest.transactions[1].witness.publicKey, signature: [1]))
        #expect(throws: BlockBuilder.Refusal.self) { try chain.validate(changed([honest.transactions[0], other])) }
    }
}

/// Requests for final blocks may ask for anything.
@Suite struct FinalBlockRequestTests {
    @Test(arguments: [0, 1, 64], [0, 1, 5, 6, .max] as [UInt64])
    func absurdRangesGetNothing(maximum: Int, first: UInt64) throws {
        let store = MemoryStore()
        var batch = WriteBatch()
        batch.put(.meta, Array("finalized".utf8), Hash(0, 0, 0, 5).bytes.suffix(8).map(\.self))
        try store.commit(batch, durable: false)
        #expect(try ChainStore(store).finalizedNumber() == 5)
        #expect(try ChainStore(store).finalizedBlocks(from: first, maximum: maximum, maximumBytes: 1000) == nil)
    }
}

import ChainTypes
import Cryptography
import KeyService
import Primitives
import StoreAPI
import SystemContracts
import Testing
import VaultTestKit

/// A node that is challenged on the chain, and what it shows.
@Suite struct AuditTests {
    private func receipt(_ fixture: inout KeyServiceFixture) throws -> SignedKeyReceipt {
        guard case .receipt(let signed) = try fixture.dealAll() else { throw FixtureChain.FixtureError() }
        return signed
    }

    /// Opens an audit on the fixture's chain.
    private func audit(_ receipt: SignedKeyReceipt, chunk: UInt64, _ fixture: KeyServiceFixture) throws {
        try fixture.chain.call(
            Slashing.self, from: fixture.owner, value: Parameter.challengeDeposit.standard,
            Slashing.auditCall(nodeKey: fixture.nodes[0].nodeKey, receipt, chunk: chunk))
    }

    private func open(_ ids: [UInt64], _ fixture: KeyServiceFixture) throws -> OpenChallenges {
        OpenChallenges(
            finality: try fixture.chain.finality(), ids: ids,
            state: try fixture.chain.proof(Slashing.address, slots: ids.flatMap(Slashing.slots(ofChallenge:))))
    }

    /// What the chain makes of an answer.
    private func meets(_ answer: ChallengeAnswer, _ fixture: KeyServiceFixture) throws -> Bool {
        var answer = answer
        answer.signature = try fixture.nodeKeys[0].sign(
            answer.message(genesis: fixture.chain.genesis), context: ChallengeAnswer.signingContext)
        let call = ABI.call("answerChallenge(bytes)", values: [.bytes(answer.rlp)])
        return (try? fixture.chain.call(Slashing.self, from: .zero, call)) != nil
    }

    @Test func theReceiptStandsForEveryChunkOfBothStripes() throws {
        var fixture = try KeyServiceFixture()
        let signed = try receipt(&fixture)
        let layout = try #require(VaultLayout(size: 3_000_000, dataCount: 5))
        let digests = (0..<2 as Range<UInt64>).map { layout.digest(of: fixture.fragment($0), stripe: $0) }
        #expect(signed.receipt.root == ChunkTree.root(of: digests))
        #expect(signed.receipt.chunkCount == layout.chunkCount)
        // A restart forgets nothing that an audit asks for.
        fixture.service = try KeyServiceFixture.start(fixture.chain, fixture.nodes[0].nodeKey, fixture.store)
        let chunks = [0, 1, layout.firstChunk(of: 1) - 1, layout.firstChunk(of: 1), layout.chunkCount - 1]
        for (index, chunk) in chunks.enumerated() {
            try audit(signed, chunk: chunk, fixture)
            let outcome = try fixture.service.answers(to: try open([UInt64(index) + 1], fixture))
            #expect(outcome.lacking.isEmpty)
            let answer = try #require(outcome.answers.first)
            #expect(answer.opening?.holds(root: signed.receipt.root, number: chunk) == true)
            #expect(try meets(answer, fixture))
        }
        // What is answered is not answered again.
        #expect(try fixture.service.answers(to: try open([1, 2], fixture)).answers.isEmpty)
    }

    @Test func askedAgainTheReceiptIsTheSame() throws {
        var fixture = try KeyServiceFixture()
        let signed = try receipt(&fixture)
        let token = try fixture.open()
        guard case .receipt(let again) = try fixture.ask(.finish(token: token)) else { return #expect(Bool(false), "no receipt") }
        #expect(again.receipt == signed.receipt)
    }

    @Test func whoHasLostDataHasNoAnswer() throws {
        var fixture = try KeyServiceFixture()
        let signed = try receipt(&fixture)
        try audit(signed, chunk: 2, fixture)
        var (key, batch) = (fixture.keyID.bytes, WriteBatch())
        key.append(bigEndian: UInt64(0))
        var damaged = fixture.fragment(0)
        damaged[9000] ^= 1
        batch.put(.fragment, key, damaged)
        try fixture.store.commit(batch, durable: false)
        #expect(try fixture.service.answers(to: try open([1], fixture)).lacking == [1])
        batch = WriteBatch()
        batch.delete(.fragment, key)
        try fixture.store.commit(batch, durable: false)
        #expect(try fixture.service.answers(to: try open([1], fixture)).lacking == [1])
    }

    @Test func aChunkLeavesTheNodeOnlyWhenTheChainShowsTheDemand() throws {
        var fixture = try KeyServiceFixture()
        let signed = try receipt(&fixture)
        try audit(signed, chunk: 2, fixture)
        let good = try open([1], fixture)
        let other = OpenChallenges(finality: good.finality, ids: [2], state: good.state)
        #expect(throws: KeyRefusal.invalidProof) { try fixture.service.answers(to: other) }
        var foreign = good
        foreign.state = try fixture.chain.proof(KeyRegistry.address, slots: Slashing.slots(ofChallenge: 1))
        #expect(throws: KeyRefusal.invalidProof) { try fixture.service.answers(to: foreign) }
        var older = good
        older.finality = try fixture.chain.finality(1)
        #expect(throws: KeyRefusal.invalidProof) { try fixture.service.answers(to: older) }
        var unsigned = good
        unsigned.finality = try fixture.chain.finality(signers: [0, 1])
        try fixture.chain.advance(by: 1000)
        var fresh = try KeyServiceFixture.start(fixture.chain, fixture.nodes[0].nodeKey, fixture.store)
        #expect(throws: KeyRefusal.notFinal) { try fresh.answers(to: unsigned) }
    }

    @Test func aNodeShowsThatItIsThereWithoutData() throws {
        var fixture = try KeyServiceFixture()
        try fixture.chain.call(
            Slashing.self, from: Address(low: 9), value: Parameter.challengeDeposit.standard,
            ABI.call("challengeNode(address)", values: [.address(fixture.nodes[0].address)]))
        let outcome = try fixture.service.answers(to: try open([1], fixture))
        #expect(outcome.answers == [ChallengeAnswer(id: 1, opening: nil)])
        #expect(try meets(outcome.answers[0], fixture))
    }

    @Test func aReceiptIsForgottenWithItsKey() throws {
        var fixture = try KeyServiceFixture()
        let signed = try receipt(&fixture)
        try audit(signed, chunk: 0, fixture)
        try fixture.chain.call(KeyRegistry.self, from: fixture.owner, KeyRegistry.removeKeyCall(key: fixture.keyID.hash))
        let token = try fixture.open()
        #expect(try fixture.ask(.remove(token: token)) == .removed)
        #expect(try fixture.store.scan(.fragment, limit: 1).isEmpty)
        #expect(try fixture.service.answers(to: try open([1], fixture)).lacking == [1])
    }
}

import ChainTypes
import Cryptography
import LightClient
import Primitives
import Testing
import VaultTestKit

/// Only a quorum of true votes for exactly this block shows that it is final.
@Suite struct CertificateTests {
    let chain: FixtureChain
    let client: LightClient

    init() throws {
        chain = try FixtureChain(nodes: [], operators: 3, community: 5)
        for _ in 0..<3 { try chain.advance(by: 1000) }
        client = LightClient(genesis: chain.genesis, validators: chain.spec.validators)
    }

    private func expect(_ error: LightClientError, _ proof: FinalityProof) {
        #expect(throws: error) { try client.verify(proof) }
        var following = client
        #expect(throws: error) { try following.advance(proof) }
        #expect(following.finalized == nil)
    }

    private func signed(_ ballot: Ballot, _ signers: [Int] = [0, 1, 2], genesis: Hash? = nil) throws -> Certificate {
        let payload = ballot.signingPayload(genesis: genesis ?? chain.genesis)
        return Certificate(
            ballot: ballot,
            shares: try signers.map { .init(validator: $0, signature: try chain.keys[$0].sign(payload, context: Ballot.signingContext)) })
    }

    private func ballot(of block: SealedHeader, _ change: (inout Ballot) -> Void = { _ in }) -> Ballot {
        var ballot = Ballot(epoch: block.envelope.epoch, view: block.envelope.view, kind: .finalize, block: block.id)
        change(&ballot)
        return ballot
    }

    @Test func quorumsOfThreeAndFourAreTaken() throws {
        for signers in [[0, 1, 2], [0, 2, 3], [1, 2, 3], [0, 1, 2, 3]] {
            #expect(try client.verify(chain.finality(signers: signers)) == chain.head)
        }
    }

    @Test func tooLittlePower() throws {
        for signers in [[], [2], [0, 3]] { expect(.noQuorum, try chain.finality(signers: signers)) }
    }

    @Test func exactlyTwoThirdsAreTooLittle() throws {
        let members = chain.spec.validators.validators.prefix(3)
        let three = try #require(ValidatorSet(Array(members)))
        let proof = try chain.finality(signers: [0, 1])
        #expect(throws: LightClientError.noQuorum) { try LightClient(genesis: chain.genesis, validators: three).verify(proof) }
    }

    @Test func powerCountsAndNotHeads() throws {
        var members = chain.spec.validators.validators
        members[0].power = 1000
        let set = try #require(ValidatorSet(members))
        #expect(throws: LightClientError.noQuorum) {
            try LightClient(genesis: chain.genesis, validators: set).verify(chain.finality(signers: [1, 2, 3]))
        }
        #expect(try LightClient(genesis: chain.genesis, validators: set).verify(chain.finality(signers: [0])) == chain.head)
    }

    @Test func signerNamedTwice() throws {
        var proof = try chain.finality(signers: [0, 1])
        proof.certificate.shares.append(proof.certificate.shares[1])
        expect(.repeatedValidator(1), proof)
        // Nor does such a certificate decode.
        #expect(throws: RLPError.invalidValue) { try FinalityProof(rlp: proof.rlp) }
    }

    @Test func signersOutOfOrder() throws {
        var proof = try chain.finality()
        proof.certificate.shares.swapAt(0, 1)
        expect(.repeatedValidator(0), proof)
        #expect(throws: RLPError.invalidValue) { try FinalityProof(rlp: proof.rlp) }
    }

    @Test func nonValidator() throws {
        for stranger in [4, 99, Int.max] {
            var proof = try chain.finality()
            proof.certificate.shares.append(.init(validator: stranger, signature: proof.certificate.shares[0].signature))
            expect(.unknownValidator(stranger), proof)
        }
        var proof = try chain.finality()
        proof.certificate.shares.insert(.init(validator: -1, signature: proof.certificate.shares[0].signature), at: 0)
        expect(.unknownValidator(-1), proof)
    }

    @Test func voteOfOneSignerUnderAnothersName() throws {
        var proof = try chain.finality(signers: [0, 1, 2])
        proof.certificate.shares[2].validator = 3
        expect(.invalidSignature(validator: 3), proof)
    }

    @Test func signatureWithOneBitChanged() throws {
        let honest = try chain.finality(signers: [0, 1, 2])
        for (share, place) in [(0, 0), (1, 1700), (2, 3308)] {
            var proof = honest
            proof.certificate.shares[share].signature[place] ^= 0x10
            expect(.invalidSignature(validator: share), proof)
        }
        var proof = honest
        proof.certificate.shares[1].signature = []
        expect(.invalidSignature(validator: 1), proof)
    }

    @Test func oneFalseVoteBesideAQuorumOfTrueOnes() throws {
        var proof = try chain.finality(signers: [0, 1, 2, 3])
        proof.certificate.shares[3].signature[9] ^= 1
        expect(.invalidSignature(validator: 3), proof)
    }

    @Test func votesOfAnotherChain() throws {
        let certificate = try signed(ballot(of: chain.head), genesis: Keccak256.hash([1]))
        expect(.invalidSignature(validator: 0), FinalityProof(headers: [chain.head], certificate: certificate))
        let stranger = LightClient(genesis: Keccak256.hash([1]), validators: chain.spec.validators)
        #expect(throws: LightClientError.invalidSignature(validator: 0)) { try stranger.verify(chain.finality(signers: [0, 1, 2])) }
    }

    @Test func votesOfAnotherEpoch() throws {
        let certificate = try signed(ballot(of: chain.head) { $0.epoch += 1 })
        expect(.wrongEpoch, FinalityProof(headers: [chain.head], certificate: certificate))
    }

    /// The last block of an epoch may be finalised in a later view than its own, never in an earlier one.
    @Test func votesOfAnEarlierView() throws {
        let certificate = try signed(ballot(of: chain.head) { $0.view -= 1 })
        expect(.wrongView, FinalityProof(headers: [chain.head], certificate: certificate))
    }

    @Test(arguments: [VoteKind.propose, .notarize]) func votesOfAnotherKind(kind: VoteKind) throws {
        let certificate = try signed(ballot(of: chain.head) { $0.kind = kind })
        expect(.notAFinalization, FinalityProof(headers: [chain.head], certificate: certificate))
    }

    @Test(arguments: [VoteKind.propose, .notarize, .nullify]) func votesOfAnotherKindUnderTheRightName(kind: VoteKind) throws {
        var certificate = try signed(ballot(of: chain.head) { $0.kind = kind })
        certificate.ballot.kind = .finalize
        expect(.invalidSignature(validator: 0), FinalityProof(headers: [chain.head], certificate: certificate))
    }

    @Test func votesForAnotherBlock() throws {
        var proof = try chain.finality(2)
        proof.headers = [chain.head]
        expect(.notAFinalization, proof)
        proof.certificate.ballot = ballot(of: chain.head)
        expect(.invalidSignature(validator: 0), proof)
    }
}

/// Headers below a certified one, and moving forward.
@Suite struct FollowingTests {
    let chain: FixtureChain
    var client: LightClient

    init() throws {
        chain = try FixtureChain(nodes: [], operators: 3, community: 5)
        for _ in 0..<3 { try chain.advance(by: 1000) }
        client = LightClient(genesis: chain.genesis, validators: chain.spec.validators)
    }

    private func headers(_ numbers: [UInt64]) throws -> [SealedHeader] {
        try numbers.flatMap { try chain.finality($0, signers: []).headers }
    }

    private func proof(_ numbers: [UInt64]) throws -> FinalityProof {
        FinalityProof(headers: try headers(numbers), certificate: try chain.finality(numbers[0]).certificate)
    }

    @Test func ancestorsOfACertifiedHeaderAreFinal() throws {
        #expect(try client.verify(proof([3, 2, 1])).number == 1)
        #expect(try client.verify(proof([3, 2, 1, 0])).id == chain.genesis)
    }

    @Test(arguments: [[3, 1], [3, 2, 0], [2, 3], [3, 3]] as [[UInt64]]) func brokenChain(numbers: [UInt64]) throws {
        #expect(throws: LightClientError.brokenChain) { try client.verify(proof(numbers)) }
    }

    @Test func noHeaders() throws {
        let empty = FinalityProof(headers: [], certificate: try chain.finality().certificate)
        #expect(throws: LightClientError.brokenChain) { try client.verify(empty) }
        #expect(throws: RLPError.invalidValue) { try FinalityProof(rlp: empty.rlp) }
    }

    /// Numbers are compared before anything is known to be true; the last number must not overflow.
    @Test func parentWithTheLastNumberThereIs() throws {
        var header = chain.head.header
        header.number = .max
        var envelope = chain.head.envelope
        envelope.headerHash = header.hash
        let parent = try #require(SealedHeader(envelope: envelope, header: header))
        header.number = 0
        (envelope.headerHash, envelope.parent) = (header.hash, parent.id)
        let child = try #require(SealedHeader(envelope: envelope, header: header))
        let ballot = Ballot(epoch: envelope.epoch, view: envelope.view, kind: .finalize, block: child.id)
        let forged = FinalityProof(headers: [child, parent], certificate: Certificate(ballot: ballot, shares: []))
        #expect(throws: LightClientError.brokenChain) { try client.verify(FinalityProof(rlp: forged.rlp)) }
    }

    @Test mutating func movesForwardOnly() throws {
        try client.advance(chain.finality(1))
        try client.advance(chain.finality(3))
        #expect(throws: LightClientError.older(than: 3)) { try client.advance(chain.finality(2)) }
        #expect(try client.advance(chain.finality(3)) == chain.head)
        #expect(client.finalized == chain.head)
    }

    @Test mutating func anotherHeaderOfTheSameNumberIsRefused() throws {
        let other = try FixtureChain(nodes: [], operators: 3, community: 5)
        try other.advance(by: 999)
        try client.advance(chain.finality(1))
        #expect(throws: LightClientError.older(than: 1)) { try client.advance(other.finality(1)) }
    }
}

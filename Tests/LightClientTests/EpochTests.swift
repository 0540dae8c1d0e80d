import ChainTypes
import Cryptography
import LightClient
import Primitives
import Testing

/// Passing from one epoch's validators to the next.
@Suite struct EpochTests {
    /// Three sets of one validator each: epochs 0 and 1 have the first.
    private let keys: [MLDSAPrivateKey]
    private let sets: [ValidatorSet]
    private let genesis = Keccak256.hash([9])

    init() throws {
        let keys = try (0..<3).map { try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash([UInt8($0), 3]).bytes) }
        self.keys = keys
        sets = try keys.map { key in
            let member = Validator(
                address: .zero, power: 1, consensusKey: key.publicKey, nodeKey: key.publicKey, endpoint: "", moniker: "")
            return try #require(ValidatorSet([member]))
        }
    }

    /// Which set rules an epoch: 0, 0, 1, 2, 2…
    private func ruler(_ epoch: UInt64) -> Int { [0, 0, 1, 2][Int(min(epoch, 3))] }

    private func header(_ number: UInt64, epoch: UInt64, next: Hash? = nil) throws -> SealedHeader {
        let header = Header(
            parentHash: .zero, beneficiary: .zero, stateRoot: .zero, number: number, gasLimit: 1, timestamp: 0, prevRandao: .zero,
            baseFeePerGas: .one)
        let envelope = Envelope(
            epoch: epoch, view: number, parent: .zero, timeMilliseconds: 0, headerHash: header.hash, bodyHash: .zero,
            nextSetHash: next ?? sets[ruler(epoch + 1)].hash)
        return try #require(SealedHeader(envelope: envelope, header: header))
    }

    private func proof(_ header: SealedHeader, signer: Int? = nil, laterViews: UInt64 = 0) throws -> FinalityProof {
        let envelope = header.envelope
        let ballot = Ballot(epoch: envelope.epoch, view: envelope.view + laterViews, kind: .finalize, block: header.id)
        let signature = try keys[signer ?? ruler(envelope.epoch)]
            .sign(ballot.signingPayload(genesis: genesis), context: Ballot.signingContext)
        return FinalityProof(headers: [header], certificate: Certificate(ballot: ballot, shares: [.init(validator: 0, signature: signature)]))
    }

    private func change(_ number: UInt64, epoch: UInt64, to set: Int?) throws -> EpochChange {
        EpochChange(proof: try proof(header(number, epoch: epoch)), validators: set.map { sets[$0] })
    }

    private var client: LightClient { LightClient(genesis: genesis, validators: sets[0]) }

    @Test func unchangedValidatorsNeedNothing() throws {
        var client = client
        try client.advance(proof(header(1, epoch: 0)))
        try client.advance(proof(header(2, epoch: 1)))
        #expect(client.epoch == 1)
    }

    @Test func otherValidatorsAreUnknownUntilAHeaderNamesThem() throws {
        var client = client
        try client.advance(proof(header(2, epoch: 1)))
        #expect(throws: LightClientError.unknownEpoch(2)) { try client.verify(proof(header(3, epoch: 2))) }
        try client.advance(change(2, epoch: 1, to: 1))
        try client.advance(proof(header(3, epoch: 2)))
        #expect(client.epoch == 2)
        // Blocks of the epoch before stay provable.
        #expect(try client.verify(proof(header(2, epoch: 1))).number == 2)
    }

    @Test func aClientThatWasAwayPassesEveryEpoch() throws {
        var client = client
        for change in [try change(1, epoch: 0, to: nil), try change(2, epoch: 1, to: 1), try change(3, epoch: 2, to: 2)] {
            try client.advance(change)
        }
        #expect(try client.advance(proof(header(9, epoch: 3))).number == 9)
        #expect(throws: LightClientError.unknownEpoch(1)) { try client.verify(proof(header(2, epoch: 1))) }
    }

    @Test func skippedEpochIsRefused() throws {
        var client = client
        #expect(throws: LightClientError.unknownEpoch(2)) { try client.advance(change(3, epoch: 2, to: 2)) }
    }

    @Test func validatorsThatTheHeaderDoesNotNameAreRefused() throws {
        var client = client
        try client.advance(change(1, epoch: 0, to: nil))
        #expect(throws: LightClientError.wrongValidators) { try client.advance(change(2, epoch: 1, to: 2)) }
        #expect(throws: LightClientError.wrongValidators) { try client.advance(change(2, epoch: 1, to: nil)) }
        #expect(client.wantedEpoch == 1)
    }

    @Test func formerValidatorsCannotSpeakForALaterEpoch() throws {
        var client = client
        for change in [try change(1, epoch: 0, to: nil), try change(2, epoch: 1, to: 1)] { try client.advance(change) }
        #expect(throws: LightClientError.invalidSignature(validator: 0)) { try client.verify(proof(header(3, epoch: 2), signer: 0)) }
    }

    @Test func lastBlockOfAnEpochMayBeFinalisedInALaterView() throws {
        #expect(try client.verify(proof(header(4, epoch: 0), laterViews: 3)).number == 4)
    }

    /// Who learns early in an epoch who comes next is still in it, and so is the chain: also after a restart.
    @Test func aCheckpointIsNeverAheadOfTheChain() throws {
        var client = client
        try client.advance(proof(header(2, epoch: 1)))
        try client.advance(change(3, epoch: 1, to: 1))
        for number in 4..<6 as Range<UInt64> {
            let checkpoint = try #require(client.checkpoint)
            client = LightClient(genesis: genesis, checkpoint: try Checkpoint(rlp: checkpoint.rlp))
            #expect(client.wantedEpoch == 1)
            #expect(try client.advance(proof(header(number, epoch: 1))).number == number)
            try client.advance(change(number, epoch: 1, to: 1))
        }
        #expect(client.epoch == 1 && client.wantedEpoch == 2)
        try client.advance(proof(header(7, epoch: 2)))
        #expect(client.epoch == 2 && client.checkpoint?.epoch == 2)
    }

    /// The same change again, or a later one of the same epoch, takes nothing away.
    @Test func changesMayComeAgain() throws {
        var client = client
        let changes = [try change(1, epoch: 0, to: nil), try change(2, epoch: 1, to: 1), try change(3, epoch: 2, to: 2)]
        for change in changes { try client.advance(change) }
        #expect(client.epoch == 2)
        for change in changes.dropFirst(2) { try client.advance(change) }
        #expect(throws: LightClientError.wrongEpoch) { try client.advance(changes[1]) }
        #expect(client.epoch == 2 && client.wantedEpoch == 3)
        #expect(try client.advance(proof(header(9, epoch: 3))).number == 9)
    }

    @Test func aCheckpointAheadOfItsHeaderIsRefused() throws {
        let ahead = Checkpoint(epoch: 2, validators: sets[1], finalized: try header(3, epoch: 1))
        #expect(throws: RLPError.self) { try Checkpoint(rlp: ahead.rlp) }
    }

    @Test func checkpointGoesOnWhereItWasMade() throws {
        var client = client
        for change in [try change(1, epoch: 0, to: nil), try change(2, epoch: 1, to: 1)] { try client.advance(change) }
        try client.advance(proof(header(3, epoch: 2)))
        let checkpoint = try Checkpoint(rlp: try #require(client.checkpoint).rlp)
        var later = LightClient(genesis: genesis, checkpoint: checkpoint)
        #expect(later.epoch == 2)
        try later.advance(change(4, epoch: 2, to: 2))
        #expect(try later.advance(proof(header(9, epoch: 3))).number == 9)
    }
}

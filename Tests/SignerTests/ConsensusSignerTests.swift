import ChainTypes
import Cryptography
import Foundation
import Primitives
import Signer
import Testing

@Suite struct ConsensusSignerTests {
    let scratch: Scratch
    let key: MLDSAPrivateKey
    let genesis = Keccak256.hash([1])
    let a = Keccak256.hash([2])
    let b = Keccak256.hash([3])

    init() throws {
        scratch = try Scratch()
        key = try MLDSAPrivateKey(suite: .mldsa65, seed: [UInt8](repeating: 9, count: 32))
    }

    private func signer() throws -> ConsensusSigner { try ConsensusSigner(key: key, genesis: genesis, path: scratch.file("votes.log")) }

    private func ballot(_ kind: VoteKind, _ block: Hash, view: UInt64 = 5) -> Ballot {
        Ballot(epoch: 1, view: view, kind: kind, block: block)
    }

    @Test func signatureHoldsOverTheChainAndTheBallot() throws {
        let vote = try signer().sign(ballot(.notarize, a), as: 3)
        #expect(vote.validator == 3)
        let payload = vote.ballot.signingPayload(genesis: genesis)
        #expect(MLDSA.verify(
            suite: .mldsa65, publicKey: key.publicKey, message: payload, context: Ballot.signingContext, signature: vote.signature))
    }

    /// Every pair of ballots of one view, in both orders, with a restart between or not: refused exactly where the
    /// chain would take the two as evidence.
    @Test(arguments: [false, true]) func refusesExactlyWhatTheChainSlashes(restarts: Bool) throws {
        let ballots = [
            ballot(.propose, a), ballot(.propose, b), ballot(.notarize, a), ballot(.notarize, b), ballot(.nullify, .zero),
            ballot(.finalize, a), ballot(.finalize, b),
        ]
        for first in ballots {
            for second in ballots {
                try? FileManager.default.removeItem(atPath: scratch.file("votes.log"))
                var signer: ConsensusSigner? = try signer()
                let one = try #require(try signer?.sign(first, as: 0))
                if restarts {
                    signer = nil
                    signer = try self.signer()
                }
                let slashable = Evidence(one, Vote(ballot: second, validator: 0, signature: [])) != nil
                if slashable {
                    #expect(throws: SignerError.conflict(first)) { try signer?.sign(second, as: 0) }
                } else {
                    #expect(try signer?.sign(second, as: 0).ballot == second)
                }
            }
        }
    }

    @Test func otherViewsAndEpochsAreFree() throws {
        let signer = try signer()
        _ = try signer.sign(ballot(.finalize, a), as: 0)
        _ = try signer.sign(ballot(.finalize, b, view: 6), as: 0)
        _ = try signer.sign(Ballot(epoch: 2, view: 5, kind: .finalize, block: b), as: 0)
    }

    @Test func promiseIsOnDiskBeforeTheSignatureIsReleased() throws {
        let signer = try signer()
        let before = try scratch.bytes("votes.log").count
        _ = try signer.sign(ballot(.notarize, a), as: 0)
        let after = try scratch.bytes("votes.log").count
        #expect(after > before)
        // The same ballot says nothing new.
        _ = try signer.sign(ballot(.notarize, a), as: 0)
        #expect(try scratch.bytes("votes.log").count == after)
    }

    @Test func secondProcessIsRefused() throws {
        let first = try signer()
        #expect(throws: SignerError.locked(path: scratch.file("votes.log"))) { try signer() }
        _ = first.publicKey
    }

    @Test func otherKeyOrChainIsRefused() throws {
        _ = try signer()
        let other = try MLDSAPrivateKey(suite: .mldsa65, seed: [UInt8](repeating: 8, count: 32))
        let path = scratch.file("votes.log")
        #expect(throws: SignerError.foreign(path: path)) { try ConsensusSigner(key: other, genesis: genesis, path: path) }
        #expect(throws: SignerError.foreign(path: path)) { try ConsensusSigner(key: key, genesis: a, path: path) }
    }

    @Test func tornPromiseIsForgottenSinceNothingWasReleasedUnderIt() throws {
        _ = try signer().sign(ballot(.notarize, a), as: 0)
        let whole = try scratch.bytes("votes.log")
        _ = try signer().sign(ballot(.finalize, a), as: 0)
        try scratch.put(Array(try scratch.bytes("votes.log").prefix(whole.count + 20)), in: "votes.log")
        let signer = try signer()
        #expect(throws: SignerError.conflict(ballot(.notarize, a))) { try signer.sign(ballot(.notarize, b), as: 0) }
        _ = try signer.sign(ballot(.finalize, b), as: 0)
    }

    @Test func damagedPromiseIsAnErrorNotAnEmptyMemory() throws {
        _ = try signer().sign(ballot(.notarize, a), as: 0)
        var bytes = try scratch.bytes("votes.log")
        bytes[20] ^= 1
        try scratch.put(bytes, in: "votes.log")
        #expect(throws: SignerError.self) { try signer() }
    }
}

import ChainTypes
import NIOConcurrencyHelpers
import NIOPosix
import Node
import Primitives
import Replica
import TestKit
import Testing

/// What is verified, and how often.
@Suite(.timeLimit(.minutes(2))) struct VerifierTests {
    private let peer = Hash(UInt256(1))
    private let other = Hash(UInt256(2))

    private func vote(_ view: UInt64, byte: UInt8 = 0) -> Vote {
        Vote(
            ballot: Ballot(epoch: 0, view: view, kind: .nullify, block: .zero), validator: 0,
            signature: [UInt8](repeating: byte, count: 3309))
    }

    private func certificate(byte: UInt8 = 0) -> Certificate {
        Certificate(ballot: vote(1).ballot, shares: [.init(validator: 0, signature: vote(1, byte: byte).signature)])
    }

    @Test func aVoteThatIsBeingVerifiedIsNotVerifiedAgain() {
        let first = [Check.vote(vote(1), from: peer), .certificate(certificate(), from: peer)]
        let again = [Check.vote(vote(1), from: other), .certificate(certificate(), from: other)]
        // A false signature does not keep the true one out.
        let forged = [Check.vote(vote(1, byte: 1), from: other), .certificate(certificate(byte: 1), from: other)]
        var checks = ChecksInFlight()
        let begun = [first, again, forged].map { $0.map { checks.begin($0) } }
        #expect(begun == [[true, true], [false, false], [true, true]])
        for check in first + forged { checks.end(check) }
        #expect(checks.isEmpty)
        let afterwards = again.map { checks.begin($0) }
        #expect(afterwards == [true, true])
    }

    @Test func ofOnePeerABoundedNumberOfVotesWaitsAndOthersAreTakenIn() async throws {
        let threads = NIOThreadPool(numberOfThreads: 1)
        threads.start()
        let pool = WorkPool(threads: threads, count: 1)
        let gate = NIOLockedValueBox((held: false, open: false))
        pool.submit(.votes, for: .zero) {
            gate.withLockedValue { $0.held = true }
            while !gate.withLockedValue({ $0.open }) {}
        }
        try await eventually { gate.withLockedValue { $0.held } }
        let verifier = Verifier(pool: pool, genesis: .zero)
        let results = NIOLockedValueBox(0)
        let validators = try #require(ValidatorSet([]) ?? Self.oneValidator)
        var taken = 0
        for view in 0..<UInt64(2 * Verifier.maximumVotes) {
            let isTaken = verifier.verify(.vote(vote(view), from: peer), by: validators) { _ in results.withLockedValue { $0 += 1 } }
            if isTaken { taken += 1 }
        }
        #expect(taken == Verifier.maximumVotes)
        #expect(verifier.verify(.vote(vote(9999), from: other), by: validators) { _ in results.withLockedValue { $0 += 1 } })
        gate.withLockedValue { $0.open = true }
        try await eventually { results.withLockedValue { $0 } == Verifier.maximumVotes + 1 }
        // What was refused may come again.
        #expect(verifier.verify(.vote(vote(UInt64(2 * Verifier.maximumVotes - 1)), from: peer), by: validators) { _ in })
        pool.stop()
        try await threads.shutdownGracefully()
    }

    private static var oneValidator: ValidatorSet? {
        let key = [UInt8](repeating: 0, count: 1952)
        return ValidatorSet([Validator(address: .zero, power: 1, consensusKey: key, nodeKey: key, endpoint: "", moniker: "")])
    }
}

import ChainTypes
import NIOConcurrencyHelpers
import Primitives
import Replica

/// Verifies signatures on the threads of a pool: votes first, nothing twice at the same time, and of each peer a
/// bounded number.
package final class Verifier: Sendable {
    /// Votes and proposals of one peer that may wait; what is dropped is sent again when progress stops.
    package static let maximumVotes = 512
    /// Votes of a stranger, which count only as evidence against whoever signed them.
    static let maximumStrangersVotes = 16
    /// Certificates and runs of blocks.
    package static let maximumCertificates = 8

    private let pool: WorkPool
    private let genesis: Hash
    private let inFlight = NIOLockedValueBox(ChecksInFlight())

    package init(pool: WorkPool, genesis: Hash) {
        self.pool = pool
        self.genesis = genesis
    }

    /// - Parameter then: gets the result, on a thread of the pool; never, where the same is being verified already or
    /// too much of the peer's waits. A transaction always gets one.
    /// - Returns: whether it was taken in.
    @discardableResult
    package func verify(
        _ check: Check, by validators: ValidatorSet, ofStranger: Bool = false,
        then: @escaping @Sendable (CheckResult) -> Void
    ) -> Bool {
        guard inFlight.withLockedValue({ $0.begin(check) }) else { return false }
        let (urgency, limit) = Self.terms(of: check, ofStranger: ofStranger)
        let isTaken = pool.submit(urgency, for: check.source ?? .zero, limit: limit) { [self] in
            let result = check.run(genesis: genesis, validators: validators)
            inFlight.withLockedValue { $0.end(check) }
            then(result)
        }
        if !isTaken { inFlight.withLockedValue { $0.end(check) } }
        return isTaken
    }

    private static func terms(of check: Check, ofStranger: Bool) -> (WorkPool.Urgency, limit: Int) {
        switch check {
        case .vote where ofStranger: (.guests, maximumStrangersVotes)
        case .vote, .proposal: (.votes, maximumVotes)
        case .certificate, .finalized: (.certificates, maximumCertificates)
        // Their frames are bounded, and the replica counts those that it waits for.
        case .transaction(_, .proposal): (.votes, .max)
        case .transaction: (.transactions, .max)
        }
    }
}

/// Votes and certificates that are being verified. Peers pass the same ones on.
package struct ChecksInFlight: Sendable {
    private var votes: Set<Vote> = []
    /// Several for one ballot differ in their signatures: one that is false does not keep a true one out.
    private var certificates: [Ballot: [Certificate]] = [:]

    package init() {}

    /// False where the same is under way.
    package mutating func begin(_ check: Check) -> Bool {
        switch check {
        case .vote(let vote, _): return votes.insert(vote).inserted
        case .certificate(let certificate, _):
            guard !certificates[certificate.ballot, default: []].contains(certificate) else { return false }
            certificates[certificate.ballot, default: []].append(certificate)
            return true
        case .proposal, .finalized, .transaction: return true
        }
    }

    package mutating func end(_ check: Check) {
        switch check {
        case .vote(let vote, _): votes.remove(vote)
        case .certificate(let certificate, _):
            let others = certificates[certificate.ballot, default: []].filter { $0 != certificate }
            certificates[certificate.ballot] = others.isEmpty ? nil : others
        case .proposal, .finalized, .transaction: break
        }
    }

    package var isEmpty: Bool { votes.isEmpty && certificates.isEmpty }
}

extension Check {
    /// The peer from which it came; nil for users, and for what this node asked for.
    var source: Hash? {
        switch self {
        case .vote(_, let peer), .proposal(_, let peer), .certificate(_, let peer), .finalized(_, _, let peer): peer
        case .transaction(_, .peer(let peer)): peer
        case .transaction: nil
        }
    }
}

import ChainTypes

/// What a peer may cost, in microseconds of a core: it fills up with time, and whoever has used it up waits.
package struct CostBudget: Sendable {
    package struct Allowance: Hashable, Sendable {
        package var perSecond: Int
        /// What can be saved up.
        package var most: Int

        /// For peers that the chain or this node has chosen: they may keep a core busy.
        package static let own = Allowance(perSecond: 1_000_000, most: 2_000_000)
        /// For anyone else: a tenth of a core.
        package static let guest = Allowance(perSecond: 100_000, most: 200_000)
    }

    private let allowance: Allowance
    private var left: Int
    /// Milliseconds that never run backwards.
    private var updated: UInt64

    /// A newcomer has saved up little: a new key costs nothing.
    package init(_ allowance: Allowance, now: UInt64) {
        self.allowance = allowance
        left = allowance.most / 10
        updated = now
    }

    /// What was useful may be given back as a negative cost.
    package mutating func charge(_ cost: Int, now: UInt64) {
        refill(now)
        left = min(allowance.most, left - cost)
    }

    /// Milliseconds until the next piece may run; 0 while something is left.
    package func wait(now: UInt64) -> Int {
        var then = self
        then.refill(now)
        return then.left > 0 ? 0 : (1 - then.left) * 1000 / allowance.perSecond + 1
    }

    private mutating func refill(_ now: UInt64) {
        let elapsed = Int(clamping: min(now - min(now, updated), 3_600_000))
        left = min(allowance.most, left + elapsed * allowance.perSecond / 1000)
        updated = max(updated, now)
    }
}

/// What handling costs, in microseconds of a core, from measurements of the parts.
package enum Cost {
    /// Reading or writing bytes as a message, and passing them through TLS.
    package static func bytes(_ count: Int) -> Int { 10 + count / 100 }

    /// What the replica does with a message before any signature is verified.
    package static func handling(_ message: WireMessage) -> Int {
        switch message {
        case .transactions(let transactions): transactions.count * admission
        case .getTransactions(let hashes): 20 + hashes.count * 10
        case .challengeAnswer: 500
        default: 20
        }
    }

    /// Looking whether a transaction can pay.
    package static let admission = 60

    /// Given back when a transaction turns out to be signed and paid for.
    package static func admitted(_ transaction: SignedTransaction) -> Int {
        admission + (transaction.transaction.blockForm.count + transaction.witnessBytes) / 100
    }

    /// Reads for an answer; what is looked up in the state costs them even where there is none.
    package static func reads(for question: WireMessage, _ answer: WireMessage?) -> Int {
        if question == .getChallenges { return answer == nil ? 500 : 2000 }
        return switch answer {
        case .finalized(let blocks, let proof): 50 + (blocks.count + proof.headers.count) * 20
        case .finality(let proof): 50 + proof.headers.count * 20
        case .epochs(let changes): 50 + changes.count * 100
        case nil: 30
        default: 50
        }
    }
}

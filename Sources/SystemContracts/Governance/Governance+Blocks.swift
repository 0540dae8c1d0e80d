import ChainTypes
import Primitives
import WorldState

// What happens at the end of blocks. Nothing here throws for what a proposal contains or how it was voted on.
extension Governance {
    /// How many proposals' time for deposits ends in one block.
    private static let maximumExpiriesPerBlock = 64
    /// How many votes are counted at the end of one block: each reads every validator, and one account can let all end at once.
    private static let maximumCountsPerBlock = 4

    /// Forgets an upgrade that has come, ends what is over, and carries out what is due.
    static func endBlock(_ facts: BlockFacts, _ hook: inout HookState) throws(NativeFailure) {
        try hook.attempt(.upgrade) { (hook) throws(NativeFailure) in try forgetUpgrade(at: facts.number, &hook) }
        try hook.attempt(.expiry, expire)
        try hook.attempt(.vote, endVotes)
        try hook.attempt(.execution, executeDue)
    }

    private static func forgetUpgrade(at height: UInt64, _ hook: inout HookState) throws(NativeFailure) {
        guard let plan = try plan(&hook), plan.height <= height else { return }
        try numbers.set(.protocolVersion, UInt256(plan.version), &hook)
        try setPlan(nil, &hook)
    }

    /// Ends the wait of the oldest proposals for their deposits.
    private static func expire(_ hook: inout HookState) throws(NativeFailure) {
        let (first, last) = (try numbers.number(.closedUpTo, &hook), try numbers.number(.proposals, &hook))
        var closed = first
        while closed < last, closed.since(first) < maximumExpiriesPerBlock {
            let id = closed &+ 1
            if try status(id, &hook) == .deposit {
                guard try proposal(id).number(.depositEnd, &hook) <= hook.seconds else { break }
                try set(id, .expired, &hook)
                try numbers.subtract(.open, .one, &hook)
            }
            closed = id
        }
        if closed != first { try numbers.set(.closedUpTo, UInt256(closed), &hook) }
    }

    private static func endVotes(_ hook: inout HookState) throws(NativeFailure) {
        var (index, counted): (UInt64, Int) = (0, 0)
        while counted < maximumCountsPerBlock, index < (try voting.count(&hook)) {
            let id = try voting.id(index, &hook)
            guard try proposal(id).number(.votingEnd, &hook) <= hook.seconds else {
                index &+= 1
                continue
            }
            counted &+= 1
            if try endVoteOrFail(id, &hook) { try voting.remove(index, &hook) } else { index &+= 1 }
        }
    }

    /// A vote that cannot be counted has failed: depositors are paid back, nothing is carried out.
    private static func endVoteOrFail(_ id: UInt64, _ hook: inout HookState) throws(NativeFailure) -> Bool {
        let hasEnded = try hook.attempt(.vote) { (hook) throws(NativeFailure) in try endVote(id, &hook) }
        if let hasEnded { return hasEnded }
        try fail(id, "the votes cannot be counted", &hook)
        return true
    }

    private static func fail(_ id: UInt64, _ reason: String, _ hook: inout HookState) throws(NativeFailure) {
        try set(id, .failed, &hook)
        try hook.storeBlob(failureKey(id), Array(reason.utf8), of: address)
    }

    /// Decides; false where the vote goes on.
    private static func endVote(_ id: UInt64, _ hook: inout HookState) throws(NativeFailure) -> Bool {
        let record = proposal(id)
        let isExpedited = try record.flag(.isExpedited, &hook)
        let tally = try tally(id, &hook)
        let outcome = try tally.outcome(
            quorum: try Parameters.get(.quorum, &hook),
            threshold: try Parameters.get(isExpedited ? .expeditedThreshold : .passThreshold, &hook),
            vetoThreshold: try Parameters.get(.vetoThreshold, &hook))
        if isExpedited, outcome == .rejected {
            // It becomes a regular one: the event says that the vote goes on.
            try record.set(.isExpedited, .zero, &hook)
            try set(id, .voting, &hook)
            try record.set(.votingEnd, UInt256(try votingEnd(id, &hook)), &hook)
            return false
        }
        try write(tally, of: id, &hook)
        switch outcome {
        case .passed:
            try set(id, .queued, &hook)
            try record.set(.executeAt, UInt256(hook.seconds.later(by: try Parameters.seconds(.timelockMilliseconds, &hook))), &hook)
            try queue.append([UInt256(id)], &hook)
        case .rejected: try set(id, .rejected, &hook)
        case .vetoed:
            try set(id, .vetoed, &hook)
            try forfeit(id, wei: try record.get(.deposit, &hook), &hook)
        }
        return true
    }

    private static func executeDue(_ hook: inout HookState) throws(NativeFailure) {
        var index: UInt64 = 0
        while index < (try queue.count(&hook)) {
            let id = try queue.id(index, &hook)
            guard try proposal(id).number(.executeAt, &hook) <= hook.seconds else {
                index &+= 1
                continue
            }
            try queue.remove(index, &hook)
            try execute(id, &hook)
        }
    }

    /// Carries a proposal out, wholly or not at all.
    private static func execute(_ id: UInt64, _ hook: inout HookState) throws(NativeFailure) {
        let text = try text(id, &hook)
        let kind = ProposalKind(rawValue: UInt8(truncatingIfNeeded: try proposal(id).number(.kind, &hook)))
        let checkpoint = hook.state.checkpoint()
        do throws(NativeFailure) {
            guard let kind else { throw .revert("there is no such kind of proposal") }
            try ProposalAction(kind, payload: text.payload).carryOut(&hook)
            try set(id, .executed, &hook)
        } catch {
            guard case .revert(let reason) = error else { throw error }
            hook.state.revert(to: checkpoint)
            try fail(id, reason, &hook)
        }
    }
}

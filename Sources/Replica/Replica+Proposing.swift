import ChainTypes
import Execution
import Mempool
import Primitives
import SystemContracts

/// A view in which this validator leads and has not proposed yet.
struct ProposalSlot: Sendable {
    let view: UInt64
    let parent: Hash
    /// By this node's clock, which may be behind the one that dated the parent: waiting begins here at the latest.
    let openedAt: UInt64
}

/// The block that this validator proposed last.
struct OwnProposal: Sendable {
    let id: Hash
    let transactionHashes: [Hash]
}

/// The leader's side: when to propose, and what.
extension Replica {
    /// Consensus lets us propose on a parent; pacing decides when.
    mutating func mayPropose(view: UInt64, parent: Hash) {
        proposing = ProposalSlot(view: view, parent: parent, openedAt: now)
        proposeIfDue(view)
    }

    mutating func proposalMayBeDue() {
        if let slot = proposing { proposeIfDue(slot.view) }
    }

    /// Proposes soon after the parent when transactions wait, else at the heartbeat.
    mutating func proposeIfDue(_ view: UInt64) {
        guard let slot = proposing, slot.view == view, let parent = tree[slot.parent], knowsRules(after: parent) else {
            return
        }
        settleLastProposal(on: parent)
        if parent.endsEpoch, parent.id != head.id { return proposeAgain(parent) }
        let parameters = configuration.spec.parameters
        let parentTime = min(parent.block.envelope.timeMilliseconds, slot.openedAt)
        let soon = parentTime + parameters.proposeDelayMilliseconds
        let heartbeat = parentTime + parameters.heartbeatMilliseconds
        let candidates = now >= soon ? candidates(after: parent) : nil
        guard now >= heartbeat || candidates?.isEmpty == false else {
            return emit(.setTimer(.propose(view), atMilliseconds: now < soon ? soon : heartbeat))
        }
        proposing = nil
        propose(candidates, slot: slot, parent: parent)
    }

    /// The epoch's last block is not final yet: nothing may stand on it, so it is proposed again.
    private mutating func proposeAgain(_ last: ExecutedBlock) {
        proposing = nil
        feedConsensus(.built(last.block.sealed, transactionHashes: last.block.transactions.map(\.hash)))
    }

    /// What waits and could follow a block. The mempool counts nonces from the newest final block, so those of the
    /// blocks between are told to it.
    private func candidates(after parent: ExecutedBlock) -> Candidates? {
        guard mempool.count > 0, let branch = tree.branch(to: parent.id) else { return nil }
        var nonces: [Address: UInt64] = [:]
        for block in branch {
            for transaction in block.block.transactions { nonces[transaction.body.sender] = transaction.body.nonce + 1 }
        }
        let baseFee = BaseFee.next(after: parent.block.header, witnessBytes: parent.witnessBytes)
        return mempool.candidates(baseFee: baseFee, nonces: nonces)
    }

    /// A quarter of the view's time leaves the others three to fetch the block, to execute it and to vote.
    private func budget(for slot: ProposalSlot, on parent: ExecutedBlock) -> BuildBudget {
        var budget = BuildBudget()
        budget.milliseconds = configuration.spec.parameters.viewTimeoutMilliseconds / 4
        budget.stopwatch = configuration.stopwatch
        budget.suspects = mempool.setBack
        let (before, header) = (parent.block.envelope.view, parent.block.header)
        budget.shrink(missedViews: slot.view > before ? slot.view - before - 1 : 0, gasLimit: header.gasLimit)
        return budget
    }

    /// Our last block is not under this parent, so its view was nullified: perhaps because of what was in it.
    private mutating func settleLastProposal(on parent: ExecutedBlock) {
        guard let last = lastProposal else { return }
        lastProposal = nil
        // What became final is not in the mempool any more.
        if tree.branch(to: parent.id)?.contains(where: { $0.id == last.id }) != true {
            mempool.putBack(last.transactionHashes)
        }
    }

    private mutating func propose(_ candidates: Candidates?, slot: ProposalSlot, parent: ExecutedBlock) {
        guard let state = tree.state(after: parent.id), let numbers = configuration.validator?.numbers else { return }
        let earliest =
            parent.block.envelope.timeMilliseconds + configuration.spec.parameters.minimumBlockIntervalMilliseconds
        do {
            let built = try builder.build(
                on: parent, state: state, candidates: candidates ?? .empty, view: slot.view, numbers: numbers,
                timeMilliseconds: max(now, earliest), doubleSigns: doubleSigns, answers: answers,
                budget: budget(for: slot, on: parent))
            let hashes = built.block.block.transactions.map(\.hash)
            // With several blocks open, what fails on this branch may yet run on another.
            if tree.pendingCount <= 1 { for transaction in built.failed { mempool.drop(transaction.hash) } }
            if let slow = built.slow { mempool.overran(slow.hash) }
            lastProposal = OwnProposal(id: built.block.id, transactionHashes: hashes)
            accept(built.block)
            feedConsensus(.built(built.block.block.sealed, transactionHashes: hashes))
        } catch {
            // Nothing but the state itself can be at fault here.
            halt(Self.unreadable(error))
        }
    }
}

import ChainTypes
import Execution
import Primitives
import SystemContracts

/// A view in which this validator leads and has not proposed yet.
struct ProposalSlot: Sendable {
    let view: UInt64
    let parent: Hash
}

/// The leader's side: when to propose, and what.
extension Replica {
    /// Consensus lets us propose on a parent; pacing decides when.
    mutating func mayPropose(view: UInt64, parent: Hash) {
        proposing = ProposalSlot(view: view, parent: parent)
        proposeIfDue(view)
    }

    mutating func proposalMayBeDue() {
        if let slot = proposing { proposeIfDue(slot.view) }
    }

    /// Proposes soon after the parent when transactions wait, else at the heartbeat.
    mutating func proposeIfDue(_ view: UInt64) {
        guard let slot = proposing, slot.view == view, let parent = tree[slot.parent], knowsRules(after: parent) else { return }
        if parent.endsEpoch, parent.id != head.id { return proposeAgain(parent) }
        let parameters = configuration.spec.parameters
        let parentTime = min(parent.block.envelope.timeMilliseconds, now)
        let soon = parentTime + parameters.proposeDelayMilliseconds
        let heartbeat = parentTime + parameters.heartbeatMilliseconds
        let candidates = now >= soon ? self.candidates(after: parent) : []
        guard now >= heartbeat || !candidates.isEmpty else {
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

    private func candidates(after parent: ExecutedBlock) -> [SignedTransaction] {
        guard mempool.count > 0, let state = tree.state(after: parent.id) else { return [] }
        let baseFee = BaseFee.next(after: parent.block.header, witnessBytes: parent.witnessBytes)
        let chosen = try? mempool.candidates(
            baseFee: baseFee, gasLimit: (try? Parameters.blockGasLimit(state)) ?? parent.block.header.gasLimit, maximumCount: Block.maximumTransactions
        ) { try state.account($0)?.nonce ?? 0 }
        return chosen?.map(\.signed) ?? []
    }

    private mutating func propose(_ candidates: [SignedTransaction], slot: ProposalSlot, parent: ExecutedBlock) {
        guard let state = tree.state(after: parent.id), let numbers = configuration.validator?.numbers else { return }
        let earliest = parent.block.envelope.timeMilliseconds + configuration.spec.parameters.minimumBlockIntervalMilliseconds
        do {
            let (block, failed) = try builder.build(
                on: parent, state: state, candidates: candidates, view: slot.view, numbers: numbers,
                timeMilliseconds: max(now, earliest), doubleSigns: doubleSigns, answers: answers)
            // With several blocks open, what fails on this branch may yet run on another.
            if tree.pendingCount <= 1 { for transaction in failed { mempool.drop(transaction) } }
            accept(block)
            feedConsensus(.built(block.block.sealed, transactionHashes: block.block.transactions.map(\.hash)))
        } catch {
            // Only an unreadable state gets here; the view's timer passes the turn on.
            emit(.misbehaved(.zero, "could not build a block: \(error)"))
        }
    }
}

import ChainTypes
import Primitives

/// Proposals, and which block may stand on which.
extension Simplex {
    /// The newest notarized block such that every view between it and this one is nullified.
    func parent(of view: UInt64) -> Hash? {
        var candidate = view - 1
        while candidate > finalizedView {
            if let notarization = rounds[candidate]?.notarization { return notarization.ballot.block }
            guard rounds[candidate]?.nullification != nil else { return nil }
            candidate -= 1
        }
        return finalizedBlock
    }

    /// The block on which the leader of the current view builds; nil while certificates are missing.
    public var parent: Hash? { parent(of: view) }

    /// The view in which the parent of a block of `view` was notarized; nil while certificates do not show that it may be
    /// the parent.
    func viewOfParent(_ parent: Hash, in view: UInt64) -> UInt64? {
        var candidate = view - 1
        while candidate > finalizedView {
            if rounds[candidate]?.notarization?.ballot.block == parent { return candidate }
            guard rounds[candidate]?.nullification != nil else { return nil }
            candidate -= 1
        }
        return parent == finalizedBlock ? finalizedView : nil
    }

    mutating func received(_ proposal: Proposal) {
        guard wants(proposal) else { return }
        let view = proposal.vote.ballot.view
        add(proposal.vote)
        guard rounds[view]?.proposal == nil else { return }
        rounds[view, default: Round()].proposal = proposal
        rounds[view]?.changedAt = now
        emit(.gather(proposal))
        considerProposal()
    }

    /// Asks for the validity of the current view's proposal once its parent is certified; until then it waits.
    mutating func considerProposal() {
        guard let round = rounds[view], let proposal = round.proposal, !round.validationAsked, !round.own.notarized,
            !round.own.nullified, viewOfParent(proposal.base, in: view) != nil
        else { return }
        rounds[view]?.validationAsked = true
        emit(.validate(proposal.sealed.id, isRepeated: proposal.isRepeated))
    }

    mutating func validated(_ id: Hash) {
        guard let round = rounds[view], round.proposal?.sealed.id == id, round.validationAsked, !round.own.notarized,
            !round.own.nullified
        else { return }
        sign(.notarize, view, id)
    }

    /// A leader that proposes an invalid block has had its turn.
    mutating func refused(_ id: Hash) {
        guard let round = rounds[view], round.proposal?.sealed.id == id, round.validationAsked, !round.own.notarized else { return }
        rounds[view]?.isRefused = true
        nullify(view)
    }

    mutating func built(_ sealed: SealedHeader, _ hashes: [Hash]) {
        // An earlier view's block is the last one of the epoch, proposed again.
        guard sealed.envelope.view <= view, schedule.leader(of: view) == configuration.me, rounds[view]?.own.proposed != true else { return }
        unsigned = (sealed, hashes)
        sign(.propose, view, sealed.id)
    }
}

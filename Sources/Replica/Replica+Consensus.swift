import ChainTypes
import Consensus
import Cryptography
import Primitives
import StoreAPI

/// Between the replica and the consensus core.
extension Replica {
    /// Begins to vote in the epoch after the newest final block, or not.
    /// - Parameter log: what was said in the epoch already.
    mutating func enterEpoch(finalization: Certificate?, log: [WALRecord]) {
        validatorPeers.follow(epoch.validators)
        resent = resent.filter { validatorPeers.contains($0.key) }
        awaited = nil
        proposing = nil
        consensus = validatorIndex.map { me in
            Simplex(
                Simplex.Configuration(
                    genesis: genesis, epoch: epoch.number, validators: epoch.validators, me: me,
                    viewTimeoutMilliseconds: configuration.spec.parameters.viewTimeoutMilliseconds),
                finalized: head.block.sealed, finalization: finalization, log: log)
        }
    }

    /// After the last block of an epoch: the next one has its own core, which knows nothing of the old one's views.
    mutating func changeEpoch(_ finalization: Certificate) {
        enterEpoch(finalization: finalization, log: [])
        forgetLog()
        emit(.epochStarted(epoch.state))
        feedConsensus(.start)
        emit(.broadcast(.status(status), to: .everyone))
    }

    mutating func feedConsensus(_ event: Simplex.Event) {
        guard let results = consensus?.handle(event, now: now) else { return }
        let current = epoch.number
        // A finalization may end the epoch: what its core wants after that is void.
        for effect in results where epoch.number == current { carryOut(effect) }
    }

    private mutating func carryOut(_ effect: Simplex.Effect) {
        switch effect {
        case .persist(let record): persist(record)
        case .sign(let ballot): if let validatorIndex { emit(.sign(ballot, as: validatorIndex)) }
        case .broadcast(let message): emit(.broadcast(message, to: .validators))
        case .send(let message, let peer): emit(.send(message, to: peer))
        case .propose(let view, let parent): mayPropose(view: view, parent: parent)
        case .gather(let proposal): gather(proposal)
        case .gatherNotarized(let id, let view): gatherCertified(id, view: view)
        case .validate(let id, let isRepeated): validate(id, isRepeated: isRepeated)
        case .setTimer(let view, let deadline): emit(.setTimer(.view(view, epoch: epoch.number), atMilliseconds: deadline))
        case .finalized(let id, let certificate): finalize(id, certificate)
        case .evidence(let evidence): keep(evidence)
        case .viewEntered(let view, let leader):
            proposing = proposing.flatMap { $0.view < view ? nil : $0 }
            forgetOldBlocks()
            emit(.viewEntered(view: view, leader: leader))
        case .missedProposal(let validator): emit(.missedProposal(validator: validator))
        }
    }

    mutating func signed(_ vote: Vote) { feedConsensus(.signed(vote)) }

    private mutating func persist(_ record: WALRecord) {
        var batch = WriteBatch()
        batch.put(.wal, ChainSchema.key(nextLogNumber), record.rlp)
        nextLogNumber += 1
        loggedViews.append(record.view)
        emit(.commit(batch, durable: true))
    }

    /// Forgets records of views that are final.
    mutating func pruneLog() {
        guard let view = consensus.map({ _ in head.block.envelope.view }) else { return }
        var batch = WriteBatch()
        while let first = loggedViews.first, first <= view {
            batch.delete(.wal, ChainSchema.key(nextLogNumber - UInt64(loggedViews.count)))
            loggedViews.removeFirst()
        }
        if !batch.isEmpty { emit(.commit(batch, durable: false)) }
    }

    /// Forgets the whole log.
    private mutating func forgetLog() {
        var batch = WriteBatch()
        for number in nextLogNumber - UInt64(loggedViews.count)..<nextLogNumber { batch.delete(.wal, ChainSchema.key(number)) }
        loggedViews.removeAll()
        if !batch.isEmpty { emit(.commit(batch, durable: false)) }
    }

    /// Where this replica stands, for its peers.
    var status: PeerStatus {
        PeerStatus(
            epoch: epoch.number, view: consensus?.view ?? 0, finalizedNumber: head.block.number, finalizedBlock: head.id,
            votesHeld: consensus?.votesHeld ?? [.zero, .zero, .zero])
    }
}

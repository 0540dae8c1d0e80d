import ChainTypes
import Consensus
import Cryptography
import Primitives
import StoreAPI

/// Between the replica and the consensus core.
extension Replica {
    /// The core as the log left it; its first event comes with `start`.
    func recoverConsensus(me: Int, log: [WALRecord]) throws(StartFailure) -> Simplex {
        let spec = configuration.spec
        do {
            return Simplex(
                Simplex.Configuration(
                    genesis: genesis, epoch: 0, validators: spec.validators, me: me,
                    viewTimeoutMilliseconds: spec.parameters.viewTimeoutMilliseconds),
                finalized: head.block.sealed, finalization: try store.certificate(head.block.number), log: log)
        } catch { throw .store(error) }
    }

    mutating func feedConsensus(_ event: Simplex.Event) {
        guard let results = consensus?.handle(event, now: now) else { return }
        for effect in results { carryOut(effect) }
    }

    private mutating func carryOut(_ effect: Simplex.Effect) {
        switch effect {
        case .persist(let record): persist(record)
        case .sign(let ballot): emit(.sign(ballot))
        case .broadcast(let message): emit(.broadcast(message, to: .validators))
        case .send(let message, let peer): emit(.send(message, to: peer))
        case .propose(let view, let parent): mayPropose(view: view, parent: parent)
        case .validate(let id): validate(id)
        case .setTimer(let view, let deadline): emit(.setTimer(.view(view), atMilliseconds: deadline))
        case .finalized(let id, let certificate): finalize(id, certificate)
        case .evidence(let evidence): keep(evidence)
        case .viewEntered(let view, let leader):
            proposing = proposing.flatMap { $0.view < view ? nil : $0 }
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

    private mutating func keep(_ evidence: Evidence) {
        var batch = WriteBatch()
        let bytes = evidence.rlp
        batch.put(.evidence, Keccak256.hash(bytes).bytes, bytes)
        emit(.commit(batch, durable: true))
        emit(.evidence(evidence))
    }

    /// Where this replica stands, for its peers.
    var status: PeerStatus {
        PeerStatus(
            epoch: 0, view: consensus?.view ?? 0, finalizedNumber: head.block.number, finalizedBlock: head.id,
            votesHeld: consensus?.votesHeld ?? [.zero, .zero, .zero])
    }
}

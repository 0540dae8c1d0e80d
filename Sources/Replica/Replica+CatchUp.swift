import ChainTypes
import LightClient
import Primitives
import StoreAPI

/// Fetching blocks that are final elsewhere.
extension Replica {
    mutating func received(_ status: PeerStatus, from peer: Hash) {
        // A message may come behind the news that its sender is gone.
        guard peers.contains(peer) else { return }
        catchUp.learned(status.finalizedNumber, of: peer)
        validatorPeers.learn(status.finalizedNumber, of: peer)
        if validatorPeers.contains(peer) {
            feedConsensus(.peerStatus(status, from: peer))
        }
        // A voting replica gets the next block by its own votes; only when further behind does it fetch.
        let slack: UInt64 = consensus == nil || status.epoch > epoch.number ? 0 : 2
        if status.finalizedNumber > head.block.number &+ slack { requestCatchUp() }
    }

    mutating func requestCatchUp() {
        let height = head.block.number
        guard let peer = catchUp.next(above: height, preferred: validatorPeers, now: now) else { return }
        emit(.send(.getFinalized(from: height + 1, maximum: WireMessage.maximumBlocks), to: peer))
    }

    /// Blocks that a peer says are final. Everything about them but the signatures is looked at before those are verified.
    mutating func received(_ blocks: [Block], _ proof: FinalityProof, from peer: Hash) {
        guard catchUp.isAsked(peer) else { return }
        let new = blocks.filter { $0.number > head.block.number }
        guard let last = new.last, proof.certificate.ballot.epoch == epoch.number else {
            catchUp.answeredInVain(peer)
            return requestCatchUp()
        }
        guard proof.isLinked, proof.sealed?.id == last.id, isRun(new) else {
            catchUp.broke(peer, now: now)
            return emit(.misbehaved(peer, "sent blocks that are not a run up to a final one"))
        }
        check(.finalized(new, proof, from: peer))
    }

    /// Whether blocks follow each other, from the one above the newest final one on. With the last one proven final so are
    /// all: each names its parent.
    private func isRun(_ blocks: [Block]) -> Bool {
        guard blocks.first?.number == head.block.number + 1 else { return false }
        return zip(blocks, blocks.dropFirst()).allSatisfy { parent, child in
            child.number == parent.number + 1 && child.envelope.parent == parent.id
        }
    }

    /// Executes blocks that are final elsewhere. Their certificate vouches for the signatures inside, so nothing of them gets
    /// into the tree of blocks that this replica has verified: they are final at once or not at all.
    mutating func adopt(_ blocks: [Block], _ proof: FinalityProof, from peer: Hash) {
        catchUp.kept(peer)
        // The head may have moved while the signatures were verified.
        let new = blocks.filter { $0.number > head.block.number }
        guard let first = new.first, proof.certificate.ballot.epoch == epoch.number else { return requestCatchUp() }
        guard first.envelope.parent == head.id else {
            return halt(diverged(at: head.block.number, "a quorum has finalised another block"))
        }
        var run: [ExecutedBlock] = []
        for block in new {
            guard let executed = executeFinal(block, after: run) else { return }
            run.append(executed)
        }
        commit(run, proof.certificate)
        feedConsensus(.finalizedBySync(head.block.sealed, proof.certificate))
        requestCatchUp()
    }

    /// nil where this node does not know the rules, or where it has stopped because it gets something else.
    private mutating func executeFinal(_ block: Block, after run: [ExecutedBlock]) -> ExecutedBlock? {
        if let known = tree[block.id] { return known }
        let parent = run.last ?? head
        let state = tree.state(after: run)
        guard knowsRules(after: parent, state) else { return nil }
        do { return try builder.validate(block, on: parent, state: state) } catch .state(let error) {
            halt(Self.unreadable(error))
        } catch {
            halt(diverged(at: block.number, "\(error)"))
        }
        return nil
    }
}

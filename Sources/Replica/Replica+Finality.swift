import ChainTypes
import Primitives
import StoreAPI
import SystemContracts
import WorldState

/// Finalization: one storage transaction for certificate, blocks and state.
extension Replica {
    /// Consensus has a finalization. Its block may still be on its way here.
    mutating func finalize(_ id: Hash, _ certificate: Certificate) {
        certificates[id] = certificate
        settleCertified()
        if certificates[id] != nil { requestCatchUp() }
    }

    /// Makes certified blocks final whose branch is complete.
    mutating func settleCertified() {
        for id in certificates.keys.sorted() {
            if let block = tree[id], block.block.number <= head.block.number {
                certificates[id] = nil
            } else if let certificate = certificates[id], tree.branch(to: id) != nil {
                certificates[id] = nil
                commit(id, certificate)
            }
        }
    }

    private mutating func commit(_ id: Hash, _ certificate: Certificate) {
        guard let (final, dropped) = tree.finalize(id) else { return }
        var batch = WriteBatch()
        for block in final { write(block, to: &batch) }
        for block in final + dropped { storedBodies.remove(block.id) }
        for block in final + dropped { batch.delete(.local, ChainSchema.pending + block.id.bytes) }
        for block in dropped { batch.delete(.block, block.id.bytes) }
        // A proof may come from a later block's certificate, which is kept with that block.
        if certificate.ballot.block == id { batch.put(.certificate, ChainSchema.key(head.block.number), certificate.rlp) }
        batch.put(.meta, ChainSchema.finalizedNumber, ChainSchema.key(head.block.number))
        if head.endsEpoch { EpochSchema.end(head, to: &batch) }
        emit(.commit(batch, durable: true))
        for block in final { emit(.finalized(block)) }
        afterFinalization(final)
        if head.endsEpoch { changeEpoch(certificate) }
    }

    private func write(_ block: ExecutedBlock, to batch: inout WriteBatch) {
        let number = block.block.number
        batch.put(.header, ChainSchema.key(number), block.block.sealed.rlp)
        if !storedBodies.contains(block.id) { batch.put(.block, block.id.bytes, block.block.rlp) }
        batch.put(.blockIndex, block.block.sealed.blockHash.bytes, ChainSchema.key(number))
        var receipts = RLPWriter()
        receipts.append(list: block.receipts)
        batch.put(.receipt, ChainSchema.key(number), receipts.bytes)
        for (index, transaction) in block.block.transactions.enumerated() {
            batch.put(.transactionIndex, transaction.hash.bytes, ChainSchema.location(number, index))
        }
        block.overlay.write(to: &batch)
    }

    private mutating func afterFinalization(_ final: [ExecutedBlock]) {
        let settled = headState
        if let limit = try? Parameters.blockGasLimit(settled) { mempool.rules.blockGasLimit = limit }
        for block in final { try? mempool.settle(block.block.transactions, head: settled) }
        let height = head.block.number
        for id in assemblies.keys.sorted() where (assemblies[id]?.sealed.number ?? 0) <= height { assemblies[id] = nil }
        refused = refused.filter { tree[$0] == nil && certificates[$0] != nil }
        emit(.broadcast(.status(status), to: .followers))
        settleDoubleSigns()
        settleAnswers()
        pruneLog()
        emit(.rehearse(builder.rehearsal(after: head, state: settled)))
        stopForUpgrade()
    }
}

/// Catching up with the final chain from peers.
struct CatchUp: Sendable {
    /// The highest final block that each peer says it has.
    private(set) var heights: [Hash: UInt64] = [:]
    private(set) var asked: (peer: Hash, until: UInt64)?

    mutating func learned(_ height: UInt64, of peer: Hash) { heights[peer] = height }
    mutating func asking(_ peer: Hash, until deadline: UInt64) { asked = (peer, deadline) }
    mutating func answered() { asked = nil }

    mutating func forget(_ peer: Hash) {
        heights[peer] = nil
        if asked?.peer == peer { asked = nil }
    }

    /// The best peer to ask beyond a height, unless a question is under way.
    func candidate(above height: UInt64, now: UInt64) -> Hash? {
        if let asked, asked.until > now { return nil }
        let ahead = heights.filter { $0.value > height && $0.key != asked?.peer }
        return ahead.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? asked.flatMap { heights[$0.peer, default: 0] > height ? $0.peer : nil }
    }
}

extension Replica {
    static let catchUpTimeoutMilliseconds: UInt64 = 5000

    mutating func received(_ status: PeerStatus, from peer: Hash) {
        catchUp.learned(status.finalizedNumber, of: peer)
        if validatorPeers.contains(peer) { feedConsensus(.peerStatus(status, from: peer)) }
        // A voting replica gets the next block by its own votes; only when further behind does it fetch.
        let slack: UInt64 = consensus == nil || status.epoch > epoch.number ? 0 : 2
        if status.finalizedNumber > head.block.number + slack { requestCatchUp() }
    }

    mutating func requestCatchUp() {
        let height = head.block.number
        guard let peer = catchUp.candidate(above: height, now: now) else { return }
        catchUp.asking(peer, until: now + Self.catchUpTimeoutMilliseconds)
        emit(.send(.getFinalized(from: height + 1, maximum: WireMessage.maximumBlocks), to: peer))
    }

    mutating func received(_ blocks: [Block], _ proof: FinalityProof, from peer: Hash) {
        guard catchUp.asked?.peer == peer else { return }
        guard let last = blocks.last, last.number > head.block.number else { return catchUp.answered() }
        guard proof.certificate.ballot.epoch == epoch.number else { return catchUp.answered() }
        guard proof.isLinked, proof.sealed?.id == last.id else {
            catchUp.answered()
            return emit(.misbehaved(peer, "sent blocks without their finalization"))
        }
        check(.finalized(blocks, proof, from: peer))
    }

    /// Executes blocks that are final elsewhere. Their certificate vouches for the signatures inside.
    mutating func adopt(_ blocks: [Block], _ proof: FinalityProof, from peer: Hash) {
        catchUp.answered()
        for block in blocks where block.number > head.block.number && tree[block.id] == nil {
            guard let parent = tree[block.envelope.parent], let state = tree.state(after: parent.id) else {
                return emit(.misbehaved(peer, "sent final blocks that do not connect"))
            }
            do { tree.insert(try builder.validate(block, on: parent, state: state)) } catch {
                return emit(.misbehaved(peer, "sent a final block that does not execute: \(error)"))
            }
        }
        guard let last = blocks.last, tree.branch(to: last.id) != nil else { return }
        certificates[last.id] = proof.certificate
        settleCertified()
        feedConsensus(.finalizedBySync(tree.finalized.block.sealed, proof.certificate))
        requestCatchUp()
    }
}

import ChainTypes
import Primitives
import StoreAPI
import SystemContracts
import WorldState

/// Finalization: one storage transaction for certificate, blocks and state.
extension Replica {
    /// Consensus has a finalization. Its block may still be on its way here.
    mutating func finalize(_ id: Hash, _ certificate: Certificate) {
        if refused[id] != nil { return halt(diverged(at: head.block.number + 1, "a quorum has finalised a block that is invalid here")) }
        certificates[id] = certificate
        forgetOldCertificates()
        gatherCertified(id, view: certificate.ballot.view)
        settleCertified()
        if certificates[id] != nil { requestCatchUp() }
    }

    /// Those of the newest blocks are enough: what they make final includes the others.
    static let maximumCertificates = 4

    private mutating func forgetOldCertificates() {
        let final = head.block.envelope
        certificates = certificates.filter { $0.value.ballot.epoch == epoch.number && $0.value.ballot.view > final.view }
        let views = certificates.values.map(\.ballot.view).sorted()
        guard let oldest = views.suffix(Self.maximumCertificates).first else { return }
        certificates = certificates.filter { $0.value.ballot.view >= oldest }
    }

    /// Makes certified blocks final whose branch is complete.
    mutating func settleCertified() {
        for id in certificates.keys.sorted() {
            guard let certificate = certificates[id], let branch = tree.branch(to: id), !branch.isEmpty else { continue }
            commit(branch, certificate)
        }
        forgetOldCertificates()
    }

    /// Makes blocks final that stand on the newest final one.
    /// - Parameter certificate: the finalization of the last of them, or of a later block.
    mutating func commit(_ final: [ExecutedBlock], _ certificate: Certificate) {
        guard let last = final.last else { return }
        tree.finalize(final)
        var batch = WriteBatch()
        for block in final { write(block, to: &batch) }
        forgetStoredBodies(upTo: last.block.number, final: Set(final.map(\.id)), &batch)
        if certificate.ballot.block == last.id { batch.put(.certificate, ChainSchema.key(last.block.number), certificate.rlp) }
        batch.put(.meta, ChainSchema.finalizedNumber, ChainSchema.key(head.block.number))
        if head.endsEpoch { EpochSchema.end(head, to: &batch) }
        emit(.commit(batch, durable: true))
        for block in final { emit(.finalized(block)) }
        afterFinalization(final)
        if head.endsEpoch { changeEpoch(certificate) }
    }

    /// Blocks at or below the final height that are not final never will be.
    private mutating func forgetStoredBodies(upTo number: UInt64, final: Set<Hash>, _ batch: inout WriteBatch) {
        for (id, height) in storedBodies where height <= number {
            batch.delete(.local, ChainSchema.pending + id.bytes)
            if !final.contains(id) { batch.delete(.block, id.bytes) }
            storedBodies[id] = nil
        }
    }

    private func write(_ block: ExecutedBlock, to batch: inout WriteBatch) {
        let number = block.block.number
        batch.put(.header, ChainSchema.key(number), block.block.sealed.rlp)
        if storedBodies[block.id] == nil { batch.put(.block, block.id.bytes, block.block.rlp) }
        batch.put(.blockIndex, block.block.sealed.blockHash.bytes, ChainSchema.key(number))
        var receipts = RLPWriter()
        receipts.append(list: block.receipts)
        batch.put(.receipt, ChainSchema.key(number), receipts.bytes)
        for (index, transaction) in block.block.transactions.enumerated() {
            batch.put(.transactionIndex, transaction.hash.bytes, ChainSchema.location(number, index))
        }
        if block.receipts.last?.isOfBlock == true {
            let index = block.block.transactions.count
            batch.put(.transactionIndex, block.block.sealed.eventsHash.bytes, ChainSchema.location(number, index))
        }
        block.overlay.write(to: &batch)
    }

    private mutating func afterFinalization(_ final: [ExecutedBlock]) {
        let settled = headState
        if let limit = reading({ try Parameters.blockGasLimit(settled) }) { mempool.rules.blockGasLimit = limit }
        updateMempool(after: final)
        let envelope = head.block.envelope
        let height = head.block.number
        assemblies = assemblies.filter { $0.value.view > envelope.view && $0.value.content?.sealed.number ?? .max > height }
        refused = refused.filter { $0.value > envelope.view }
        emit(.broadcast(.status(status), to: .followers))
        settleDoubleSigns()
        settleAnswers()
        pruneLog()
        emit(.rehearse(builder.rehearsal(after: head, state: settled)))
        stopForUpgrade()
    }
}

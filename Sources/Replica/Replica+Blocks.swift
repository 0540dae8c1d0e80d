import ChainTypes
import Mempool
import Primitives
import StoreAPI

/// Proposals of others: fetching what is missing, executing, storing before the vote.
extension Replica {
    /// Starts to gather a proposed block.
    mutating func remember(_ proposal: Proposal, from peer: Hash) {
        gather(Assembly(sealed: proposal.sealed, hashes: proposal.transactionHashes, source: peer))
    }

    /// A whole block that was asked for by id.
    mutating func received(_ block: Block, from peer: Hash) {
        guard assemblies[block.id] != nil || certificates[block.id] != nil || isWantedParent(block.id) else { return }
        gather(Assembly(sealed: block.sealed, hashes: block.transactions.map(\.hash), source: peer))
        for transaction in block.transactions
        where assemblies[block.id]?.lacks(transaction.hash) ?? false && !admissions.contains(transaction.hash) {
            check(.transaction(transaction, .proposal))
        }
    }

    private func isWantedParent(_ id: Hash) -> Bool { assemblies.values.contains { $0.parent == id } }

    private mutating func gather(_ new: Assembly) {
        guard tree[new.id] == nil, assemblies[new.id] == nil, new.sealed.number > head.block.number,
            assemblies.count < Self.maximumAssemblies
        else { return tryBlock(new.id) }
        var assembly = new
        for hash in assembly.hashes {
            if let transaction = knownTransaction(hash) { assembly.add(transaction) }
        }
        assemblies[assembly.id] = assembly
        requestMissing(of: assembly.id)
        tryBlock(assembly.id)
    }

    mutating func fillAssemblies(with verified: VerifiedTransaction) {
        for id in assemblies.keys.sorted() where assemblies[id]?.lacks(verified.hash) ?? false {
            assemblies[id]?.add(verified.signed)
            tryBlock(id)
        }
    }

    /// Asks for missing transactions, or for the parent's whole block.
    mutating func requestMissing(of id: Hash) {
        guard let assembly = assemblies[id] else { return }
        let source = peers.contains(assembly.source) ? assembly.source : peers.filter(validatorPeers.contains).min()
        guard let source else { return }
        // What is being verified comes by itself.
        let missing = assembly.missing.filter { !admissions.contains($0) }
        if !missing.isEmpty { emit(.send(.getTransactions(missing), to: source)) }
        if tree[assembly.parent] == nil, assemblies[assembly.parent] == nil { emit(.send(.getBlock(assembly.parent), to: source)) }
    }

    /// Consensus wants to know whether a block is valid.
    mutating func validate(_ id: Hash, isRepeated: Bool) {
        awaited[id] = isRepeated
        if tree[id] != nil || refused.contains(id) { report(id, valid: tree[id] != nil) } else { tryBlock(id) }
    }

    /// Executes a block if everything that it needs is here.
    mutating func tryBlock(_ id: Hash) {
        guard let assembly = assemblies[id], let block = assembly.block, let parent = tree[assembly.parent],
            let state = tree.state(after: parent.id), knowsRules(after: parent)
        else { return }
        let latest = now + Self.clockToleranceMilliseconds
        guard block.envelope.timeMilliseconds <= latest else {
            // Too far in the future: wait for it, do not refuse it.
            return emit(.setTimer(.block(id), atMilliseconds: block.envelope.timeMilliseconds - Self.clockToleranceMilliseconds))
        }
        assemblies[id] = nil
        do {
            accept(try builder.validate(block, on: parent, state: state))
        } catch {
            refused.insert(id)
            emit(.misbehaved(assembly.source, "sent an invalid block: \(error)"))
            report(id, valid: false)
        }
    }

    static let clockToleranceMilliseconds: UInt64 = 500

    /// Takes an executed block into the tree; it is on disk before consensus hears of it.
    mutating func accept(_ block: ExecutedBlock) {
        tree.insert(block)
        var batch = WriteBatch()
        batch.put(.block, block.id.bytes, block.block.rlp)
        batch.put(.local, ChainSchema.pending + block.id.bytes, [])
        emit(.commit(batch, durable: true))
        storedBodies.insert(block.id)
        report(block.id, valid: true)
        settleCertified()
        for child in assemblies.keys.sorted() where assemblies[child]?.parent == block.id { tryBlock(child) }
    }

    private mutating func report(_ id: Hash, valid: Bool) {
        guard let isRepeated = awaited.removeValue(forKey: id) else { return }
        // Only the last block of an epoch may be proposed again.
        let holds = valid && (!isRepeated || tree[id]?.endsEpoch ?? false)
        feedConsensus(holds ? .blockValid(id) : .blockInvalid(id))
    }
}

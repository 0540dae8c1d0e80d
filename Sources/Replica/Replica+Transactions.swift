import ChainTypes
import Mempool
import Primitives

/// Admission and gossip of transactions.
extension Replica {
    /// Runs the cheap checks and hands the signature to a worker.
    mutating func admit(_ transaction: SignedTransaction, origin: Check.Origin) {
        guard !admissions.contains(transaction.hash) else { return answer(origin, .failure(.alreadyKnown)) }
        guard admissions.count < Mempool.maximumTransactions else { return answer(origin, .failure(.full)) }
        do {
            // What follows one that is being verified is checked when that is in the mempool.
            if !admissions.continues(transaction) {
                try mempool.check(transaction, head: headState, next: head.block.number + 1, baseFee: nextBaseFee)
            }
            admissions.append(transaction, origin: origin)
            check(.transaction(transaction, origin))
        } catch { answer(origin, .failure(error)) }
    }

    mutating func received(_ transactions: [SignedTransaction], from peer: Hash) {
        for transaction in transactions {
            if admissions.contains(transaction.hash) {
                continue
            } else if !verifyForBlocks(transaction) {
                // What a block waits for is decided by the block, not by the mempool's rules.
                admit(transaction, origin: .peer(peer))
            }
        }
    }

    mutating func checked(_ signed: SignedTransaction, _ verified: VerifiedTransaction?, origin: Check.Origin) {
        if let verified { fillAssemblies(with: verified) } else { refuseBlocks(naming: signed.hash) }
        guard origin != .proposal else { return }
        for decided in admissions.settle(signed, verified) { take(decided) }
    }

    private mutating func take(_ decided: AdmissionQueue.Decided) {
        let (signed, origin) = (decided.signed, decided.origin)
        guard let verified = decided.verified else {
            if case .peer(let peer) = origin { emit(.misbehaved(peer, "sent a transaction with a false signature")) }
            return answer(origin, .failure(.invalidSignature))
        }
        do {
            // The state or the pool may have moved while the signature was verified.
            try mempool.check(signed, head: headState, next: head.block.number + 1, baseFee: nextBaseFee)
            try mempool.insert(verified)
        } catch { return answer(origin, .failure(error)) }
        answer(origin, .success(signed.hash))
        emit(.waiting(signed.transaction))
        gossip(signed, origin: origin)
        proposalMayBeDue()
    }

    /// What a validator that connects gets of the mempool at most: a restart has emptied its own, and nobody else would
    /// send it what waits here.
    static let maximumResent = 2048

    mutating func resendWaiting(to peer: Hash) {
        guard validatorPeers.contains(peer), mempool.count > 0 else { return }
        sendTransactions(mempool.all.prefix(Self.maximumResent).map(\.hash), to: peer)
    }

    /// Validators are fully meshed, so what one of them sent has reached the others.
    private mutating func gossip(_ transaction: SignedTransaction, origin: Check.Origin) {
        switch origin {
        case .user: send(transaction)
        case .peer(let peer) where !validatorPeers.contains(peer):
            if consensus != nil { send(transaction) }
        case .peer, .proposal: break
        }
    }

    private mutating func send(_ transaction: SignedTransaction) {
        let isDue = outbox.isDue(now: now)
        if outbox.isEmpty, !isDue { emit(.setTimer(.gossip, atMilliseconds: outbox.dueMilliseconds)) }
        outbox.append(transaction)
        if isDue || outbox.isFull { flushOutbox() }
    }

    mutating func flushOutbox() {
        guard !outbox.isEmpty else { return }
        emit(.broadcast(.transactions(outbox.take(now: now)), to: .validators))
    }

    private mutating func answer(_ origin: Check.Origin, _ result: Result<Hash, AdmissionError>) {
        if case .user(let ticket) = origin { emit(.admitted(ticket: ticket, result)) }
    }

    static let maximumAnswerBytes = 2 << 20

    mutating func sendTransactions(_ hashes: [Hash], to peer: Hash) {
        var (batch, bytes): ([SignedTransaction], Int) = ([], 0)
        for hash in hashes.prefix(Block.maximumTransactions) {
            guard let transaction = knownTransaction(hash) else { continue }
            let size = transaction.transaction.blockForm.count + transaction.witnessBytes
            if bytes + size > Self.maximumAnswerBytes || batch.count == WireMessage.maximumTransactions {
                emit(.send(.transactions(batch), to: peer))
                (batch, bytes) = ([], 0)
            }
            batch.append(transaction)
            bytes += size
        }
        if !batch.isEmpty { emit(.send(.transactions(batch), to: peer)) }
    }

    func knownTransaction(_ hash: Hash) -> SignedTransaction? {
        verifiedTransaction(hash) ?? head.block.transactions.first { $0.hash == hash }
    }

    /// A transaction whose signature this replica has verified. Those of final blocks may rest on a certificate only.
    func verifiedTransaction(_ hash: Hash) -> SignedTransaction? {
        if let waiting = mempool.transaction(hash) { return waiting.signed }
        for assembly in assemblies.values {
            if let found = assembly.found[hash] { return found }
        }
        return tree.transaction(hash)
    }
}

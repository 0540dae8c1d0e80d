import ChainTypes
import Mempool
import Primitives

/// Admission and gossip of transactions.
extension Replica {
    /// Runs the cheap checks and hands the signature to a worker.
    mutating func admit(_ transaction: SignedTransaction, origin: Check.Origin) {
        guard !admissions.contains(transaction.hash) else { return answer(origin, .failure(.alreadyKnown)) }
        guard admissions.hasRoom(for: transaction, origin: origin, isTrusted: isTrusted(origin)) else {
            return answer(origin, .failure(.full))
        }
        do {
            // What follows one that is being verified is checked when that is in the mempool.
            if !admissions.continues(transaction) { try mempool.check(transaction, head: headState) }
            admissions.append(transaction, origin: origin)
            check(.transaction(transaction, origin))
        } catch { answer(origin, .failure(error)) }
    }

    /// Whether it comes from a user of this node or a validator.
    private func isTrusted(_ origin: Check.Origin) -> Bool {
        if case .peer(let peer) = origin { validatorPeers.contains(peer) } else { true }
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
            try mempool.check(signed, head: headState)
            try mempool.insert(verified, now: now)
        } catch { return answer(origin, .failure(error)) }
        answer(origin, .success(signed.hash))
        emit(.waiting(signed.transaction))
        if case .peer(let peer) = origin { emit(.useful(signed, from: peer)) }
        gossip(signed, origin: origin)
        proposalMayBeDue()
    }

    /// What a validator that connects gets of the mempool at most: a restart has emptied its own, and nobody else would
    /// send it what waits here.
    static let maximumResent = 2048

    mutating func resendWaiting(to peer: Hash) {
        guard validatorPeers.contains(peer), mempool.count > 0, mayResend(to: peer) else { return }
        send(mempool.candidates(baseFee: nextBaseFee).prefix(Self.maximumResent), to: peer)
    }

    /// How often a validator gets that in so many milliseconds: packing it for one that comes and goes all the time would keep
    /// this replica from everything else.
    private static let (resendsAtOnce, resendMilliseconds): (Int, UInt64) = (4, 10_000)

    private mutating func mayResend(to peer: Hash) -> Bool {
        var told = resent[peer] ?? (since: now, count: 0)
        // A time that lies ahead means that the clock was set back.
        if told.since > now || now - told.since >= Self.resendMilliseconds { told = (now, 0) }
        guard told.count < Self.resendsAtOnce else { return false }
        resent[peer] = (told.since, told.count + 1)
        return true
    }

    /// Once a second: sends again what this node's users wait for.
    mutating func resendOwn() {
        let mempool = mempool
        let again = resends.take(now: now) { hash in
            mempool.transaction(hash).map { ($0.signed, isPayable: $0.body.maxFeePerGas >= mempool.rules.baseFee) }
        }
        if !again.isEmpty { emit(.broadcast(.transactions(again), to: .validators)) }
    }

    /// Validators are fully meshed, so what one of them sent has reached the others.
    private mutating func gossip(_ transaction: SignedTransaction, origin: Check.Origin) {
        switch origin {
        case .user:
            resends.append(transaction.hash, now: now)
            send(transaction)
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
        for batch in TransactionBatches.split(outbox.take(now: now)) {
            emit(.broadcast(.transactions(batch), to: .validators))
        }
    }

    private mutating func answer(_ origin: Check.Origin, _ result: Result<Hash, AdmissionError>) {
        // A peer is not blamed: its user may have told this node, or a block, something else. What it costs is charged to it
        // before it comes here.
        if case .user(let ticket) = origin { emit(.admitted(ticket: ticket, result)) }
    }

    mutating func sendTransactions(_ hashes: [Hash], to peer: Hash) {
        send(hashes.prefix(Block.maximumTransactions).compactMap(knownTransaction), to: peer)
    }

    private mutating func send(_ transactions: some Sequence<SignedTransaction>, to peer: Hash) {
        for batch in TransactionBatches.split(transactions) { emit(.send(.transactions(batch), to: peer)) }
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

    /// Tells the mempool of the newest final block.
    mutating func updateMempool(after final: [ExecutedBlock]) {
        mempool.rules.nextBlock = head.block.number + 1
        mempool.rules.baseFee = nextBaseFee
        let senders = final.flatMap { $0.block.transactions.map(\.body.sender) }
        do { try mempool.settle(Set(senders), head: headState, now: now) } catch { halt(Self.unreadable(error)) }
    }
}

import ChainTypes
import Execution
import Primitives
import SystemContracts
import WorldState

extension Mempool {
    /// Every check but the signature, cheapest first, against the state of the head block.
    public func check(_ signed: SignedTransaction, head: some StateReader) throws(AdmissionError) {
        let body = signed.body
        guard !contains(signed.hash) else { throw .alreadyKnown }
        guard !tooSlow.contains(signed.hash) else { throw .tooSlow }
        guard signed.bodyBytes <= SignedTransaction.maximumBytes else {
            throw .tooLong(maximumBytes: SignedTransaction.maximumBytes)
        }
        do {
            try TransactionRules.checkForm(body, chainID: rules.chainID, blockGasLimit: rules.blockGasLimit)
            try TransactionRules.checkExpiry(body, block: rules.nextBlock)
        } catch { throw .invalid(error) }
        guard body.maxFeePerGas >= leastFeePerGas else { throw .underpriced(minimumFeePerGas: leastFeePerGas) }
        try checkRoom(for: signed)
        do {
            try checkAgainstSender(signed, account: head.account(body.sender) ?? .empty, head: head)
        } catch let error as AdmissionError {
            throw error
        } catch let error as StateError {
            throw .state(error)
        } catch { throw .state(StateError("\(error)")) }
    }

    /// A cap far below the base fee would only fill the pool; one close to it may still be included soon. While the
    /// base fee is below a gwei, nobody needs a cap below it.
    var leastFeePerGas: UInt256 { min(rules.baseFee, max(rules.baseFee / 2, QST.gwei)) }

    /// Whether there is room, or a cheaper transaction to push out.
    private func checkRoom(for signed: SignedTransaction) throws(AdmissionError) {
        let old = runs[signed.body.sender].flatMap { run in
            run.index(of: signed.body.nonce).flatMap { run.entries.indices.contains($0) ? run.entries[$0] : nil }
        }
        guard !hasRoom(for: signed, replacing: old), let cheapest else { return }
        try checkStay(of: signed.body)
        try checkBid(of: signed.body, against: cheapest)
    }

    /// A base fee that full blocks reach after four. Wallets offer up to twice the base fee that they have seen, so what they send
    /// can still push out whatever tips less, also where a few blocks have passed since.
    private var risenBaseFee: UInt256 { rules.baseFee.checkedAdd(rules.baseFee / 2) ?? .max }

    /// What pushes others out must outbid them at the next base fee, and bring no less at one that has risen. Were it enough to pay
    /// now, a flood whose caps the next full block leaves behind would empty the mempool of what could go on paying, and be left
    /// unpaid itself.
    private func checkBid(of body: UnsignedTransaction, against victim: Run.Rank) throws(AdmissionError) {
        let bid = worth(body, baseFee: rules.baseFee)
        guard bid.outbids(victim.worth) else { throw .outbid(minimumPerGas: victim.worth.nextBid) }
        let risen = risenBaseFee
        guard let later = runs[victim.sender]?.worth(baseFee: risen), worth(body, baseFee: risen) < later else { return }
        throw .capTooLow(leastFeePerGas: later.isPayable ? risen.checkedAdd(later.perGas) ?? .max : later.perGas)
    }

    /// How many blocks a transaction that pushes others out must stay for.
    static let leastStay: UInt64 = 64

    /// Of a flood only the next few blocks' worth pays before it expires. Were the rest to push others out, the flood would empty
    /// the mempool for next to nothing.
    private func checkStay(of body: UnsignedTransaction) throws(AdmissionError) {
        let run = runs[body.sender]
        let before = run?.index(of: body.nonce).flatMap { run?.entries[..<$0] } ?? []
        let (least, overflows) = rules.nextBlock.addingReportingOverflow(Self.leastStay)
        let stays = ([body.lastValidBlock] + before.map(\.lastValidBlock)).allSatisfy { $0 == 0 || (!overflows && $0 >= least) }
        guard stays else { throw .expiresTooSoon(leastLastValidBlock: least) }
    }

    private func hasRoom(for signed: SignedTransaction, replacing old: Run.Entry?) -> Bool {
        let more = old == nil ? 1 : 0
        return count + more <= limits.transactions && bytes - (old?.bytes ?? 0) + signed.bodyBytes <= limits.bytes
    }

    /// Of a transaction behind those that it waits for.
    private func worth(_ body: UnsignedTransaction, baseFee: UInt256) -> Worth {
        let own = Worth(Offer(body), baseFee: baseFee)
        guard let run = runs[body.sender], let index = run.index(of: body.nonce) else { return own }
        return run.entries[..<index].reduce(own) { min($0, Worth($1.offer, baseFee: baseFee)) }
    }

    private func checkAgainstSender(_ signed: SignedTransaction, account: Account, head: some StateReader) throws {
        let body = signed.body
        let waiting = runs[body.sender]?.entries ?? []
        guard body.nonce >= account.nonce else {
            throw AdmissionError.invalid(.nonceTooLow(expected: account.nonce, got: body.nonce))
        }
        let position = body.nonce - account.nonce
        guard position <= UInt64(waiting.count) else {
            throw AdmissionError.invalid(
                .nonceTooHigh(expected: account.nonce + UInt64(waiting.count), got: body.nonce))
        }
        let index = Int(position)
        try checkShare(of: signed, at: index)
        if index < waiting.count { try checkReplacement(of: waiting[index].transaction.body, by: body) }
        let recorded =
            index > 0
            ? waiting[index - 1].transaction.body.nextKeyCommitment
            : try AccountKeys.commitment(of: body.sender, in: head)
        do { try TransactionRules.checkKey(body, publicKey: signed.witness.publicKey, recorded: recorded) } catch {
            throw AdmissionError.invalid(error)
        }
        var cost = body.maximumCost
        for (other, entry) in waiting.enumerated() where other != index {
            cost = cost.flatMap { sum in entry.transaction.body.maximumCost.flatMap { sum.checkedAdd($0) } }
        }
        guard let cost, cost <= account.balance else { throw AdmissionError.invalid(.insufficientFunds) }
    }

    /// What one account may have in flight.
    private func checkShare(of signed: SignedTransaction, at index: Int) throws(AdmissionError) {
        let run = runs[signed.body.sender]
        guard index < limits.senderTransactions else { throw .tooManyInFlight(maximum: limits.senderTransactions) }
        let entries = run?.entries ?? []
        let replaced = index < entries.count ? entries[index].bytes : 0
        guard (run?.bytes ?? 0) - replaced + signed.bodyBytes <= limits.senderBytes else {
            throw .tooManyBytesInFlight(maximum: limits.senderBytes)
        }
    }

    private func checkReplacement(of old: UnsignedTransaction, by new: UnsignedTransaction) throws(AdmissionError) {
        guard old.nextKeyCommitment == new.nextKeyCommitment else { throw .replacementChangesNextKey }
        // Else what pushed others out by staying could be replaced by what does not.
        let staysAsLong = new.lastValidBlock == 0 || (old.lastValidBlock != 0 && new.lastValidBlock >= old.lastValidBlock)
        guard staysAsLong else { throw .replacementExpiresSooner }
        guard Self.raisedByTenth(old.maxFeePerGas, new.maxFeePerGas),
            Self.raisedByTenth(old.maxPriorityFeePerGas, new.maxPriorityFeePerGas)
        else { throw .replacementUnderpriced }
    }

    private static func raisedByTenth(_ old: UInt256, _ new: UInt256) -> Bool {
        guard let least = old.checkedMultiply(11), let offered = new.checkedMultiply(10) else { return false }
        return offered >= least
    }

    /// Takes in a transaction that has passed `check` and whose signature holds. Others may be pushed out for it.
    public mutating func insert(_ transaction: VerifiedTransaction, now: UInt64) throws(AdmissionError) {
        let body = transaction.body
        guard !contains(transaction.hash) else { throw .alreadyKnown }
        // Checks and signature are verified apart, so the run may have changed in between.
        let entries = runs[body.sender]?.entries ?? []
        let place = entries.isEmpty ? 0 : runs[body.sender]?.index(of: body.nonce)
        guard let index = place else {
            throw .invalid(.nonceTooHigh(expected: nextNonce(of: body.sender) ?? 0, got: body.nonce))
        }
        try checkShare(of: transaction.signed, at: index)
        let old = index < entries.count ? entries[index] : nil
        if let old { try checkReplacement(of: old.transaction.body, by: body) }
        try makeRoom(for: transaction, replacing: old)
        put(Run.Entry(transaction, added: now), at: index)
    }

    /// Pushes out last transactions of the cheapest runs; puts them back where the one that comes does not outbid them
    /// all.
    private mutating func makeRoom(for new: VerifiedTransaction, replacing old: Run.Entry?) throws(AdmissionError) {
        if !hasRoom(for: new.signed, replacing: old) { try checkStay(of: new.body) }
        var gone: [Run.Entry] = []
        while !hasRoom(for: new.signed, replacing: old), let cheapest {
            do throws(AdmissionError) {
                try checkBid(of: new.body, against: cheapest)
                guard cheapest.sender != new.body.sender, let last = runs[cheapest.sender]?.entries.last else {
                    throw .outbid(minimumPerGas: cheapest.worth.nextBid)
                }
                gone.append(last)
            } catch {
                for entry in gone.reversed() { put(entry, at: runs[entry.sender]?.entries.count ?? 0) }
                throw error
            }
            remove(cheapest.length - 1..<cheapest.length, of: cheapest.sender)
        }
        guard hasRoom(for: new.signed, replacing: old) else { throw .full }
    }
}

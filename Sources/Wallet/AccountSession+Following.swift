import ChainTypes
import Cryptography
import Primitives

extension AccountSession {
    /// Asks the chain what became of all that is not settled, and notes it.
    /// - Returns: what is final although its owner was told that it was refused or had expired.
    @discardableResult
    public func refresh() async throws(WalletError) -> [JournalEntry] {
        let open = try journal.use { (journal) in journal.unsettled }
        guard !open.isEmpty else { return [] }
        // The nonce and height first: what they say is over can only be more so when the receipts are read.
        let nonce = try await asking { () async throws(ChainFailure) in try await chain.keyState(of: address).nonce }
        let height = try await asking { () async throws(ChainFailure) in try await chain.blockNumber() }
        var revived: [JournalEntry] = []
        for entry in open {
            // What has a nonce to come is not final.
            var outcome: TransactionOutcome?
            if entry.nonce < nonce { outcome = try await asking { () async throws(ChainFailure) in try await chain.outcome(of: entry.hash) } }
            guard let status = Self.status(of: entry, outcome, nonce: nonce, height: height), status != entry.status else { continue }
            try journal.settle(entry.hash, status)
            if outcome != nil, entry.isCalledDead { revived.append(entry) }
        }
        return revived
    }

    /// Waits until the transaction is final.
    /// - Parameters:
    ///   - polls: how often the node is asked.
    ///   - pause: between polls.
    /// - Throws: `.dropped` when it never will be; `.timedOut` when it is not yet; `.unseen` when only the node's word is missing.
    public func wait(
        for hash: Hash, polls: Int, pause: () async -> Void
    ) async throws(WalletError) -> TransactionOutcome {
        for poll in 0..<max(polls, 1) {
            if poll > 0 { await pause() }
            do {
                if let outcome = try await chain.outcome(of: hash) {
                    try journal.settle(hash, .included(outcome))
                    return outcome
                }
                if poll % 20 == 19 { try await refresh() }
            } catch ChainFailure.unreachable, WalletError.chain(.unreachable) {
                // A node that is away for a moment does not end the wait.
                continue
            } catch let error as ChainFailure {
                throw .chain(error)
            } catch {
                throw error as? WalletError ?? .timedOut
            }
            // A receipt that comes late is no loss; a payment that is made twice is one.
            if case .dropped(let reason) = try entry(hash)?.status, reason != .unseen { throw .dropped(reason.description) }
        }
        try? await refresh()
        let entry = try entry(hash)
        if let entry, entry.status == .dropped(.unseen) { throw .unseen(nonce: entry.nonce) }
        throw .timedOut
    }

    private func entry(_ hash: Hash) throws(WalletError) -> JournalEntry? { try journal.use { (journal) in journal.entry(hash) } }

    /// What an open entry has become; nil while nothing is new.
    private static func status(
        of entry: JournalEntry, _ outcome: TransactionOutcome?, nonce: UInt64, height: UInt64
    ) -> TransactionStatus? {
        if let outcome { return .included(outcome) }
        // A node that lies, or one that is behind another at the same address, shows no receipt of what is final.
        if entry.nonce < nonce { return .dropped(.unseen) }
        let last = entry.transaction.body.lastValidBlock
        return last != 0 && height >= last && entry.isPending ? .dropped(.expired) : nil
    }
}

extension Journal {
    /// The newest of those without a receipt are asked for again and again: wallets that share keys have many.
    private static let askedUnseen = 16

    /// What may still become final: also what a node refused or let expire, until its nonce is used up.
    var unsettled: [JournalEntry] {
        let final = Set(entries.filter(\.isIncluded).map(\.nonce))
        let open = entries.filter { !$0.isIncluded && $0.status != .dropped(.replaced) && !final.contains($0.nonce) }
        let unseen = Set(open.filter { $0.status == .dropped(.unseen) }.dropLast(Self.askedUnseen).map(\.hash))
        return open.filter { !unseen.contains($0.hash) }
    }
}

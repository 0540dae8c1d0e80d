import ChainTypes
import Execution
import HeapModule
import Primitives
import SystemContracts
import WorldState

extension Mempool {
    /// Runs that are compared with the state after a block though it did not touch them.
    static let recheckedRuns = 64
    /// After how many blocks a run is compared with the state again.
    static let recheckedAfter: UInt64 = 64

    /// Drops what can no longer run on a new head, or has waited too long. `rules` must be the new head's.
    /// - Parameter touched: senders in the blocks that became final. Only its own transactions take from an account, so
    ///   all others still hold; a few of them are compared with the state again nevertheless, in turn.
    /// - Throws: `StateError`; what is left then is dropped when it cannot run.
    public mutating func settle(_ touched: Set<Address>, head: some StateReader, now: UInt64) throws(StateError) {
        for sender in touched.sorted() { try recheck(sender, head: head) }
        expire(now: now)
        for sender in dueForRecheck { try recheck(sender, head: head) }
    }

    private mutating func expire(now: UInt64) {
        let lifetime = limits.lifetimeMilliseconds
        let next = rules.nextBlock
        let ended = runs.values.compactMap { run in
            run.firstExpired(next: next, now: now, lifetime: lifetime).map { (run.sender, $0) }
        }
        for (sender, index) in ended { cut(sender, at: index) }
    }

    private var dueForRecheck: [Address] {
        var due = Heap(runs.values.lazy.filter { $0.checked + Self.recheckedAfter <= rules.nextBlock }.map(Turn.init))
        return (0..<Self.recheckedRuns).compactMap { _ in due.popMin()?.sender }
    }

    private struct Turn: Comparable {
        let checked: UInt64
        let sender: Address

        init(_ run: Run) { (checked, sender) = (run.checked, run.sender) }

        static func < (a: Turn, b: Turn) -> Bool { (a.checked, a.sender) < (b.checked, b.sender) }
    }

    private mutating func recheck(_ sender: Address, head: some StateReader) throws(StateError) {
        guard let run = runs[sender] else { return }
        let account = try head.account(sender) ?? .empty
        remove(0..<run.entries.prefix { $0.nonce < account.nonce }.count, of: sender)
        guard let rest = runs[sender], let first = rest.entries.first?.transaction else { return }
        let recorded = try AccountKeys.commitment(of: sender, in: head)
        let fits =
            (try? TransactionRules.checkKey(first.body, publicKey: first.signed.witness.publicKey, recorded: recorded))
            != nil
        guard first.body.nonce == account.nonce, fits else { return cut(sender, at: 0) }
        cut(sender, at: rest.affordable(by: account.balance))
        wasChecked(sender)
    }

    private mutating func cut(_ sender: Address, at index: Int) {
        guard let count = runs[sender]?.entries.count, index < count else { return }
        remove(index..<count, of: sender)
    }

    /// Drops a transaction that cannot run, and all of its sender's that follow it.
    public mutating func drop(_ hash: Hash) {
        guard let sender = transaction(hash)?.body.sender, let index = runs[sender]?.index(of: hash) else { return }
        cut(sender, at: index)
    }
}

// MARK: - Blocks that came to nothing

extension Mempool {
    /// A transaction that has taken too long this often is dropped.
    public static let maximumOverruns = 3
    static let rememberedSlow = 256

    /// A block with these was not notarized: they are tried after all others.
    public mutating func putBack(_ hashes: [Hash]) {
        for hash in hashes { change(hash) { $0.setbacks += 1 } }
    }

    /// A transaction took so long to execute that a block had to be built without it.
    public mutating func overran(_ hash: Hash) {
        var overruns = 0
        change(hash) { entry in
            entry.setbacks += 1
            entry.overruns += 1
            overruns = entry.overruns
        }
        guard overruns >= Self.maximumOverruns else { return }
        drop(hash)
        tooSlow = tooSlow.suffix(Self.rememberedSlow - 1) + [hash]
    }
}

extension Run {
    /// The first entry that has waited too long, or that no block may include any more.
    func firstExpired(next: UInt64, now: UInt64, lifetime: UInt64) -> Int? {
        entries.firstIndex { entry in
            // A clock that was set back makes nothing old.
            let isOld = now > entry.added && now - entry.added > lifetime
            return isOld || (entry.lastValidBlock != 0 && entry.lastValidBlock < next)
        }
    }

    /// How many of the first entries a balance pays for.
    func affordable(by balance: UInt256) -> Int {
        var cost = UInt256.zero
        for (index, entry) in entries.enumerated() {
            guard let sum = entry.transaction.body.maximumCost.flatMap({ cost.checkedAdd($0) }), sum <= balance else {
                return index
            }
            cost = sum
        }
        return entries.count
    }
}

import ChainTypes
import Cryptography
import Primitives
import Signer

/// Every transaction that an account has signed on a chain, on disk before it is sent.
///
/// The journal keeps the rules of one key, one transaction: a key signs a second transaction only to replace the first,
/// and one that may sign only once never does.
public struct Journal: Sendable {
    /// Settled entries are forgotten down to this many, once there are twice as many.
    static let keptSettled = 256

    /// In the order of signing.
    public private(set) var entries: [JournalEntry]
    private var log: RecordLog
    private let isOneTime: @Sendable (SignatureSuite) -> Bool

    /// Opens or makes the file and holds it, against other processes as well, while the journal lives.
    /// - Parameter isOneTime: which suites' keys must never sign two messages.
    public static func open(
        _ path: String, isOneTime: @escaping @Sendable (SignatureSuite) -> Bool = { $0.isOneTime }
    ) throws(WalletError) -> Journal {
        let (log, records) = try signing { () throws(SignerError) in
            try RecordLog.open(path, patienceMilliseconds: Wallet.patienceMilliseconds)
        }
        return try Journal([], log, records, isOneTime)
    }

    /// What a journal held when it was last open, so that opening it again reads only what is new: a journal is opened several times
    /// for each transaction, and is some megabytes long.
    struct Memory: Sendable {
        fileprivate let entries: [JournalEntry]
        fileprivate let mark: RecordLog.Mark
    }

    var memory: Memory {
        get throws(WalletError) { try signing { () throws(SignerError) in Memory(entries: entries, mark: try log.mark()) } }
    }

    static func open(_ path: String, _ memory: Memory) throws(WalletError) -> Journal {
        let (log, records, areNew) = try signing { () throws(SignerError) in
            try RecordLog.open(path, after: memory.mark, patienceMilliseconds: Wallet.patienceMilliseconds)
        }
        return try Journal(areNew ? memory.entries : [], log, records, { $0.isOneTime })
    }

    private init(
        _ entries: [JournalEntry], _ log: RecordLog, _ records: [[UInt8]], _ isOneTime: @escaping @Sendable (SignatureSuite) -> Bool
    ) throws(WalletError) {
        self.entries = entries
        self.log = log
        self.isOneTime = isOneTime
        for bytes in records {
            guard let record = try? JournalRecord(rlp: bytes), apply(record) else { throw .malformed(path: log.path) }
        }
        try forgetOldest()
    }

    public func entry(_ hash: Hash) -> JournalEntry? { entries.last { $0.hash == hash } }

    /// Pending entries by nonce; of several with one nonce, the newest last.
    public var pending: [JournalEntry] { inOrder(\.isPending) }

    /// Entries by nonce; of several with one nonce, the newest last.
    func inOrder(_ isWanted: (JournalEntry) -> Bool) -> [JournalEntry] {
        let placed = entries.enumerated().filter { isWanted($0.element) }
        return placed.sorted { ($0.element.nonce, $0.offset) < ($1.element.nonce, $1.offset) }.map(\.element)
    }

    /// The first nonce after those of final transactions: no node can make the wallet sign with a key before it.
    public var floor: UInt64 { entries.filter(\.isIncluded).map(\.nonce).max().map { $0 + 1 } ?? 0 }

    /// The first nonce from the chain's on that no pending or final transaction has. One that was refused leaves its nonce to the
    /// next: of two with one nonce only one can be final.
    public func nextNonce(from chainNonce: UInt64) -> UInt64 {
        let taken = Set(entries.filter { $0.isPending || $0.isIncluded }.map(\.nonce))
        var nonce = chainNonce
        while taken.contains(nonce) { nonce += 1 }
        return nonce
    }

    /// Whether the account's key may sign the transaction; asked before it does.
    public func check(_ body: UnsignedTransaction) throws(WalletError) {
        // The same content again is a rival too: its signature differs, and so does its hash.
        let rivals = entries.filter { $0.nonce == body.nonce }
        guard !rivals.contains(where: \.isIncluded) else { throw .nonceUsed(body.nonce) }
        // Also where the first was refused or dropped: what was sent once can come back.
        guard rivals.isEmpty || !isOneTime(body.suite) else { throw .oneTimeKeyUsed(nonce: body.nonce) }
        for rival in rivals where rival.isPending {
            let old = rival.transaction.body
            guard body.nextKeyCommitment == old.nextKeyCommitment else { throw .replacementChangesNextKey }
            guard let least = FeeOffer(of: old).raised else { throw .amountOverflow }
            guard body.maxPriorityFeePerGas >= least.priority, body.maxFeePerGas >= least.maximum else {
                throw .replacementUnderpriced(priority: least.priority, maximum: least.maximum)
            }
        }
    }

    /// Writes a signed transaction down; returns when it is on disk and so may be sent.
    public mutating func record(_ transaction: SignedTransaction) throws(WalletError) {
        try check(transaction.body)
        try append(.signed(transaction))
    }

    /// Notes what became of a transaction. One that is final takes its rivals for the nonce with it.
    public mutating func settle(_ hash: Hash, _ status: TransactionStatus) throws(WalletError) {
        guard let entry = entry(hash), entry.status != status, !entry.isIncluded else { return }
        try append(.settled(hash, status))
        guard case .included = status else { return }
        for rival in entries where rival.nonce == entry.nonce && rival.hash != hash && rival.status != .dropped(.replaced) {
            try append(.settled(rival.hash, .dropped(.replaced)))
        }
    }

    private mutating func append(_ record: JournalRecord) throws(WalletError) {
        do { try log.append(record.rlp) } catch { throw .signer(error) }
        _ = apply(record)
    }

    /// False when the record settles a transaction that is not there.
    private mutating func apply(_ record: JournalRecord) -> Bool {
        switch record {
        case .signed(let transaction): entries.append(JournalEntry(transaction: transaction, status: .pending))
        case .settled(let hash, let status):
            guard let index = entries.lastIndex(where: { $0.hash == hash }) else { return false }
            entries[index].status = status
        }
        return true
    }

    /// Forgets the oldest entries below the newest final nonce: no rule needs them any more.
    private mutating func forgetOldest() throws(WalletError) {
        let newestFinal = entries.filter(\.isIncluded).map(\.nonce).max() ?? 0
        let settled = entries.filter { !$0.isPending && $0.nonce < newestFinal }
        guard settled.count > 2 * Self.keptSettled else { return }
        let forgotten = Set(settled.dropLast(Self.keptSettled).map(\.hash))
        entries.removeAll { forgotten.contains($0.hash) }
        let records = entries.flatMap { entry in
            [.signed(entry.transaction)] + (entry.isPending ? [] : [JournalRecord.settled(entry.hash, entry.status)])
        }
        do { try log.rewrite(records.map(\.rlp)) } catch { throw .signer(error) }
    }
}

extension SignatureSuite {
    /// Whether a key of the suite loses its security by signing two messages, as hash-based one-time keys do.
    public var isOneTime: Bool {
        switch self {
        case .mldsa65, .mldsa87: false
        }
    }
}

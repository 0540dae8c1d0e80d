import ChainTypes
import Primitives

/// A block on its way to being executed: what it says comes with a proposal or as a whole, its transactions one by one.
struct Assembly: Sendable {
    struct Content: Sendable {
        let sealed: SealedHeader
        let hashes: [Hash]
    }

    let id: Hash
    /// The view for which the block is gathered.
    let view: UInt64
    /// Who signed the proposal; nil where no proposal is known.
    private(set) var proposer: Hash?
    /// Whether a quorum has voted for the block, or for one that stands on it.
    var isCertified: Bool
    /// nil until anyone has told.
    private(set) var content: Content?
    private(set) var found: [Hash: SignedTransaction] = [:]
    private var lacking: Set<Hash> = []
    /// Transactions whose signatures are being verified for this block.
    private var verifying: Set<Hash> = []
    var inquiry = Inquiry()
    /// Whether a timer is set for a block from slightly in the future.
    var waitsForItsTime = false

    init(id: Hash, view: UInt64, isCertified: Bool) {
        self.id = id
        self.view = view
        self.isCertified = isCertified
    }

    /// Takes what the block says. The first to tell is as good as any: the id covers all of it.
    mutating func learn(_ sealed: SealedHeader, _ hashes: [Hash], proposer: Hash? = nil) {
        self.proposer = self.proposer ?? proposer
        guard content == nil else { return }
        content = Content(sealed: sealed, hashes: hashes)
        lacking = Set(hashes)
    }

    /// What nobody has sent yet.
    var missing: [Hash] { content?.hashes.filter { lacking.contains($0) && !verifying.contains($0) } ?? [] }

    /// Whether nothing is left to ask for.
    var isOnItsWay: Bool { content != nil && missing.isEmpty }

    /// Whether this block waits for a transaction.
    func lacks(_ hash: Hash) -> Bool { lacking.contains(hash) }

    /// Takes a transaction whose signature holds.
    mutating func add(_ transaction: SignedTransaction) {
        if lacking.remove(transaction.hash) != nil { found[transaction.hash] = transaction }
        verifying.remove(transaction.hash)
    }

    /// Notes that a transaction is being verified; false where it is so already.
    mutating func startVerifying(_ hash: Hash) -> Bool { lacking.contains(hash) && verifying.insert(hash).inserted }

    /// The whole block; nil while anything is missing.
    var block: Block? {
        guard let content, lacking.isEmpty else { return nil }
        return Block(sealed: content.sealed, transactions: content.hashes.compactMap { found[$0] })
    }
}

/// Asking for the same thing again and again, of one peer after the other, with growing waits.
struct Inquiry: Sendable {
    static let firstWaitMilliseconds: UInt64 = 250
    static let longestWaitMilliseconds: UInt64 = 5000

    private(set) var count: UInt64 = 0
    private var dueAt: UInt64 = 0

    func isDue(at now: UInt64) -> Bool { now >= dueAt }

    /// Notes that somebody was asked.
    mutating func asked(at now: UInt64) {
        let wait = (0..<min(count, 16)).reduce(Self.firstWaitMilliseconds) { wait, _ in wait + wait / 2 }
        dueAt = now + min(wait, Self.longestWaitMilliseconds)
        count += 1
    }
}

import ChainTypes
import Primitives

/// A block on its way to being executed: its transactions arrive one by one.
struct Assembly: Sendable {
    let sealed: SealedHeader
    let hashes: [Hash]
    /// Who can be asked for what is missing.
    let source: Hash
    private(set) var found: [Hash: SignedTransaction] = [:]

    init(sealed: SealedHeader, hashes: [Hash], source: Hash) {
        (self.sealed, self.hashes, self.source) = (sealed, hashes, source)
    }

    var id: Hash { sealed.id }
    var parent: Hash { sealed.envelope.parent }
    var missing: [Hash] { hashes.filter { found[$0] == nil } }
    var isComplete: Bool { found.count == Set(hashes).count && missing.isEmpty }

    mutating func add(_ transaction: SignedTransaction) { found[transaction.hash] = transaction }

    /// The whole block; nil while transactions are missing.
    var block: Block? {
        let transactions = hashes.compactMap { found[$0] }
        return transactions.count == hashes.count ? Block(sealed: sealed, transactions: transactions) : nil
    }
}

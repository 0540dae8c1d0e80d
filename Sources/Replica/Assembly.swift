import ChainTypes
import Primitives

/// A block on its way to being executed: its transactions arrive one by one.
struct Assembly: Sendable {
    let sealed: SealedHeader
    let hashes: [Hash]
    /// Who can be asked for what is missing.
    let source: Hash
    private(set) var found: [Hash: SignedTransaction] = [:]
    private var lacking: Set<Hash>

    init(sealed: SealedHeader, hashes: [Hash], source: Hash) {
        (self.sealed, self.hashes, self.source) = (sealed, hashes, source)
        lacking = Set(hashes)
    }

    var id: Hash { sealed.id }
    var parent: Hash { sealed.envelope.parent }
    var missing: [Hash] { hashes.filter(lacking.contains) }

    /// Whether this block waits for a transaction.
    func lacks(_ hash: Hash) -> Bool { lacking.contains(hash) }

    mutating func add(_ transaction: SignedTransaction) {
        if lacking.remove(transaction.hash) != nil { found[transaction.hash] = transaction }
    }

    /// The whole block; nil while transactions are missing.
    var block: Block? {
        guard lacking.isEmpty else { return nil }
        return Block(sealed: sealed, transactions: hashes.compactMap { found[$0] })
    }
}

import ChainTypes
import Execution
import Mempool
import Primitives

/// Transactions whose signatures are being verified, in the order in which they came.
///
/// Verifications end in any order, but an account's transactions must enter the mempool in order of nonces: each sender's
/// wait for each other here, and one that follows another is not refused as a gap only because that is still on its way.
struct AdmissionQueue: Sendable {
    private enum Outcome {
        case pending
        case holds(VerifiedTransaction)
        case fails
    }

    private struct Entry {
        let signed: SignedTransaction
        let origin: Check.Origin
        var outcome = Outcome.pending
    }

    /// What has been decided about a transaction; nil when its signature does not hold.
    struct Decided: Sendable {
        let signed: SignedTransaction
        let verified: VerifiedTransaction?
        let origin: Check.Origin
    }

    private var senders: [Address: [Entry]] = [:]
    private var hashes: Set<Hash> = []

    var count: Int { hashes.count }

    func contains(_ hash: Hash) -> Bool { hashes.contains(hash) }

    /// Whether it is the next of its sender after one that is being verified, signed with the key that this one names.
    func continues(_ transaction: SignedTransaction) -> Bool {
        guard let entries = senders[transaction.body.sender], entries.count < Mempool.maximumInFlight,
            let last = entries.last?.signed.body, last.nonce < .max, transaction.body.nonce == last.nonce + 1
        else { return false }
        let key = transaction.witness.publicKey
        return (try? TransactionRules.checkKey(transaction.body, publicKey: key, recorded: last.nextKeyCommitment)) != nil
    }

    mutating func append(_ transaction: SignedTransaction, origin: Check.Origin) {
        senders[transaction.body.sender, default: []].append(Entry(signed: transaction, origin: origin))
        hashes.insert(transaction.hash)
    }

    /// Takes the outcome of a verification; returns what can be decided now, in order.
    mutating func settle(_ transaction: SignedTransaction, _ verified: VerifiedTransaction?) -> [Decided] {
        let sender = transaction.body.sender
        guard var entries = senders[sender] else { return [] }
        if let index = entries.firstIndex(where: { $0.signed.hash == transaction.hash }) {
            entries[index].outcome = verified.map { .holds($0) } ?? .fails
        }
        var decided: [Decided] = []
        decide: for entry in entries {
            switch entry.outcome {
            case .pending: break decide
            case .holds(let verified): decided.append(Decided(signed: entry.signed, verified: verified, origin: entry.origin))
            case .fails: decided.append(Decided(signed: entry.signed, verified: nil, origin: entry.origin))
            }
        }
        for one in decided { hashes.remove(one.signed.hash) }
        entries.removeFirst(decided.count)
        senders[sender] = entries.isEmpty ? nil : entries
        return decided
    }
}

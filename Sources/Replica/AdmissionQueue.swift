import ChainTypes
import Cryptography
import Execution
import Mempool
import Primitives

/// Transactions whose signatures are being verified, in the order in which they came.
///
/// Verifications end in any order, but an account's transactions must enter the mempool in order of nonces: each
/// sender's wait for each other here, and one that follows another is not refused as a gap only because that is still
/// on its way.
struct AdmissionQueue: Sendable {
    /// All together: about three seconds of one core's verifications.
    static let maximumBytes = 64 << 20
    static let maximumCount = 16_384
    /// Of one peer, so that none can keep the others out.
    static let peerBytes = 8 << 20
    static let peerCount = 2048

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

    private struct Load {
        var count = 0
        var bytes = 0

        mutating func add(_ transaction: SignedTransaction) {
            count += 1
            bytes += transaction.bodyBytes
        }

        mutating func remove(_ transaction: SignedTransaction) {
            count -= 1
            bytes -= transaction.bodyBytes
        }
    }

    private var senders: [Address: [Entry]] = [:]
    private var hashes: Set<Hash> = []
    private var load = Load()
    private var peers: [Hash: Load] = [:]

    var count: Int { load.count }

    func contains(_ hash: Hash) -> Bool { hashes.contains(hash) }

    /// Whether one more may be verified for whoever sent it. Half of the room is kept for this node's users and the
    /// validators.
    func hasRoom(for transaction: SignedTransaction, origin: Check.Origin, isTrusted: Bool) -> Bool {
        let bytes = transaction.bodyBytes
        let part = isTrusted ? 1 : 2
        guard load.count < Self.maximumCount / part, load.bytes + bytes <= Self.maximumBytes / part,
            senders[transaction.body.sender]?.count ?? 0 < Mempool.Limits().senderTransactions
        else { return false }
        guard case .peer(let peer) = origin, let own = peers[peer] else { return true }
        return own.count < Self.peerCount && own.bytes + bytes <= Self.peerBytes
    }

    /// Whether it is the next of its sender after one that is being verified, signed with the key that this one names.
    func continues(_ transaction: SignedTransaction) -> Bool {
        let (body, key) = (transaction.body, transaction.witness.publicKey)
        // Not the last one alone: whoever has seen a transaction can send others with its key and nonce, though not signed.
        let before = senders[body.sender]?.filter { $0.signed.body.nonce < .max && $0.signed.body.nonce + 1 == body.nonce }
        guard let before, !before.isEmpty else { return false }
        let commitment = KeyCommitment.of(suite: body.suite, publicKey: key)
        guard before.contains(where: { $0.signed.body.nextKeyCommitment == commitment }) else { return false }
        return (try? TransactionRules.checkKey(body, publicKey: key, recorded: commitment)) != nil
    }

    mutating func append(_ transaction: SignedTransaction, origin: Check.Origin) {
        senders[transaction.body.sender, default: []].append(Entry(signed: transaction, origin: origin))
        hashes.insert(transaction.hash)
        load.add(transaction)
        if case .peer(let peer) = origin { peers[peer, default: Load()].add(transaction) }
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
            case .holds(let verified):
                decided.append(Decided(signed: entry.signed, verified: verified, origin: entry.origin))
            case .fails: decided.append(Decided(signed: entry.signed, verified: nil, origin: entry.origin))
            }
        }
        for one in decided { forget(one) }
        entries.removeFirst(decided.count)
        senders[sender] = entries.isEmpty ? nil : entries
        return decided
    }

    private mutating func forget(_ one: Decided) {
        hashes.remove(one.signed.hash)
        load.remove(one.signed)
        guard case .peer(let peer) = one.origin else { return }
        peers[peer]?.remove(one.signed)
        if peers[peer]?.count == 0 { peers[peer] = nil }
    }
}

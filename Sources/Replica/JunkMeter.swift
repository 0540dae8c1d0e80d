import Mempool
import Primitives

/// What each peer's transactions have cost for nothing. Finding out that one cannot run reads the state, so a peer
/// whose transactions often cannot is not listened to for a while; honest ones send such a transaction only when a
/// block overtakes it.
struct JunkMeter: Sendable {
    /// What a peer may cost at once, and by the second.
    static let burst: UInt64 = 512
    static let perSecond: UInt64 = 16

    private struct Account {
        var spent: UInt64
        var at: UInt64
    }

    /// Of connected peers that have sent any.
    private var accounts: [Hash: Account] = [:]

    var count: Int { accounts.count }

    /// Whether a peer's transactions are not even looked at.
    func isOver(_ peer: Hash, now: UInt64) -> Bool { spent(peer, now: now) >= Self.burst }

    private func spent(_ peer: Hash, now: UInt64) -> UInt64 {
        guard let account = accounts[peer] else { return 0 }
        let forgiven = now > account.at ? (now - account.at) * Self.perSecond / 1000 : 0
        return account.spent > forgiven ? account.spent - forgiven : 0
    }

    mutating func add(_ error: AdmissionError, of peer: Hash, now: UInt64) {
        guard error.isWasteful else { return }
        accounts[peer] = Account(spent: spent(peer, now: now) + 1, at: now)
    }

    mutating func forget(_ peer: Hash) { accounts[peer] = nil }
}

extension AdmissionError {
    /// Whether the sender could have known, and finding out was dearer than looking up a hash or a price.
    fileprivate var isWasteful: Bool {
        switch self {
        case .alreadyKnown, .underpriced, .outbid, .full, .tooSlow, .state: false
        default: true
        }
    }
}

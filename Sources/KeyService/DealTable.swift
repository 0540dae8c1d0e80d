import Cryptography
import Primitives

/// Vaults that are being dealt: which of their stripes have arrived, and when the last one did.
///
/// A restart forgets the stripes, so the client deals again. Who stops halfway does not keep the room for ever.
package struct DealTable: Sendable {
    /// A deal without progress for so long is given up.
    package static let patienceMilliseconds: UInt64 = 600_000
    /// The most unfinished deals.
    package static let maximum = 1024

    private struct Deal: Sendable {
        /// Of the stripes that have arrived.
        var digests: [Hash?] = []
        var missing = 0
        var hasManifest = false
        /// False for one that a restart interrupted.
        var isOpen = true
        /// When something new arrived; nil until the first look at the clock after a restart.
        var progressed: UInt64?
    }

    private var deals: [Hash: Deal] = [:]

    package init() {}

    /// Whether another key finds room.
    package func hasRoom(for key: KeyID) -> Bool { deals[key.hash] != nil || deals.count < Self.maximum }

    package mutating func begin(_ key: KeyID, stripes: Int, now: UInt64) {
        deals[key.hash] = Deal(digests: [Hash?](repeating: nil, count: stripes), missing: stripes, progressed: now)
    }

    /// Remembers a deal that was found unfinished in the store.
    package mutating func adopt(_ key: KeyID) { deals[key.hash] = Deal(isOpen: false) }

    package func isOpen(_ key: KeyID) -> Bool { deals[key.hash]?.isOpen ?? false }

    /// Of the stripe's bytes; nil before it has arrived.
    package func digest(of stripe: UInt64, of key: KeyID) -> Hash? {
        guard let deal = deals[key.hash], stripe < deal.digests.count else { return nil }
        return deal.digests[Int(stripe)]
    }

    /// Whether the stripe is new.
    package mutating func stored(stripe: Int, digest: Hash, of key: KeyID, now: UInt64) -> Bool {
        // Taken out, so that its array is not copied.
        guard var deal = deals.removeValue(forKey: key.hash) else { return false }
        defer { deals[key.hash] = deal }
        guard deal.digests.indices.contains(stripe) else { return false }
        let isNew = deal.digests[stripe] == nil
        deal.digests[stripe] = digest
        guard isNew else { return false }
        deal.missing -= 1
        deal.progressed = now
        return true
    }

    package mutating func storedManifest(of key: KeyID) { deals[key.hash]?.hasManifest = true }

    /// The digests of all stripes in order; nil while anything is missing.
    package func completed(_ key: KeyID) -> [Hash]? {
        guard let deal = deals[key.hash], deal.isOpen, deal.missing == 0, deal.hasManifest else { return nil }
        return deal.digests.compactMap { $0 }
    }

    package mutating func end(_ key: KeyID) { deals[key.hash] = nil }

    /// Deals without progress for too long, in the order of their keys.
    package mutating func abandoned(now: UInt64) -> [KeyID] {
        deals.keys.sorted().filter { key in
            guard let progressed = deals[key]?.progressed else {
                deals[key]?.progressed = now
                return false
            }
            return now > progressed && now - progressed > Self.patienceMilliseconds
        }.map { KeyID($0) }
    }
}

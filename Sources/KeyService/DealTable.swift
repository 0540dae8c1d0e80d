import Cryptography
import Primitives

/// Vaults that are being dealt: which of their stripes have arrived, and when the last one did.
///
/// A restart forgets the stripes, so the client deals again. Who stops halfway does not keep the room for ever.
struct DealTable: Sendable {
    /// A deal without progress for so long is given up.
    static let patienceMilliseconds: UInt64 = 600_000
    /// The most unfinished deals.
    static let maximum = 1024

    private struct Deal: Sendable {
        var hasStripe: [Bool] = []
        var missing = 0
        var hasManifest = false
        /// False for one that a restart interrupted.
        var isOpen = true
        /// When something new arrived; nil until the first look at the clock after a restart.
        var progressed: UInt64?
    }

    private var deals: [Hash: Deal] = [:]

    /// Whether another key finds room.
    func hasRoom(for key: KeyID) -> Bool { deals[key.hash] != nil || deals.count < Self.maximum }

    mutating func begin(_ key: KeyID, stripes: Int, now: UInt64) {
        deals[key.hash] = Deal(hasStripe: [Bool](repeating: false, count: stripes), missing: stripes, progressed: now)
    }

    /// Remembers a deal that was found unfinished in the store.
    mutating func adopt(_ key: KeyID) { deals[key.hash] = Deal(isOpen: false) }

    func isOpen(_ key: KeyID) -> Bool { deals[key.hash]?.isOpen ?? false }

    /// Whether the stripe is new.
    mutating func stored(stripe: Int, of key: KeyID, now: UInt64) -> Bool {
        // Taken out, so that its array is not copied.
        guard var deal = deals.removeValue(forKey: key.hash) else { return false }
        defer { deals[key.hash] = deal }
        guard deal.hasStripe.indices.contains(stripe), !deal.hasStripe[stripe] else { return false }
        deal.hasStripe[stripe] = true
        deal.missing -= 1
        deal.progressed = now
        return true
    }

    mutating func storedManifest(of key: KeyID) { deals[key.hash]?.hasManifest = true }

    func isComplete(_ key: KeyID) -> Bool { deals[key.hash].map { $0.isOpen && $0.missing == 0 && $0.hasManifest } ?? false }

    mutating func end(_ key: KeyID) { deals[key.hash] = nil }

    /// Deals without progress for too long, in the order of their keys.
    mutating func abandoned(now: UInt64) -> [KeyID] {
        deals.keys.sorted().filter { key in
            guard let progressed = deals[key]?.progressed else {
                deals[key]?.progressed = now
                return false
            }
            return now > progressed && now - progressed > Self.patienceMilliseconds
        }.map { KeyID($0) }
    }
}

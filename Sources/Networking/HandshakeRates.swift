/// How many handshakes each address has left, and all strangers' together: one costs this side a signature and two key
/// exchanges, and addresses cost little to whoever has a botnet or a block of them.
package struct HandshakeRates: Sendable {
    private struct Bucket {
        let perSecond: UInt64
        /// What can be saved up, in thousandths.
        let most: UInt64
        /// In thousandths.
        private var left: UInt64
        private var updated: UInt64

        init(_ perSecond: Int, most: Int, now: UInt64) {
            self.perSecond = UInt64(perSecond)
            self.most = UInt64(most) * 1000
            left = self.most
            updated = now
        }

        mutating func take(_ now: UInt64) -> Bool {
            let elapsed = min(now - min(now, updated), 3_600_000)
            left = min(most, left + elapsed * perSecond)
            updated = now
            guard left >= 1000 else { return false }
            left -= 1000
            return true
        }
    }

    private static let maximumAddresses = 4096
    private let limits: SessionLimits
    private var strangers: Bucket
    /// Of addresses that have begun a handshake since the last turn, and before it. Whoever has begun none for as long as it
    /// takes a bucket to fill up has a full one, so that nobody has to look for those.
    private var buckets: (new: [String: Bucket], old: [String: Bucket]) = ([:], [:])
    private var turned: UInt64

    package init(_ limits: SessionLimits, now: UInt64) {
        self.limits = limits
        strangers = Bucket(limits.handshakesPerSecond, most: limits.savedHandshakes, now: now)
        turned = now
    }

    /// Takes one; false where none is left.
    /// - Parameters:
    ///   - isExpected: whether peers of this node's own are there, which strangers elsewhere must not keep out.
    ///   - now: milliseconds that never run backwards.
    package mutating func take(_ address: String, isExpected: Bool, now: UInt64) -> Bool {
        if now >= turned + millisecondsToFill { (buckets, turned) = ((new: [:], old: buckets.new), now) }
        let isNew = buckets.new[address] == nil
        let known = isNew ? buckets.old.removeValue(forKey: address) : nil
        // With more addresses at work only the bound on all strangers is left. Peers are few: they always have a place.
        guard !isNew || known != nil || isExpected || buckets.new.count + buckets.old.count < Self.maximumAddresses else {
            return strangers.take(now)
        }
        let full = Bucket(limits.handshakesPerSecondPerAddress, most: limits.savedHandshakesPerAddress, now: now)
        guard buckets.new[address, default: known ?? full].take(now) else { return false }
        return isExpected || strangers.take(now)
    }

    private var millisecondsToFill: UInt64 {
        UInt64(1000 * limits.savedHandshakesPerAddress / max(1, limits.handshakesPerSecondPerAddress))
    }
}

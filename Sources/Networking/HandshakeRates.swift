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

        func left(_ now: UInt64) -> UInt64 {
            let elapsed = min(now - min(now, updated), 3_600_000)
            return min(most, left + elapsed * perSecond)
        }

        mutating func take(_ now: UInt64) -> Bool {
            left = left(now)
            updated = now
            guard left >= 1000 else { return false }
            left -= 1000
            return true
        }
    }

    private static let maximumAddresses = 4096
    private let limits: SessionLimits
    private var strangers: Bucket
    private var buckets: [String: Bucket] = [:]

    package init(_ limits: SessionLimits, now: UInt64) {
        self.limits = limits
        strangers = Bucket(limits.handshakesPerSecond, most: limits.savedHandshakes, now: now)
    }

    /// Takes one; false where none is left.
    /// - Parameters:
    ///   - isExpected: whether peers of this node's own are there, which strangers elsewhere must not keep out.
    ///   - now: milliseconds that never run backwards.
    package mutating func take(_ address: String, isExpected: Bool, now: UInt64) -> Bool {
        if buckets[address] == nil, buckets.count >= Self.maximumAddresses {
            buckets = buckets.filter { $0.value.left(now) < $0.value.most }
        }
        // With so many addresses at work only the bound on all is left.
        let hasPlace = buckets[address] != nil || buckets.count < Self.maximumAddresses
        let new = Bucket(limits.handshakesPerSecondPerAddress, most: limits.savedHandshakesPerAddress, now: now)
        if hasPlace, !buckets[address, default: new].take(now) { return false }
        return isExpected || strangers.take(now)
    }
}

/// How many handshakes each address has left: one costs this side a signature and two key exchanges.
struct HandshakeRates: Sendable {
    private struct Bucket {
        /// In thousandths.
        var left: UInt64
        var updated: UInt64
    }

    private static let maximumAddresses = 4096
    private var buckets: [String: Bucket] = [:]
    private let perSecond: UInt64
    private let most: UInt64

    init(perSecond: Int, most: Int) {
        self.perSecond = UInt64(perSecond)
        self.most = UInt64(most) * 1000
    }

    /// Takes one; false where none is left.
    /// - Parameter now: milliseconds that never run backwards.
    mutating func take(_ address: String, now: UInt64) -> Bool {
        if buckets[address] == nil, buckets.count >= Self.maximumAddresses { forgetRested(now) }
        // Whoever has that many addresses is not held by a bound on each.
        guard buckets[address] != nil || buckets.count < Self.maximumAddresses else { return true }
        var bucket = buckets[address] ?? Bucket(left: most, updated: now)
        bucket.left = current(bucket, now)
        bucket.updated = now
        let isTaken = bucket.left >= 1000
        if isTaken { bucket.left -= 1000 }
        buckets[address] = bucket
        return isTaken
    }

    private func current(_ bucket: Bucket, _ now: UInt64) -> UInt64 {
        let elapsed = min(now - min(now, bucket.updated), 3_600_000)
        return min(most, bucket.left + elapsed * perSecond)
    }

    private mutating func forgetRested(_ now: UInt64) { buckets = buckets.filter { current($0.value, now) < most } }
}

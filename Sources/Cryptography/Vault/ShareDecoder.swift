/// Recovers secrets from shares of which some are silent and some lie.
public typealias ShamirDecoder = ShareDecoder<GF256>

/// A recovered secret and who was not right.
public struct DecodedSecret: Hashable, Sendable, CustomStringConvertible {
    public let secret: [UInt8]
    /// Slots whose share is not the polynomial's value. Told to the owner only: a bad dealer looks the same.
    public let wrongSlots: [Int]
    /// Slots that gave no share.
    public let silentSlots: [Int]

    /// Never the secret.
    public var description: String { "DecodedSecret(wrong: \(wrongSlots), silent: \(silentSlots))" }
}

/// The decoder over any field of characteristic two.
public struct ShareDecoder<Field: BinaryField>: Sendable {
    public let committee: Committee

    public init(committee: Committee) { self.committee = committee }

    /// The secret, right whenever `2 · wrong + silent ≤ count − threshold`.
    ///
    /// Above that bound it may throw `notDecodable` or return a wrong secret: then use `decode(_:workLimit:check:)`.
    /// - Throws: `tooFewShares`, `notDecodable`, or what is wrong with a slot or length.
    public func decode(_ shares: [Share]) throws(SharingError) -> DecodedSecret {
        try Shamir<Field>.check(shares, committee: committee)
        guard let decoded = attempt(shares, among: shares),
            2 * decoded.wrongSlots.count <= shares.count - committee.threshold
        else { throw .notDecodable }
        return decoded
    }

    /// The secret that passes the check, past more liars than the bound above.
    ///
    /// First all shares are decoded together; then 1, 2, … of them are left out, in every way, and the rest are decoded,
    /// down to every subset of `threshold` shares. Leaving out `g` liars corrects `g` more errors at half the cost in excess.
    /// - Parameters:
    ///   - workLimit: most attempts at decoding; one costs up to some milliseconds with a committee of 64.
    ///   - check: whether a candidate is the secret, by the key commitment.
    public func decode(
        _ shares: [Share], workLimit: Int, check: ([UInt8]) -> Bool
    ) throws(SharingError) -> DecodedSecret {
        try Shamir<Field>.check(shares, committee: committee)
        var found: DecodedSecret?
        visitCandidates(shares, workLimit: workLimit) { candidate in
            if check(candidate.secret) { found = candidate }
            return found == nil
        }
        guard let found else { throw .notDecodable }
        return found
    }

    /// Up to `limit` different candidates, the likeliest first, within `workLimit` attempts.
    func candidates(_ shares: [Share], limit: Int, workLimit: Int) throws(SharingError) -> [DecodedSecret] {
        try Shamir<Field>.check(shares, committee: committee)
        var found: [DecodedSecret] = []
        visitCandidates(shares, workLimit: workLimit) { candidate in
            if !found.contains(where: { $0.secret == candidate.secret }) { found.append(candidate) }
            return found.count < limit
        }
        return found
    }

    private func visitCandidates(_ shares: [Share], workLimit: Int, _ visit: (DecodedSecret) -> Bool) {
        var work = 0
        let excess = shares.count - committee.threshold
        // An odd excess wastes a share, so leaving one out gains only then, and two at a time after that.
        for omitted in [0] + stride(from: excess % 2 == 0 ? 2 : 1, through: excess, by: 2) {
            var subsets = Combinations(of: omitted, from: shares.count)
            while let left = subsets.next() {
                guard work < workLimit else { return }
                work += 1
                let kept = shares.indices.filter { !left.contains($0) }.map { shares[$0] }
                if let decoded = attempt(kept, among: shares), !visit(decoded) { return }
            }
        }
    }

    /// Decodes the kept shares and compares all of them with the result.
    private func attempt(_ kept: [Share], among all: [Share]) -> DecodedSecret? {
        let locator = ErrorLocator<Field>(points: kept.map { Shamir<Field>.point($0.slot) }, threshold: committee.threshold)
        guard let corrected = locator.correct(kept.map(\.bytes))?.values else { return nil }
        let base = zip(kept, corrected).prefix(committee.threshold).map { Share(slot: $0.slot, bytes: $1) }
        let secret = Shamir<Field>.interpolate(base, at: 0)
        var expected = [[UInt8]?](repeating: nil, count: committee.count)
        for (share, bytes) in zip(kept, corrected) { expected[share.slot] = bytes }
        let wrong = all.filter { share in
            let right = expected[share.slot] ?? Shamir<Field>.interpolate(base, at: Shamir<Field>.point(share.slot))
            return !constantTimeEqual(right, share.bytes)
        }
        let present = Set(all.map(\.slot))
        return DecodedSecret(
            secret: secret, wrongSlots: wrong.map(\.slot).sorted(),
            silentSlots: (0..<committee.count).filter { !present.contains($0) })
    }
}

/// Every way to choose `size` of `count` indices, in lexicographic order.
struct Combinations: IteratorProtocol {
    private var upcoming: [Int]?
    private let count: Int

    init(of size: Int, from count: Int) {
        upcoming = size <= count ? Array(0..<size) : nil
        self.count = count
    }

    mutating func next() -> [Int]? {
        guard let current = upcoming else { return nil }
        upcoming = current
        guard let movable = current.indices.last(where: { current[$0] < count - current.count + $0 }) else {
            upcoming = nil
            return current
        }
        let start = current[movable] + 1
        upcoming?.replaceSubrange(movable..., with: start..<(start + current.count - movable))
        return current
    }
}

/// One slot's share of a secret.
public struct Share: Hashable, Sendable, CustomStringConvertible {
    /// Position in the committee, from 0; the share is the polynomial's value at `slot + 1`.
    public let slot: Int
    public let bytes: [UInt8]

    public init(slot: Int, bytes: [UInt8]) { (self.slot, self.bytes) = (slot, bytes) }

    /// Never the share.
    public var description: String { "Share(slot: \(slot))" }
}

/// Why a secret cannot be shared or recovered.
public enum SharingError: Error, Hashable, Sendable {
    /// Not 1 ≤ threshold ≤ count ≤ 128.
    case invalidCommittee
    case emptySecret
    case wrongRandomnessLength
    /// A slot outside the committee.
    case foreignSlot(Int)
    case duplicateSlot(Int)
    /// The share's length differs from the first one's, or is zero.
    case wrongLength(slot: Int)
    case tooFewShares(have: Int, need: Int)
    /// The shares do not lie on one polynomial.
    case inconsistent
    /// More wrong shares than can be corrected, within the bound on work.
    case notDecodable
}

/// Shamir's sharing in GF(2^8), byte by byte (Shamir 1979): fewer than `threshold` shares are independent of the secret.
public typealias ShamirSharing = Shamir<GF256>

/// Size and threshold of one class of a committee.
public struct Committee: Hashable, Sendable {
    public static let maximumCount = 128
    public let threshold: Int
    public let count: Int

    public init(threshold: Int, count: Int) throws(SharingError) {
        guard threshold >= 1, threshold <= count, count <= Self.maximumCount else { throw .invalidCommittee }
        (self.threshold, self.count) = (threshold, count)
    }
}

/// The sharing over any field of characteristic two.
public enum Shamir<Field: BinaryField> {
    /// Bytes of uniform randomness that `split` needs.
    package static func randomnessByteCount(secretLength: Int, committee: Committee) -> Int {
        (committee.threshold - 1) * secretLength
    }

    /// Shares for every slot: byte by byte, the values at `slot + 1` of a polynomial whose constant term is the secret and whose
    /// coefficient of degree `d` is the `d`-th stretch of the randomness.
    package static func deal(secret: [UInt8], committee: Committee, randomness: [UInt8]) throws(SharingError) -> [Share] {
        guard committee.count < Field.order else { throw .invalidCommittee }
        guard !secret.isEmpty else { throw .emptySecret }
        guard randomness.count == randomnessByteCount(secretLength: secret.count, committee: committee) else {
            throw .wrongRandomnessLength
        }
        let coefficients = [secret] + stride(from: 0, to: randomness.count, by: secret.count).map {
            Array(randomness[$0..<($0 + secret.count)])
        }
        return (0..<committee.count).map { Share(slot: $0, bytes: evaluate(coefficients, at: point($0))) }
    }

    /// The secret of shares that must all lie on one polynomial; at least `threshold` of them.
    package static func combine(_ shares: [Share], committee: Committee) throws(SharingError) -> [UInt8] {
        try check(shares, committee: committee)
        let base = Array(shares.prefix(committee.threshold))
        for share in shares.dropFirst(committee.threshold)
        where !constantTimeEqual(interpolate(base, at: point(share.slot)), share.bytes) {
            throw .inconsistent
        }
        return interpolate(base, at: 0)
    }

    /// The share that was dealt to a slot, from at least `threshold` others, which must all lie on one polynomial: the same bytes
    /// again, so it renews nothing.
    public static func restore(slot: Int, from shares: [Share], committee: Committee) throws(SharingError) -> Share {
        guard (0..<committee.count).contains(slot) else { throw .foreignSlot(slot) }
        _ = try combine(shares, committee: committee)
        return Share(slot: slot, bytes: interpolate(Array(shares.prefix(committee.threshold)), at: point(slot)))
    }

    /// Refuses foreign and repeated slots, unequal lengths and too few shares.
    static func check(_ shares: [Share], committee: Committee) throws(SharingError) {
        guard committee.count < Field.order else { throw .invalidCommittee }
        var seen = [Bool](repeating: false, count: committee.count)
        for share in shares {
            guard seen.indices.contains(share.slot) else { throw .foreignSlot(share.slot) }
            guard !seen[share.slot] else { throw .duplicateSlot(share.slot) }
            guard !share.bytes.isEmpty, share.bytes.count == shares.first?.bytes.count else {
                throw .wrongLength(slot: share.slot)
            }
            seen[share.slot] = true
        }
        guard shares.count >= committee.threshold else {
            throw .tooFewShares(have: shares.count, need: committee.threshold)
        }
    }

    /// The polynomial's argument for a slot: never zero, where the secret is.
    static func point(_ slot: Int) -> UInt8 { UInt8(slot + 1) }

    /// Lagrange's interpolation. Points and weights are public, shares secret.
    static func interpolate(_ shares: [Share], at target: UInt8) -> [UInt8] {
        let points = shares.map { point($0.slot) }
        var result = [UInt8](repeating: 0, count: shares.first?.bytes.count ?? 0)
        for (index, share) in shares.enumerated() {
            var (numerator, denominator) = (1 as UInt8, 1 as UInt8)
            for (other, x) in points.enumerated() where other != index {
                numerator = Field.multiply(numerator, target ^ x)
                denominator = Field.multiply(denominator, points[index] ^ x)
            }
            let weight = Field.multiply(numerator, Field.inverse(denominator))
            Field.addScaled(share.bytes, by: weight, to: &result)
        }
        return result
    }

    /// Horner's rule, all bytes at once.
    private static func evaluate(_ coefficients: [[UInt8]], at x: UInt8) -> [UInt8] {
        var value = [UInt8](repeating: 0, count: coefficients.first?.count ?? 0)
        for coefficient in coefficients.reversed() {
            var next = coefficient
            Field.addScaled(value, by: x, to: &next)
            value = next
        }
        return value
    }
}

extension Shamir where Field == GF256 {
    /// Splits a secret so that any `threshold` of `count` shares give it back and fewer say nothing about it.
    /// - Parameter randomness: `(threshold − 1) · secret.count` uniform bytes, used once.
    public static func split(
        secret: [UInt8], threshold: Int, count: Int, randomness: [UInt8]
    ) throws(SharingError) -> [Share] {
        try deal(secret: secret, committee: Committee(threshold: threshold, count: count), randomness: randomness)
    }

    /// The secret of at least `threshold` shares of a committee of `count`; all must agree. `ShamirDecoder` survives liars.
    public static func combine(_ shares: [Share], threshold: Int, count: Int) throws(SharingError) -> [UInt8] {
        try combine(shares, committee: Committee(threshold: threshold, count: count))
    }
}

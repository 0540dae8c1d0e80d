import Cryptography
import Primitives

/// How a vault's ciphertext is cut: stripes of whole segments, each erasure-coded by itself.
///
/// It follows from the size that the registry records, so a node knows the exact length of every fragment it may be sent.
public struct VaultLayout: Hashable, Sendable {
    /// Segments of a full stripe: 2.6 MB, which a client holds a few of.
    public static let segmentsPerStripe = 160
    /// 10 TiB: more than any node declares.
    public static let maximumSize: UInt64 = 10 << 40

    /// Plaintext bytes.
    public let size: UInt64
    /// Fragments that give a stripe back.
    public let dataCount: Int
    public let segmentCount: UInt64
    public let stripeCount: UInt64

    /// nil above `maximumSize` or without data fragments.
    public init?(size: UInt64, dataCount: Int) {
        guard size <= Self.maximumSize, dataCount >= 1 else { return nil }
        (self.size, self.dataCount) = (size, dataCount)
        // An empty message is one empty segment.
        segmentCount = max(1, (size + Self.segmentBytes - 1) / Self.segmentBytes)
        stripeCount = (segmentCount + UInt64(Self.segmentsPerStripe) - 1) / UInt64(Self.segmentsPerStripe)
    }

    private static let segmentBytes = UInt64(CipherSuite.current.segmentByteCount)

    /// Segments of a stripe.
    public func segments(of stripe: UInt64) -> Range<UInt64> {
        let first = stripe * UInt64(Self.segmentsPerStripe)
        return first..<max(first, min(first + UInt64(Self.segmentsPerStripe), segmentCount))
    }

    /// Plaintext bytes of a segment.
    public func plainLength(ofSegment segment: UInt64) -> Int {
        let start = segment * Self.segmentBytes
        return Int(min(Self.segmentBytes, size - min(size, start)))
    }

    /// Plaintext bytes of a stripe.
    public func plainLength(of stripe: UInt64) -> Int { segments(of: stripe).reduce(0) { $0 + plainLength(ofSegment: $1) } }

    /// Ciphertext bytes of a stripe.
    public func sealedLength(of stripe: UInt64) -> Int {
        plainLength(of: stripe) + segments(of: stripe).count * SegmentCipher.tagByteCount
    }

    /// Bytes that each node stores of a stripe.
    public func fragmentLength(of stripe: UInt64) -> Int { (sealedLength(of: stripe) + dataCount - 1) / dataCount }

    /// Number of a stripe's first chunk among all that a node stores of the vault.
    public func firstChunk(of stripe: UInt64) -> UInt64 { stripe * chunkCount(of: 0) }

    private func chunkCount(of stripe: UInt64) -> UInt64 { ChunkTree.count(of: fragmentLength(of: stripe)) }

    /// Chunks that each node stores of the whole vault.
    public var chunkCount: UInt64 { firstChunk(of: stripeCount - 1) + chunkCount(of: stripeCount - 1) }

    /// What a fragment is known by: the root of its chunks. It is another one in another stripe.
    public func digest(of fragment: [UInt8], stripe: UInt64) -> Hash {
        ChunkTree.root(of: ChunkTree.leaves(of: fragment, first: firstChunk(of: stripe)))
    }

    /// Bytes that each node stores of the whole vault.
    public var fragmentBytes: UInt64 {
        guard stripeCount > 1 else { return UInt64(fragmentLength(of: 0)) }
        return (stripeCount - 1) * UInt64(fragmentLength(of: 0)) + UInt64(fragmentLength(of: stripeCount - 1))
    }
}

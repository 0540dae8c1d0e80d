import Cryptography
import KeyService
import Primitives

/// Encrypts and cuts one stripe of a vault, or puts it together again. Stripes are independent, so several run at once.
struct StripeCipher: Sendable {
    let layout: VaultLayout
    let code: ReedSolomon
    private let cipher: SegmentCipher

    /// The header's salt must be fresh when sealing.
    init(layout: VaultLayout, code: ReedSolomon, header: SegmentHeader, keyMaterial: KeyMaterial) {
        (self.layout, self.code) = (layout, code)
        cipher = SegmentCipher(header: header, keyMaterial: keyMaterial)
    }

    /// The fragments of a stripe, by seat, with their digests.
    /// - Parameter plain: exactly the stripe's plaintext bytes.
    func seal(_ plain: [UInt8], stripe: UInt64) -> (fragments: [ReedSolomon.Fragment], digests: [Hash]) {
        precondition(plain.count == layout.plainLength(of: stripe), "a whole stripe")
        var sealed: [UInt8] = []
        sealed.reserveCapacity(layout.sealedLength(of: stripe))
        var start = 0
        for segment in layout.segments(of: stripe) {
            let end = start + layout.plainLength(ofSegment: segment)
            sealed += cipher.seal(Array(plain[start..<end]), index: segment, position: position(segment))
            start = end
        }
        let fragments = code.encode(sealed)
        return (fragments, fragments.map { layout.digest(of: $0.bytes, stripe: stripe) })
    }

    /// The plaintext of a stripe from fragments whose digests were right.
    func open(_ fragments: [ReedSolomon.Fragment], stripe: UInt64) throws -> [UInt8] {
        let sealed = try code.reconstruct(fragments, dataLength: layout.sealedLength(of: stripe))
        var plain: [UInt8] = []
        plain.reserveCapacity(layout.plainLength(of: stripe))
        var start = 0
        for segment in layout.segments(of: stripe) {
            let end = start + layout.plainLength(ofSegment: segment) + SegmentCipher.tagByteCount
            plain += try cipher.open(Array(sealed[start..<end]), index: segment, position: position(segment))
            start = end
        }
        return plain
    }

    /// The last segment carries the final flag and the file's length: without it nothing is whole.
    private func position(_ segment: UInt64) -> SegmentCipher.Position {
        segment + 1 == layout.segmentCount ? .last(totalLength: layout.size) : .inner
    }
}

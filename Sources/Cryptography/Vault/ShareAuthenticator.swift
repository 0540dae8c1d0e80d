import Primitives

/// A one-time authenticator for one share, unforgeable without any assumption: the tag stays with the node's share, the
/// key with the owner, so the owner sees which node changed its share whatever else has gone wrong.
///
/// With key `a ‖ b` the tag is `b + a^(n+1) + c_1·a^n + … + c_n·a` in GF(2^128) (Wegman and Carter 1981), where `c` are the key id, the
/// place and length, then the share, in blocks of 16 bytes, the last padded with zeros. A node that knows share and tag
/// forges another with probability at most `(n + 1) · 2^-128`, `n` being the longer one's blocks (13 for 160 bytes). The tag,
/// under a uniform key used once, says nothing about the share. Blocks are big-endian polynomials modulo x^128 + x^7 + x^2 + x + 1.
public struct ShareAuthenticator: Sendable {
    public static let keyByteCount = 32
    public static let tagByteCount = 16
    private let multiplier: UInt128
    private let mask: UInt128

    /// What a tag is bound to besides the share: a replayed share of another key, epoch or slot has a wrong tag.
    public struct Place: Hashable, Sendable {
        public let keyID: KeyID
        public let epoch: UInt64
        public let isOperator: Bool
        public let slot: Int

        public init(keyID: KeyID, epoch: UInt64, isOperator: Bool, slot: Int) {
            (self.keyID, self.epoch, self.isOperator, self.slot) = (keyID, epoch, isOperator, slot)
        }
    }

    /// - Parameter key: 32 uniform bytes for one share of one dealing; nil for any other length.
    public init?(key: some Collection<UInt8>) {
        guard key.count == Self.keyByteCount else { return nil }
        multiplier = Self.number(key.prefix(16))
        mask = Self.number(key.dropFirst(16))
    }

    /// 16 bytes.
    public func tag(for share: [UInt8], at place: Place) -> [UInt8] {
        var message = place.keyID.bytes
        message.append(bigEndian: place.epoch)
        message.append(bigEndian: UInt16(place.isOperator ? 1 : 0) << 8 | UInt16(place.slot & 0xff))
        message.append(contentsOf: [0, 0])
        message.append(bigEndian: UInt32(share.count))
        message += share
        var sum = multiplier
        for start in stride(from: 0, to: message.count, by: 16) {
            let block = message[start..<min(start + 16, message.count)]
            let coefficient = Self.number(block) << UInt128(8 * (16 - block.count))
            sum = Self.multiply(sum ^ coefficient, multiplier)
        }
        var tag: [UInt8] = []
        tag.append(bigEndian: sum ^ mask)
        return tag
    }

    /// Whether the tag belongs to the share at this place.
    public func verifies(_ tag: [UInt8], for share: [UInt8], at place: Place) -> Bool {
        constantTimeEqual(tag, self.tag(for: share, at: place))
    }

    private static func number(_ bytes: some Collection<UInt8>) -> UInt128 { bytes.reduce(0) { $0 << 8 | UInt128($1) } }

    /// In time independent of both factors.
    private static func multiply(_ a: UInt128, _ b: UInt128) -> UInt128 {
        var (product, multiple, rest) = (0 as UInt128, a, b)
        for _ in 0..<128 {
            product ^= multiple & (0 &- (rest & 1))
            multiple = multiple << 1 ^ (0x87 & (0 &- (multiple >> 127)))
            rest >>= 1
        }
        return product
    }
}

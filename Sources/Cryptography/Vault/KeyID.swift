import Primitives

/// The name of one data key: the first 128 bits of the genesis hash ‖ height (64) ‖ number of the request (64), big-endian.
///
/// The key registry counts requests over the whole chain, so no two keys of a chain ever have the same id: the
/// input of the truncated keyed permutation is never reused across keys.
@frozen public struct KeyID: FixedBytes {
    public let hash: Hash
    public static let byteCount = 32
    public static let zero = KeyID(.zero)

    @inlinable public init(_ hash: Hash) { self.hash = hash }

    /// - Parameters:
    ///   - genesis: hash of the genesis block; its first 16 bytes are used.
    ///   - height: block in which the key was requested.
    ///   - index: how many keys had been requested on the chain before.
    public init(genesis: Hash, height: UInt64, index: UInt64) {
        let prefix = genesis.number
        self.init(Hash(prefix.limb3, prefix.limb2, height, index))
    }

    public init?(_ bytes: some Collection<UInt8>) {
        guard let hash = Hash(bytes) else { return nil }
        self.init(hash)
    }

    public var height: UInt64 { hash.number.limb1 }
    public var index: UInt64 { hash.number.limb0 }

    public func append(to bytes: inout [UInt8]) { hash.append(to: &bytes) }

    public static func < (a: KeyID, b: KeyID) -> Bool { a.hash < b.hash }
}

/// 96 random bits drawn anew for every attempt to encrypt a message.
///
/// It keeps keystreams apart when a restored backup, or a second device, uses a message number again.
@frozen public struct AttemptSalt: FixedBytes {
    let high: UInt64
    let low: UInt32
    public static let byteCount = 12
    public static let zero = AttemptSalt(high: 0, low: 0)

    init(high: UInt64, low: UInt32) { (self.high, self.low) = (high, low) }

    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        self.init(
            high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
            low: bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt32($1) })
    }

    public func append(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: high)
        bytes.append(bigEndian: low)
    }

    public static func < (a: AttemptSalt, b: AttemptSalt) -> Bool { (a.high, a.low) < (b.high, b.low) }
}

import Primitives

/// The truncated keyed permutation: `F_K(x)` is the first 576 bits of `P(K ‖ x)`, where `P` is Keccak-f[1600]
/// (FIPS 202, 24 rounds), `K` has 1024 bits and `x` has 576.
///
/// The state is 25 lanes of 64 bits: sixteen of key, nine of input. Key bytes and result bytes are in FIPS 202 order: byte `i` is
/// byte `i mod 8`, least significant first, of lane `i div 8`. The nine lanes of `x` are numbers whose fields
/// stand from the most significant bit down, as written below (strings big-endian), so that the block counter is the low half
/// of the last lane and counting is adding one to it.
public enum TKP {
    /// Bytes of one result: 576 bits.
    public static let blockByteCount = 72

    /// `F_K(x)`: 72 bytes. One permutation.
    public static func block(key: TKPKey, input: TKPInput) -> [UInt8] {
        keystream(key: key, input: input, byteCount: blockByteCount)
    }

    /// `F_K(x) ‖ F_K(x + 1) ‖ …`, counting in the block field, cut to `byteCount` bytes.
    public static func keystream(key: TKPKey, input: TKPInput, byteCount: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: byteCount)
        applyKeystream(key: key, input: input, to: &bytes)
        return bytes
    }

    /// Replaces the bytes by their exclusive or with the keystream that starts at `input`.
    ///
    /// The block counter has 32 bits: asking for more blocks than are left in it is a broken invariant.
    public static func applyKeystream(key: TKPKey, input: TKPInput, to bytes: inout [UInt8]) {
        bytes.withUnsafeMutableBufferPointer { applyKeystream(key: key, input: input, to: $0) }
    }
}

/// A 1024-bit key of the truncated keyed permutation.
public struct TKPKey: Sendable {
    let lanes: [UInt64]
    public static let byteCount = 128

    /// Reads 128 bytes; nil for any other length.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var iterator = bytes.makeIterator()
        lanes = (0..<16).map { _ in iterator.nextLane() }
    }
}

/// What the permutation is used for: the first byte of its input. Uses never share an input.
public enum TKPDomain: UInt8, Sendable, CaseIterable {
    /// Keystream of vault data.
    case stream = 1
    /// Commitment to a key.
    case commitment = 2
    /// Binding of network keys to a client's root.
    case root = 3
    /// One step of a key ratchet.
    case ratchet = 4
    /// Pseudorandom function: rotating identifiers; under a client root, what masks the key of a vault's manifest.
    case prf = 5
}

/// `x`, nine lanes: domain 8 | suite 8 | zero 48 ‖ key id 256 ‖ message number 64 ‖ segment 64 ‖ salt 96 | block 32.
public struct TKPInput: Hashable, Sendable {
    public var domain: TKPDomain
    public var suite: UInt8
    public var keyID: KeyID
    public var message: UInt64
    public var segment: UInt64
    public var salt: AttemptSalt
    public var block: UInt32

    public init(
        domain: TKPDomain, suite: UInt8 = CipherSuite.current.rawValue, keyID: KeyID,
        message: UInt64 = 0, segment: UInt64 = 0, salt: AttemptSalt = .zero, block: UInt32 = 0
    ) {
        (self.domain, self.suite, self.keyID) = (domain, suite, keyID)
        (self.message, self.segment, self.salt, self.block) = (message, segment, salt, block)
    }

    /// The lanes between those of the key and the last.
    var prefix: [UInt64] {
        let id = keyID.hash.number
        return [
            UInt64(domain.rawValue) << 56 | UInt64(suite) << 48,
            id.limb3, id.limb2, id.limb1, id.limb0, message, segment, salt.high,
        ]
    }

    /// The last lane: the end of the salt, then the block counter.
    var lastLane: UInt64 { UInt64(salt.low) << 32 | UInt64(block) }
}

/// The one number that names a choice of algorithms and parameters for vault data.
public enum CipherSuite: UInt8, Sendable, CaseIterable {
    /// TKP over AES-256-GCM with derived keys, 16 KiB segments.
    case tkpAES256GCM = 1

    public static let current = tkpAES256GCM

    /// Plaintext bytes of every segment but the last.
    public var segmentByteCount: Int { 16_384 }
}

extension IteratorProtocol where Element == UInt8 {
    /// The next eight bytes, least significant first. The caller has checked that they exist.
    mutating func nextLane() -> UInt64 {
        var lane: UInt64 = 0
        for shift in stride(from: 0, to: 64, by: 8) { lane |= UInt64(next() ?? 0) << UInt64(shift) }
        return lane
    }
}

import Primitives

/// A hash function on the Keccak sponge.
public protocol SpongeHash: SendableMetatype {
    /// A sponge that has absorbed nothing: for hashing in pieces.
    static var sponge: Sponge { get }
}

/// A hash function with a digest of 32 bytes.
public protocol SpongeHash256: SpongeHash {}

extension SpongeHash256 {
    /// The 32-byte digest of the bytes.
    @inlinable public static func hash(_ bytes: some Collection<UInt8>) -> Hash {
        var sponge = sponge
        sponge.absorb(bytes)
        return sponge.hash
    }

    /// The 32-byte digest of bytes in memory.
    @inlinable public static func hash(_ bytes: UnsafeRawBufferPointer) -> Hash {
        var sponge = sponge
        sponge.absorb(bytes)
        return sponge.hash
    }

    /// The 32-byte digest of the parts, one after the other with nothing between them: where parts vary in
    /// length, the caller must see to it that no two lists of parts give the same bytes.
    public static func hash(parts: [UInt8]...) -> Hash {
        var sponge = sponge
        for part in parts { sponge.absorb(part) }
        return sponge.hash
    }
}

/// Keccak-256 with the original padding (0x01), as Ethereum uses it.
public enum Keccak256: SpongeHash256 {
    public static var sponge: Sponge { Sponge(rate: 136, suffix: 0x01) }
}

/// SHA3-256 (FIPS 202, section 6.1).
public enum SHA3_256: SpongeHash256 {
    public static var sponge: Sponge { Sponge(rate: 136, suffix: 0x06) }
}

/// SHA3-512 (FIPS 202, section 6.1).
public enum SHA3_512: SpongeHash {
    public static var sponge: Sponge { Sponge(rate: 72, suffix: 0x06) }

    /// The 64-byte digest of the bytes.
    public static func hash(_ bytes: some Collection<UInt8>) -> [UInt8] {
        var sponge = sponge
        sponge.absorb(bytes)
        return sponge.squeeze(64)
    }
}

/// An extendable-output function (FIPS 202, section 6.2).
public protocol ExtendableOutput: SpongeHash {}

extension ExtendableOutput {
    /// The first `count` bytes of output for the message.
    public static func squeeze(count: Int, from bytes: some Collection<UInt8>) -> [UInt8] {
        var sponge = sponge
        sponge.absorb(bytes)
        return sponge.squeeze(count)
    }
}

/// SHAKE128 (FIPS 202, section 6.2).
public enum SHAKE128: ExtendableOutput {
    public static var sponge: Sponge { Sponge(rate: 168, suffix: 0x1f) }
}

/// SHAKE256 (FIPS 202, section 6.2).
public enum SHAKE256: ExtendableOutput {
    public static var sponge: Sponge { Sponge(rate: 136, suffix: 0x1f) }
}

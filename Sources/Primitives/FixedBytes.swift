/// A value of a fixed number of bytes with a canonical big-endian form.
///
/// Conforming types keep machine words, so that comparing and hashing cost a few instructions, and
/// order as their bytes do.
public protocol FixedBytes: Hashable, Comparable, Sendable, CustomStringConvertible, RLPCodable {
    static var byteCount: Int { get }
    static var zero: Self { get }
    /// Reads exactly `byteCount` bytes; nil for any other length.
    init?(_ bytes: some Collection<UInt8>)
    func append(to bytes: inout [UInt8])
}

extension FixedBytes {
    @inlinable public var bytes: [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(Self.byteCount)
        append(to: &result)
        return result
    }

    /// Reads hexadecimal, with or without `0x`; nil unless it is exactly `byteCount` bytes.
    public init?(hex: some StringProtocol) {
        guard let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes)
    }

    public var hex: String { Hex.encode(bytes) }
    public var description: String { hex }

    @inlinable public func encode(to writer: inout RLPWriter) { writer.append(bytes) }

    @inlinable public init(from reader: inout RLPReader) throws(RLPError) {
        guard let value = Self(try reader.readBytes()) else { throw .wrongLength }
        self = value
    }
}

/// 32 bytes: a Keccak-256 or SHA3-256 digest, a storage slot, a key id.
@frozen public struct Hash: FixedBytes {
    @usableFromInline let word0, word1, word2, word3: UInt64
    public static let byteCount = 32
    public static let zero = Hash(0, 0, 0, 0)

    /// Words in big-endian order: `word0` holds the first eight bytes.
    @inlinable public init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt64, _ word3: UInt64) {
        (self.word0, self.word1, self.word2, self.word3) = (word0, word1, word2, word3)
    }

    @inlinable public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var iterator = bytes.makeIterator()
        self.init(iterator.nextWord(), iterator.nextWord(), iterator.nextWord(), iterator.nextWord())
    }

    @inlinable public func append(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: word0)
        bytes.append(bigEndian: word1)
        bytes.append(bigEndian: word2)
        bytes.append(bigEndian: word3)
    }

    @inlinable public static func < (a: Hash, b: Hash) -> Bool {
        (a.word0, a.word1, a.word2, a.word3) < (b.word0, b.word1, b.word2, b.word3)
    }

    /// The digest read as a number (first byte most significant).
    @inlinable public var number: UInt256 { UInt256(limbs: word3, word2, word1, word0) }

    @inlinable public init(_ number: UInt256) {
        self.init(number.limb3, number.limb2, number.limb1, number.limb0)
    }
}

/// A 20-byte account address.
@frozen public struct Address: FixedBytes {
    @usableFromInline let word0, word1: UInt64
    @usableFromInline let word2: UInt32
    public static let byteCount = 20
    public static let zero = Address(0, 0, 0)

    @inlinable init(_ word0: UInt64, _ word1: UInt64, _ word2: UInt32) {
        (self.word0, self.word1, self.word2) = (word0, word1, word2)
    }

    @inlinable public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.byteCount else { return nil }
        var iterator = bytes.makeIterator()
        let (word0, word1) = (iterator.nextWord(), iterator.nextWord())
        var last: UInt32 = 0
        while let byte = iterator.next() { last = last << 8 | UInt32(byte) }
        self.init(word0, word1, last)
    }

    /// The last 20 bytes of a digest (Ethereum's rule for addresses).
    public init(lastBytesOf hash: Hash) {
        self.init(hash.word1 << 32 | hash.word2 >> 32, hash.word2 << 32 | hash.word3 >> 32, UInt32(truncatingIfNeeded: hash.word3))
    }

    /// A small number as an address: system contracts live at such ones.
    public init(low: UInt32) { self.init(0, 0, low) }

    @inlinable public func append(to bytes: inout [UInt8]) {
        bytes.append(bigEndian: word0)
        bytes.append(bigEndian: word1)
        bytes.append(bigEndian: word2)
    }

    @inlinable public static func < (a: Address, b: Address) -> Bool {
        (a.word0, a.word1, a.word2) < (b.word0, b.word1, b.word2)
    }

    /// The address left-padded to 32 bytes, as the Solidity ABI and storage layout have it.
    public var padded: Hash {
        Hash(0, word0 >> 32, word0 << 32 | word1 >> 32, word1 << 32 | UInt64(word2))
    }
}

extension IteratorProtocol where Element == UInt8 {
    /// The next eight bytes, big-endian. The caller has checked that they exist.
    @inlinable @inline(__always) mutating func nextWord() -> UInt64 {
        var word: UInt64 = 0
        for _ in 0..<8 { word = word << 8 | UInt64(next() ?? 0) }
        return word
    }
}

extension [UInt8] {
    /// Appends an integer's bytes, most significant first.
    @inlinable public mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends an integer's bytes, least significant first.
    @inlinable public mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}

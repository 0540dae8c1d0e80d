import Primitives

/// What one encrypted message (a field of a record) is bound to. Every segment authenticates its digest.
public struct SegmentHeader: Hashable, Sendable, RLPCodable {
    /// Key under which the message is encrypted.
    public var keyID: KeyID
    /// Record or vault that the message belongs to.
    public var record: Hash
    /// Index of the field in the record's schema.
    public var field: UInt64
    /// Digest of the access policy.
    public var policy: Hash
    /// Epoch of the committee that the key was dealt to.
    public var epoch: UInt64
    /// Number of the message under this key. With the salt it keeps keystreams apart.
    public var message: UInt64
    /// Drawn anew for every attempt to encrypt; never used twice under one key.
    public var salt: AttemptSalt
    public var suite: CipherSuite

    public init(
        keyID: KeyID, record: Hash, field: UInt64, policy: Hash, epoch: UInt64, message: UInt64,
        salt: AttemptSalt, suite: CipherSuite = .current
    ) {
        (self.keyID, self.record, self.field, self.policy) = (keyID, record, field, policy)
        (self.epoch, self.message, self.salt, self.suite) = (epoch, message, salt, suite)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list { writer in
            writer.append(keyID)
            writer.append(record)
            writer.append(field)
            writer.append(policy)
            writer.append(epoch)
            writer.append(message)
            writer.append(UInt64(suite.rawValue))
            writer.append(salt)
            writer.append(suite.segmentByteCount)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (reader: inout RLPReader) throws(RLPError) -> SegmentHeader in
            let keyID = try reader.read(KeyID.self)
            let record = try reader.read(Hash.self)
            let field = try reader.readUInt64()
            let policy = try reader.read(Hash.self)
            let (epoch, message) = (try reader.readUInt64(), try reader.readUInt64())
            guard let suite = CipherSuite(rawValue: UInt8(try reader.readInt(atMost: 255))) else { throw .invalidValue }
            let salt = try reader.read(AttemptSalt.self)
            guard try reader.readInt() == suite.segmentByteCount else { throw .invalidValue }
            return SegmentHeader(
                keyID: keyID, record: record, field: field, policy: policy, epoch: epoch, message: message,
                salt: salt, suite: suite)
        }
    }

    /// `A_i` of every segment but the last: Keccak-256 of a tag and the header's RLP.
    public var digest: Hash { Keccak256.hash(DomainTag.segmentHeader.bytes + rlp) }
}

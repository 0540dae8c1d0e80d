import Primitives

/// The signature schemes that may authorise a transaction, vote or session.
public enum SignatureSuite: UInt8, Sendable, Hashable, CaseIterable, RLPCodable {
    /// ML-DSA-65 (FIPS 204), NIST category 3.
    case mldsa65 = 1
    /// ML-DSA-87 (FIPS 204), NIST category 5.
    case mldsa87 = 2

    public var publicKeyBytes: Int { self == .mldsa65 ? 1952 : 2592 }
    public var signatureBytes: Int { self == .mldsa65 ? 3309 : 4627 }

    public func encode(to writer: inout RLPWriter) { writer.append(UInt64(rawValue)) }

    public init(from reader: inout RLPReader) throws(RLPError) {
        guard let suite = SignatureSuite(rawValue: UInt8(try reader.readInt(atMost: 255))) else { throw .invalidValue }
        self = suite
    }
}

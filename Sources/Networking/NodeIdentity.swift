import Crypto
import Cryptography
import NIOSSL
import Primitives
import SwiftASN1

/// A node's long-term session key and the self-issued certificate that carries it (RFC 9881).
///
/// Nobody vouches for the certificate: peers pin the key itself.
public struct NodeIdentity: Sendable {
    public enum Failure: Error, Hashable, Sendable {
        case seedLength
        case certificate(String)
        /// Such a signature could pass for one that TLS makes with the same key.
        case emptyContext
    }

    /// ML-DSA-65 public key, 1,952 bytes.
    public let publicKey: [UInt8]
    /// Keccak-256 of the public key: how peers are named.
    public let name: Hash
    let certificate: NIOSSLCertificate
    let privateKey: NIOSSLPrivateKey
    private let key: MLDSA65.PrivateKey

    /// - Parameter seed: 32 secret bytes.
    public init(seed: [UInt8]) throws(Failure) {
        guard let key = try? MLDSA65.PrivateKey(seedRepresentation: seed, publicKey: nil) else { throw .seedLength }
        self.key = key
        publicKey = [UInt8](key.publicKey.rawRepresentation)
        name = Keccak256.hash(publicKey)
        do {
            certificate = try NIOSSLCertificate(bytes: try Self.certificate(key, publicKey: publicKey), format: .der)
            privateKey = try NIOSSLPrivateKey(bytes: try Self.pkcs8(seed), format: .der)
        } catch { throw .certificate("\(error)") }
    }

    /// Signs for this node under a context: receipts and contributions carry such signatures.
    /// - Throws: `Failure.emptyContext`.
    public func sign(_ message: [UInt8], context: [UInt8]) throws -> [UInt8] {
        guard !context.isEmpty else { throw Failure.emptyContext }
        return [UInt8](try key.signature(for: message, context: context))
    }
}

// MARK: - DER

extension NodeIdentity {
    /// id-ml-dsa-65 (RFC 9881, section 2).
    private static let mldsa65: ASN1ObjectIdentifier = [2, 16, 840, 1, 101, 3, 4, 3, 18]
    private static let commonName: ASN1ObjectIdentifier = [2, 5, 4, 3]

    private static func certificate(_ key: MLDSA65.PrivateKey, publicKey: [UInt8]) throws -> [UInt8] {
        var tbs = DER.Serializer()
        try tbs.appendConstructedNode(identifier: .sequence) { tbs in
            try tbs.appendConstructedNode(identifier: .init(tagWithNumber: 0, tagClass: .contextSpecific)) { try $0.serialize(2) }
            try tbs.serialize(1)
            try appendAlgorithm(to: &tbs)
            try appendName(to: &tbs)
            try tbs.appendConstructedNode(identifier: .sequence) {
                // No one checks dates: the pinned key is what counts, and nodes may have no clock yet.
                try $0.serialize(UTCTime(year: 2025, month: 1, day: 1, hours: 0, minutes: 0, seconds: 0))
                try $0.serialize(GeneralizedTime(year: 9999, month: 12, day: 31, hours: 23, minutes: 59, seconds: 59, fractionalSeconds: 0))
            }
            try appendName(to: &tbs)
            try tbs.appendConstructedNode(identifier: .sequence) {
                try appendAlgorithm(to: &$0)
                try $0.serialize(ASN1BitString(bytes: publicKey[...]))
            }
        }
        let signature = [UInt8](try key.signature(for: tbs.serializedBytes))
        var certificate = DER.Serializer()
        try certificate.appendConstructedNode(identifier: .sequence) {
            $0.serializeRawBytes(tbs.serializedBytes)
            try appendAlgorithm(to: &$0)
            try $0.serialize(ASN1BitString(bytes: signature[...]))
        }
        return certificate.serializedBytes
    }

    private static func appendAlgorithm(to serializer: inout DER.Serializer) throws {
        try serializer.appendConstructedNode(identifier: .sequence) { try $0.serialize(mldsa65) }
    }

    private static func appendName(to serializer: inout DER.Serializer) throws {
        try serializer.appendConstructedNode(identifier: .sequence) {
            try $0.appendConstructedNode(identifier: .set) {
                try $0.appendConstructedNode(identifier: .sequence) {
                    try $0.serialize(commonName)
                    try $0.serialize(ASN1UTF8String("qustream node"))
                }
            }
        }
    }

    /// PKCS #8 with the seed form of an ML-DSA private key (RFC 9881, section 6).
    private static func pkcs8(_ seed: [UInt8]) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.appendConstructedNode(identifier: .sequence) {
            try $0.serialize(0)
            try appendAlgorithm(to: &$0)
            try $0.serialize(ASN1OctetString(contentBytes: ([0x80, 0x20] + seed)[...]))
        }
        return serializer.serializedBytes
    }

    /// The ML-DSA-65 key in a SubjectPublicKeyInfo; nil for any other key.
    static func publicKey(inSPKI spki: [UInt8]) -> [UInt8]? {
        let header: [UInt8] = [
            0x30, 0x82, 0x07, 0xb2, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12, 0x03, 0x82, 0x07, 0xa1, 0x00,
        ]
        guard spki.starts(with: header), spki.count == header.count + SignatureSuite.mldsa65.publicKeyBytes else { return nil }
        return Array(spki[header.count...])
    }
}

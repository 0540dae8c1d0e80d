import Cryptography
import NIOConcurrencyHelpers
import NIOCore
import NIOSSL
import Primitives

/// TLS 1.3 between nodes: mutual, post-quantum in key exchange and authentication, keys pinned.
struct SessionTLS: Sendable {
    /// ML-KEM-1024 and X25519MLKEM768; no classical group.
    static let groups = [NIOTLSCurve(rawValue: 0x0202), NIOTLSCurve(rawValue: 0x11ec)]
    /// ML-DSA-65 (RFC 9881's TLS code point); no classical signature.
    static let signatures = [SignatureAlgorithm(rawValue: 0x0905)]

    private let client: NIOSSLContext
    private let server: NIOSSLContext

    init(_ identity: NodeIdentity) throws {
        client = try NIOSSLContext(configuration: Self.configuration(identity, base: .makeClientConfiguration()))
        let base = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(identity.certificate)], privateKey: .privateKey(identity.privateKey))
        server = try NIOSSLContext(configuration: Self.configuration(identity, base: base))
    }

    private static func configuration(_ identity: NodeIdentity, base: TLSConfiguration) -> TLSConfiguration {
        var configuration = base
        configuration.minimumTLSVersion = .tlsv13
        configuration.maximumTLSVersion = .tlsv13
        configuration.certificateChain = [.certificate(identity.certificate)]
        configuration.privateKey = .privateKey(identity.privateKey)
        configuration.certificateVerification = .noHostnameVerification
        configuration.curves = groups
        configuration.verifySignatureAlgorithms = signatures
        configuration.signingSignatureAlgorithms = signatures
        configuration.applicationProtocols = ["qustream/1"]
        return configuration
    }

    /// A handler for the dialling side: only the node with this name will do.
    func dialling(expecting name: Hash, learned: @escaping @Sendable ([UInt8]) -> Void) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: client, serverHostname: nil, customVerificationCallback: Self.verifier(expecting: name, learned))
    }

    /// A handler for the accepting side: any node, as long as it proves its key.
    func accepting(learned: @escaping @Sendable ([UInt8]) -> Void) -> NIOSSLServerHandler {
        NIOSSLServerHandler(context: server, customVerificationCallback: Self.verifier(expecting: nil, learned))
    }

    /// The handshake proves that the peer holds its certificate's key; this decides whose key it is.
    private static func verifier(
        expecting name: Hash?, _ learned: @escaping @Sendable ([UInt8]) -> Void
    ) -> NIOSSLCustomVerificationCallback {
        { certificates, promise in
            guard let spki = try? certificates.first?.extractPublicKey().toSPKIBytes(), let key = NodeIdentity.publicKey(inSPKI: spki),
                name == nil || Keccak256.hash(key) == name
            else { return promise.succeed(.failed) }
            learned(key)
            promise.succeed(.certificateVerified)
        }
    }
}

import Cryptography
import NIOCore
import NIOSSL
import Primitives

/// TLS 1.3 between nodes: mutual, post-quantum in key exchange and authentication, keys pinned.
package struct SessionTLS: Sendable {
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

    /// The same on both sides, over what NIO takes for a client or a server.
    package static func configuration(_ identity: NodeIdentity, base: TLSConfiguration) -> TLSConfiguration {
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

    /// A handler for the dialling side; `accepts` decides whose key will do.
    func dialling(accepts: @escaping @Sendable (PeerKey) -> Bool) throws -> NIOSSLClientHandler {
        try NIOSSLClientHandler(context: client, serverHostname: nil, customVerificationCallback: Self.verifier(accepts))
    }

    /// A handler for the accepting side.
    func accepting(accepts: @escaping @Sendable (PeerKey) -> Bool) -> NIOSSLServerHandler {
        NIOSSLServerHandler(context: server, customVerificationCallback: Self.verifier(accepts))
    }

    /// The handshake proves that the peer holds its certificate's key; this decides whose key it is.
    private static func verifier(_ accepts: @escaping @Sendable (PeerKey) -> Bool) -> NIOSSLCustomVerificationCallback {
        { certificates, promise in
            let spki = try? certificates.first?.extractPublicKey().toSPKIBytes()
            guard let key = spki.flatMap({ NodeIdentity.publicKey(inSPKI: $0) }) else { return promise.succeed(.failed) }
            promise.succeed(accepts(PeerKey(bytes: key, name: Keccak256.hash(key))) ? .certificateVerified : .failed)
        }
    }
}

import NIOSSL

/// A P-256 key made for this test and its self-signed certificate: what a classical node would show.
enum ClassicalCertificate {
    static func apply(to configuration: inout TLSConfiguration) throws {
        configuration.certificateChain = [.certificate(try NIOSSLCertificate(bytes: Array(certificate.utf8), format: .pem))]
        configuration.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))
        configuration.signingSignatureAlgorithms = [.ecdsaSecp256R1Sha256]
        configuration.verifySignatureAlgorithms = [.ecdsaSecp256R1Sha256, SignatureAlgorithm(rawValue: 0x0905)]
    }

    private static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgRi7XAqq9huNdrlr+
        WhaajMOQ0dYG9JqZgq9KHjQkJ3OhRANCAASx0sbaCmVVFzhnXXZah1tG5n44Y/No
        +cCwb3HUZngLOhpnqPDswyUEM6i8DYefBPIWB7KTBY9ZQ9ks+oHcpk27
        -----END PRIVATE KEY-----
        """

    private static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBfzCCASWgAwIBAgIUFrL9oogfEOGXw8ZM94mbHJdiFe0wCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJY2xhc3NpY2FsMCAXDTI2MTEyMzA4MTY1MloYDzIxMjYxMDMw
        MDgxNjUyWjAUMRIwEAYDVQQDDAljbGFzc2ljYWwwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASx0sbaCmVVFzhnXXZah1tG5n44Y/No+cCwb3HUZngLOhpnqPDswyUE
        M6i8DYefBPIWB7KTBY9ZQ9ks+oHcpk27o1MwUTAdBgNVHQ4EFgQUqgxjv5mhvkUh
        z+Dxd9FoEKG5wIgwHwYDVR0jBBgwFoAUqgxjv5mhvkUhz+Dxd9FoEKG5wIgwDwYD
        VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiB7S8lROBlbqupr1DZDBxq3
        EIuC7C9exXM3kqGSjKNE1wIhAJS8jXactfdrkmztxwcQzM0Op4omshfb1jZUHnQV
        78Q3
        -----END CERTIFICATE-----
        """
}

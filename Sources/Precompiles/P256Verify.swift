import Crypto

/// `0x100`: verification of a signature on secp256r1 (EIP-7951): hash ‖ r ‖ s ‖ x ‖ y, each in 32 bytes.
enum P256Verify {
    /// One in 32 bytes where the signature holds, else nothing.
    static func run(_ input: PrecompileInput) -> [UInt8] {
        guard input.count == 160 else { return [] }
        let bytes = input.all
        guard let key = try? P256.Signing.PublicKey(rawRepresentation: bytes[96..<160]),
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: bytes[32..<96]),
            key.isValidSignature(signature, for: GivenDigest(bytes: Array(bytes[0..<32])))
        else { return [] }
        return word(1)
    }
}

/// A digest that somebody else computed.
private struct GivenDigest: Digest {
    static let byteCount = 32
    let bytes: [UInt8]
    var description: String { "\(bytes)" }

    func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result { try bytes.withUnsafeBytes(body) }
}

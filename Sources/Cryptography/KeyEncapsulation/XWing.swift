import Crypto

/// X-Wing (draft-connolly-cfrg-xwing-kem-06): ML-KEM-768 and X25519 together, safe while either is.
public enum XWing: KeyEncapsulation {
    public static let seedBytes = 32
    public static let publicKeyBytes = 1216
    public static let ciphertextBytes = 1120

    public static func encapsulate(to publicKey: [UInt8]) throws(KeyEncapsulationError) -> Encapsulation {
        guard publicKey.count == publicKeyBytes else { throw .wrongLength }
        do {
            let result = try XWingMLKEM768X25519.PublicKey(rawRepresentation: publicKey).encapsulate()
            let secret = result.sharedSecret.withUnsafeBytes { [UInt8]($0) }
            return Encapsulation(sharedSecret: secret, ciphertext: [UInt8](result.encapsulated))
        } catch { throw .malformed }
    }

    public struct PrivateKey: KeyDecapsulation, CustomStringConvertible {
        private let key: XWingMLKEM768X25519.PrivateKey

        public init(seed: [UInt8]) throws(KeyEncapsulationError) {
            guard seed.count == seedBytes else { throw .wrongLength }
            do { key = try .init(seedRepresentation: seed, publicKey: nil) } catch { throw .malformed }
        }

        private init() throws { key = try .init() }

        public static func generate() throws(KeyEncapsulationError) -> PrivateKey {
            do { return try PrivateKey() } catch { throw .malformed }
        }

        public var seed: [UInt8] { [UInt8](key.seedRepresentation) }
        public var publicKey: [UInt8] { [UInt8](key.publicKey.rawRepresentation) }
        public var description: String { "XWing.PrivateKey" }

        public func decapsulate(_ ciphertext: [UInt8]) throws(KeyEncapsulationError) -> [UInt8] {
            guard ciphertext.count == ciphertextBytes else { throw .wrongLength }
            do { return try key.decapsulate(.init(ciphertext)).withUnsafeBytes { [UInt8]($0) } } catch { throw .malformed }
        }
    }
}

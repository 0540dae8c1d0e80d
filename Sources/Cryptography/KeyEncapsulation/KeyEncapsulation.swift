/// A shared secret and what carries it to the owner of the public key.
public struct Encapsulation: Sendable, CustomStringConvertible {
    /// 32 bytes, secret.
    public let sharedSecret: [UInt8]
    /// For the owner of the private key.
    public let ciphertext: [UInt8]

    public var description: String { "Encapsulation(\(ciphertext.count) bytes)" }
}

/// Why a key encapsulation cannot be done.
public enum KeyEncapsulationError: Error, Hashable, Sendable {
    /// A seed, public key or ciphertext has another length than the mechanism's.
    case wrongLength
    /// The right length, but not a key or ciphertext that the mechanism accepts.
    case malformed
}

/// A key encapsulation mechanism with a private key that grows from a seed.
public protocol KeyEncapsulation {
    associatedtype PrivateKey: KeyDecapsulation
    static var seedBytes: Int { get }
    static var publicKeyBytes: Int { get }
    static var ciphertextBytes: Int { get }

    /// A new shared secret for the owner of the public key. Randomness comes from the library.
    static func encapsulate(to publicKey: [UInt8]) throws(KeyEncapsulationError) -> Encapsulation
}

/// The private half of a key encapsulation mechanism.
public protocol KeyDecapsulation: Sendable {
    /// The key that grows from `seedBytes` bytes.
    init(seed: [UInt8]) throws(KeyEncapsulationError)

    /// A new key. Randomness comes from the library.
    static func generate() throws(KeyEncapsulationError) -> Self

    /// Secret: all that is needed to make the key again.
    var seed: [UInt8] { get }
    var publicKey: [UInt8] { get }

    /// The 32-byte shared secret. A ciphertext that was not made for this key gives a secret that nobody else has
    /// (implicit rejection, FIPS 203, section 6.3), not an error.
    func decapsulate(_ ciphertext: [UInt8]) throws(KeyEncapsulationError) -> [UInt8]
}

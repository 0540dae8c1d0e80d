import Crypto
import CryptoExtras

/// A BIP-39 phrase in English: 12 words for 128 bits, 24 words for 256 bits.
public struct RecoveryPhrase: Hashable, Sendable, CustomStringConvertible {
    /// The words in order; secret.
    public let words: [String]
    /// The bits that the words stand for, 16 or 32 bytes, without the checksum; secret.
    public let entropy: [UInt8]

    /// The phrase for 16 or 32 bytes.
    public init(entropy: [UInt8]) throws(PhraseError) {
        guard entropy.count == 16 || entropy.count == 32 else { throw .wrongLength(entropy.count) }
        self.entropy = entropy
        words = WordCode.words(for: entropy + [Self.checksum(of: entropy)], count: entropy.count * 3 / 4)
    }

    /// Reads a phrase that a person wrote: any white space, any case.
    /// - Throws: what is wrong with it, and at which word where that can be known.
    public init(_ text: some StringProtocol) throws(PhraseError) {
        let indices = try WordCode.indices(in: text, counts: [12, 24])
        let bytes = WordCode.bytes(from: indices)
        // 12 words end in 4 bits of checksum, 24 words in 8; both are the start of the last byte.
        let entropy = Array(bytes.dropLast())
        let mask: UInt8 = indices.count == 12 ? 0xf0 : 0xff
        guard let checksum = bytes.last, checksum == Self.checksum(of: entropy) & mask else { throw .checksum }
        self.entropy = entropy
        words = indices.map { EnglishWords.all[$0] }
    }

    /// The phrase as BIP-39 hashes it: words with one space between.
    public var text: String { words.joined(separator: " ") }

    public var description: String { "RecoveryPhrase(\(words.count) words)" }

    /// BIP-39's seed, 64 bytes: PBKDF2-HMAC-SHA512 of the phrase, 2048 rounds, salt "mnemonic" ‖ passphrase.
    ///
    /// BIP-39 normalises the passphrase (NFKD), which printable ASCII does not need and which this layer cannot do.
    public func seed(passphrase: String = "") throws(PhraseError) -> [UInt8] {
        guard passphrase.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else { throw .passphraseNotASCII }
        do {
            let key = try KDF.Insecure.PBKDF2.deriveKey(
                from: Array(text.utf8), salt: Array("mnemonic".utf8) + Array(passphrase.utf8),
                using: .sha512, outputByteCount: 64, unsafeUncheckedRounds: 2048)
            return key.withUnsafeBytes { [UInt8]($0) }
        } catch {
            // It fails for lack of memory only; there is no seed to go on with.
            preconditionFailure("PBKDF2: \(error)")
        }
    }

    /// The first byte of SHA-256, of which as many bits are used as the phrase has room for.
    private static func checksum(of entropy: [UInt8]) -> UInt8 { Array(SHA256.hash(data: entropy))[0] }
}

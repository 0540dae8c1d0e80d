import Crypto
import CryptoExtras
import Foundation

/// A secret in a file under a password: scrypt (RFC 7914) and AES-256-GCM, in versioned JSON.
public enum SealedFile {
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case missing(String)
        case malformed(String)
        case wrongPassword
        case newerVersion(Int)
        case writing(String)

        public var description: String {
            switch self {
            case .missing(let path): "\(path) is missing"
            case .malformed(let path): "\(path) is not a sealed file"
            case .wrongPassword: "the password is wrong, or the file was changed"
            case .newerVersion(let version): "the file has version \(version); this program reads version 1"
            case .writing(let why): "the file cannot be written: \(why)"
            }
        }
    }

    private struct Envelope: Codable {
        var version: Int
        var kdf: String
        /// N of scrypt: about 64 MiB and a tenth of a second with r = 8.
        var rounds: Int
        var salt: Data
        /// Nonce ‖ ciphertext ‖ tag.
        var sealed: Data
    }

    private static let rounds = 1 << 16
    private static let context = Data("qustream sealed file 1".utf8)

    /// Writes a secret so that a crash leaves the old file or the new one; only the owner can read it.
    /// - Parameters:
    ///   - salt: 32 random bytes.
    ///   - nonce: 12 random bytes.
    public static func write(_ secret: Data, to file: URL, password: String, salt: [UInt8], nonce: [UInt8]) throws(Failure) {
        do {
            let key = try key(password, salt: Data(salt), rounds: rounds)
            let box = try AES.GCM.seal(secret, using: key, nonce: AES.GCM.Nonce(data: nonce), authenticating: context)
            guard let sealed = box.combined else { throw Failure.writing("no combined form") }
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let bytes = try encoder.encode(Envelope(version: 1, kdf: "scrypt-r8-p1", rounds: rounds, salt: Data(salt), sealed: sealed))
            try DurableFile.write(Array(bytes), to: file.path)
        } catch { throw .writing("\(error)") }
    }

    public static func read(_ file: URL, password: String) throws(Failure) -> Data {
        guard let bytes = try? Data(contentsOf: file) else { throw .missing(file.path) }
        guard let envelope = try? JSONDecoder().decode(Envelope.self, from: bytes) else { throw .malformed(file.path) }
        guard envelope.version == 1 else { throw .newerVersion(envelope.version) }
        // Bounded, so that a changed file cannot ask for all memory.
        guard envelope.kdf == "scrypt-r8-p1", (1 << 10...1 << 20).contains(envelope.rounds) else { throw .malformed(file.path) }
        guard let key = try? key(password, salt: envelope.salt, rounds: envelope.rounds),
            let box = try? AES.GCM.SealedBox(combined: envelope.sealed),
            let secret = try? AES.GCM.open(box, using: key, authenticating: context)
        else { throw .wrongPassword }
        return secret
    }

    private static func key(_ password: String, salt: Data, rounds: Int) throws -> SymmetricKey {
        try KDF.Scrypt.deriveKey(
            from: Data(password.utf8), salt: salt, outputByteCount: 32, rounds: rounds, blockSize: 8, parallelism: 1)
    }
}

import Crypto
import CryptoExtras
import Cryptography
import Foundation
import Primitives

/// Secrets sealed under a password: scrypt (RFC 7914) and AES-256-GCM, in a versioned JSON file.
public struct Keystore: Sendable {
    public static let version = 1
    public static let maximumSecretBytes = 1 << 20

    /// How dear one try of a password is.
    public struct Cost: Hashable, Sendable, Codable {
        /// scrypt's N, a power of two; memory is 128·N·r bytes.
        public var rounds: Int
        /// scrypt's r.
        public var blockSize: Int
        /// scrypt's p.
        public var parallelism: Int

        /// 128 MiB and some 0.4 s a try.
        public static let standard = Cost(rounds: 1 << 17, blockSize: 8, parallelism: 1)
        /// For an empty password, which no cost protects.
        public static let none = Cost(rounds: 1 << 10, blockSize: 8, parallelism: 1)

        /// The bounds keep a changed file from using up memory.
        var isAllowed: Bool {
            (1 << 10...1 << 20).contains(rounds) && rounds.nonzeroBitCount == 1 && (1...16).contains(blockSize)
                && (1...4).contains(parallelism)
        }
    }

    /// What anyone who can read the file sees. All of it is authenticated.
    private struct Header: Codable {
        var version: Int
        /// What kind of secret it is, so that one file cannot stand in for another.
        var purpose: String
        /// Sealed under the empty password: good for a devnet only.
        var devnetOnly: Bool
        var scrypt: Cost
        /// Hexadecimal.
        var salt: String
        /// Hexadecimal.
        var nonce: String
    }

    private struct File: Codable {
        var header: Header
        /// Hexadecimal: AES-256-GCM ciphertext and tag.
        var sealed: String
    }

    public let path: String
    public let purpose: String

    /// - Parameter purpose: such as `wallet`.
    public init(path: String, purpose: String) { (self.path, self.purpose) = (path, purpose) }

    public var exists: Bool { DurableFile.exists(path) }

    /// Seals the secret into the file, which it replaces in one step.
    /// - Parameters:
    ///   - random: 44 fresh bytes from the entropy pool, for salt and nonce.
    ///   - allowsEmptyPassword: makes a file that says that it is for a devnet.
    public func seal(
        _ secret: [UInt8], password: Password, random: [UInt8], allowsEmptyPassword: Bool = false, cost: Cost = .standard
    ) throws(SignerError) {
        precondition(random.count == Self.randomBytes && secret.count <= Self.maximumSecretBytes)
        guard allowsEmptyPassword || !password.isEmpty else { throw .emptyPassword }
        let header = Header(
            version: Self.version, purpose: purpose, devnetOnly: password.isEmpty, scrypt: password.isEmpty ? .none : cost,
            salt: Hex.encode(random[..<32]), nonce: Hex.encode(random[32...]))
        do {
            let key = try Self.key(password, salt: Array(random[..<32]), header.scrypt)
            let nonce = try AES.GCM.Nonce(data: random[32...])
            let box = try AES.GCM.seal(secret, using: key, nonce: nonce, authenticating: Self.authenticated(header))
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            let file = File(header: header, sealed: Hex.encode(box.ciphertext + box.tag))
            try DurableFile.write(Array(encoder.encode(file)), to: path)
        } catch let error as SignerError {
            throw error
        } catch {
            throw .file(path: path, reason: "cannot be sealed: \(error)")
        }
    }

    /// Bytes of randomness for `seal`.
    public static let randomBytes = 44

    /// Whether the file was sealed under the empty password.
    public var isDevnetOnly: Bool { get throws(SignerError) { try read().header.devnetOnly } }

    /// The secret. Takes as long as its cost says.
    public func open(password: Password) throws(SignerError) -> [UInt8] {
        let file = try read()
        let header = file.header
        guard header.purpose == purpose, header.scrypt.isAllowed, let salt = Hex.decode(header.salt), salt.count == 32,
            let nonce = Hex.decode(header.nonce), nonce.count == 12, let sealed = Hex.decode(file.sealed), sealed.count >= 16
        else { throw .malformed(path: path) }
        do {
            let key = try Self.key(password, salt: salt, header.scrypt)
            let box = try AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: nonce), ciphertext: sealed.dropLast(16), tag: sealed.suffix(16))
            return Array(try AES.GCM.open(box, using: key, authenticating: Self.authenticated(header)))
        } catch {
            throw .wrongPassword
        }
    }

    private func read() throws(SignerError) -> File {
        struct Version: Decodable {
            struct Header: Decodable { var version: Int }
            var header: Header
        }
        let data = Data(try DurableFile.readSecret(path))
        guard let version = try? JSONDecoder().decode(Version.self, from: data).header.version, version > 0 else {
            throw .malformed(path: path)
        }
        guard version <= Self.version else { throw .newerVersion(path: path, version: version) }
        guard let file = try? JSONDecoder().decode(File.self, from: data) else { throw .malformed(path: path) }
        return file
    }

    private static func key(_ password: Password, salt: [UInt8], _ cost: Cost) throws -> SymmetricKey {
        // The tag keeps scrypt's input from being empty, which the library cannot take.
        try KDF.Scrypt.deriveKey(
            from: DomainTag.keystore.bytes + password.bytes, salt: salt, outputByteCount: 32, rounds: cost.rounds,
            blockSize: cost.blockSize, parallelism: cost.parallelism)
    }

    private static func authenticated(_ header: Header) -> [UInt8] {
        var writer = RLPWriter()
        writer.list {
            $0.append(header.version)
            $0.append(Array(header.purpose.utf8))
            $0.append(header.devnetOnly)
            $0.append(header.scrypt.rounds)
            $0.append(header.scrypt.blockSize)
            $0.append(header.scrypt.parallelism)
            $0.append(Array(header.salt.utf8))
            $0.append(Array(header.nonce.utf8))
        }
        return writer.bytes
    }
}

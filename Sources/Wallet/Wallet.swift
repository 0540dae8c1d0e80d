import Cryptography
import Foundation
import Primitives
import Signer

/// A person's keys: one 24-word phrase from which all accounts grow, and the client root for vaults.
public struct Wallet: Sendable {
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        case exists(String)
        case unknownAccount(String)
        case nameTaken(String)
        case invalidName(String)
        case malformed

        public var description: String {
            switch self {
            case .exists(let path): "there is a wallet in \(path) already"
            case .unknownAccount(let name): "no account is called \(name)"
            case .nameTaken(let name): "an account is called \(name) already"
            case .invalidName(let name): "\(name) is not a name: use letters, digits, - and _, at most 64"
            case .malformed: "the wallet's content is malformed"
            }
        }
    }

    struct Secrets: Codable, Sendable {
        var phrase: String
        /// Hexadecimal, 128 bytes.
        var clientRoot: String
        /// Names by account index.
        var accounts: [String]
    }

    public let directory: URL
    private let password: String
    private var secrets: Secrets
    private let phraseSeed: [UInt8]

    private static func file(in directory: URL) -> URL { directory.appending(path: "wallet.json") }

    public static func exists(in directory: URL) -> Bool { FileManager.default.fileExists(atPath: file(in: directory).path) }

    /// Makes a wallet. `random` supplies secret bytes.
    public static func create(
        in directory: URL, password: String, phrase: RecoveryPhrase, clientRoot: ClientRoot, random: (Int) throws -> [UInt8]
    ) throws -> Wallet {
        guard !exists(in: directory) else { throw Failure.exists(directory.path) }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let secrets = Secrets(phrase: phrase.text, clientRoot: Hex.encode(clientRoot.bytes), accounts: [])
        let wallet = try Wallet(directory: directory, password: password, secrets: secrets)
        try wallet.save(random: random)
        return wallet
    }

    public static func open(_ directory: URL, password: String) throws -> Wallet {
        let bytes = try SealedFile.read(file(in: directory), password: password)
        guard let secrets = try? JSONDecoder().decode(Secrets.self, from: bytes) else { throw Failure.malformed }
        return try Wallet(directory: directory, password: password, secrets: secrets)
    }

    private init(directory: URL, password: String, secrets: Secrets) throws {
        (self.directory, self.password, self.secrets) = (directory, password, secrets)
        phraseSeed = try RecoveryPhrase(secrets.phrase).seed()
    }

    private func save(random: (Int) throws -> [UInt8]) throws {
        try SealedFile.write(
            try JSONEncoder().encode(secrets), to: Self.file(in: directory), password: password, salt: try random(32), nonce: try random(12))
    }
}

// MARK: - Accounts

extension Wallet {
    /// Names in order of account index.
    public var accountNames: [String] { secrets.accounts }

    public var phrase: String { secrets.phrase }

    /// The keys of an account by name.
    public func keyChain(_ name: String) throws(Failure) -> KeyChain {
        guard let index = secrets.accounts.firstIndex(of: name) else { throw .unknownAccount(name) }
        return keyChain(at: index)
    }

    /// The keys of an account by index, named or not.
    public func keyChain(at index: Int) -> KeyChain {
        KeyChain(seed: AccountSeed(phraseSeed: phraseSeed, account: UInt64(index)))
    }

    /// Names the next account.
    public mutating func addAccount(_ name: String, random: (Int) throws -> [UInt8]) throws -> Address {
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy({ Self.nameCharacters.contains($0) }) else {
            throw Failure.invalidName(name)
        }
        guard !secrets.accounts.contains(name) else { throw Failure.nameTaken(name) }
        secrets.accounts.append(name)
        try save(random: random)
        return keyChain(at: secrets.accounts.count - 1).address
    }

    private static let nameCharacters = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8)

    /// An address given as hexadecimal or as the name of an own account.
    public func resolve(_ text: String) throws(Failure) -> Address {
        if text.hasPrefix("0x"), let address = Address(hex: text) { return address }
        return try keyChain(text).address
    }
}

// MARK: - Client root

extension Wallet {
    public var clientRoot: ClientRoot {
        get throws(Failure) {
            guard let bytes = Hex.decode(secrets.clientRoot), let root = ClientRoot(bytes) else { throw .malformed }
            return root
        }
    }

    public mutating func importClientRoot(_ root: ClientRoot, random: (Int) throws -> [UInt8]) throws {
        secrets.clientRoot = Hex.encode(root.bytes)
        try save(random: random)
    }

    /// A secret for one purpose that the phrase alone brings back: 32 bytes or any other count.
    public func derived(_ purpose: String, count: Int = 32) -> [UInt8] {
        SHAKE256.squeeze(count: count, from: Array("qs-wallet-1 \(purpose)".utf8) + [0] + phraseSeed)
    }
}

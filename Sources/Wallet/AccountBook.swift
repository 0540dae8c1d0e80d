import Cryptography
import Foundation
import Primitives
import Signer

/// An account of the wallet, as far as it is public.
public struct WalletAccount: Hashable, Sendable {
    public let name: String
    public let address: Address
    public let suite: SignatureSuite
    /// Which of the wallet's phrases it grows from, and its index there.
    public let phrase: Int
    public let index: UInt64
}

/// The wallet's public part, in a file beside the keystore: names and addresses, and the chains that were used.
struct AccountBook: Sendable {
    static let version = 1

    private struct File: Codable {
        struct Account: Codable {
            var name: String
            var address: String
            var suite: UInt8
            var phrase: Int
            var index: UInt64
        }

        var version: Int
        var accounts: [Account]
        /// Genesis hash by chain identifier.
        var chains: [String: String]
    }

    var accounts: [WalletAccount] = []
    var genesis: [UInt64: Hash] = [:]

    init() {}

    static func load(_ path: String) throws(WalletError) -> AccountBook {
        struct Version: Decodable { var version: Int }
        let data = Data(try signing { () throws(SignerError) in try DurableFile.read(path) })
        guard let version = try? JSONDecoder().decode(Version.self, from: data).version else { throw .malformed(path: path) }
        guard version <= Self.version else { throw .newerVersion(path: path, version: version) }
        guard let file = try? JSONDecoder().decode(File.self, from: data), let book = AccountBook(file) else { throw .malformed(path: path) }
        return book
    }

    private init?(_ file: File) {
        for entry in file.accounts {
            guard let address = Address(hex: entry.address), let suite = SignatureSuite(rawValue: entry.suite), entry.phrase >= 0 else { return nil }
            accounts.append(WalletAccount(name: entry.name, address: address, suite: suite, phrase: entry.phrase, index: entry.index))
        }
        for (id, hash) in file.chains {
            guard let id = UInt64(id), let hash = Hash(hex: hash) else { return nil }
            genesis[id] = hash
        }
    }

    func save(_ path: String) throws(WalletError) {
        let entries = accounts.map {
            File.Account(name: $0.name, address: $0.address.hex, suite: $0.suite.rawValue, phrase: $0.phrase, index: $0.index)
        }
        let chains = Dictionary(uniqueKeysWithValues: genesis.map { ("\($0.key)", $0.value.hex) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        guard let data = try? encoder.encode(File(version: Self.version, accounts: entries, chains: chains)) else { throw .malformed(path: path) }
        try signing { () throws(SignerError) in try DurableFile.write(Array(data), to: path) }
    }

    func checkNew(_ name: String, _ address: Address) throws(WalletError) {
        let isAllowed = (1...32).contains(name.utf8.count)
            && name.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20
                || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
        guard isAllowed else { throw .badName(name) }
        guard !accounts.contains(where: { $0.name == name }) else { throw .nameTaken(name) }
        if let known = accounts.first(where: { $0.address == address }) { throw .accountExists(name: known.name) }
    }
}

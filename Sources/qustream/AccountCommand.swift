import ArgumentParser
import Cryptography
import Foundation
import Primitives
import Wallet

/// `qustream account`: key chains that grow from 24-word phrases.
struct Account: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Accounts and their keys.",
        discussion: "Example: qustream account list",
        subcommands: [New.self, List.self, Show.self, Import.self, Export.self, Root.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an account; the first one makes the wallet.", discussion: "Example: qustream account new savings")

        @OptionGroup var global: GlobalOptions
        @Argument(help: "A name of your choice.") var name: String
        @Option(help: "mldsa65 or mldsa87 (longer keys, higher fee).") var suite = SignatureSuite.mldsa65

        func run() throws {
            var wallet = try global.unlockOrCreate()
            let (account, phrase) = try refusing { try wallet.newAccount(named: name, suite: suite, entropy: GlobalOptions.entropy()) }
            if let phrase { Account.hand(over: phrase) }
            guard global.json else { return try say(account.address.checksummed) }
            var object = account.object
            object["phrase"] = phrase?.text
            try printJSON(object)
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List accounts.", discussion: "Example: qustream account list")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let accounts = try global.openWallet().accounts
            if global.json { return try printJSON(["accounts": accounts.map(\.object)]) }
            for account in accounts { try say("\(account.address.checksummed)  \(account.name.printable)") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show an account's balance, keys used, and transactions that wait.", discussion: "Example: qustream account show alice")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "A name or an address.") var account: String

        func run() async throws {
            let wallet = try? Wallet(directory: global.walletDirectory)
            guard let address = try refusing({ try wallet?.resolve(account) }) ?? Address.typed(account) else {
                throw Refusal("there is no wallet in \(global.walletDirectory), and \(account) is not an address")
            }
            let chain = global.chain
            let (balance, key) = try await refusing { (try await chain.balance(of: address), try await chain.keyState(of: address)) }
            let identity = try await refusing { try await chain.identity() }
            let waiting = try refusing { try wallet?.journal(of: address, on: identity).filter { $0.isPending && $0.nonce >= key.nonce } } ?? []
            if global.json {
                return try printJSON([
                    "address": address.hex, "balance": balance.description, "keysUsed": key.nonce, "waiting": waiting.map(\.hash.hex),
                ])
            }
            try say("address    \(address.checksummed)\nbalance    \(QST.format(balance)) QST\nkeys used  \(key.nonce)")
            for entry in waiting { try say("waiting    nonce \(entry.nonce)  \(entry.hash)") }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the phrase that an account grows from: whoever reads it owns the account.",
            discussion: "Example: qustream account export alice")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "A name or an address.") var account: String

        func run() throws {
            let wallet = try global.unlock()
            let (account, phrase) = try refusing {
                let account = try wallet.wallet.account(self.account)
                return (account, try wallet.phrase(of: account))
            }
            if global.json {
                var object = account.object
                (object["phrase"], object["passphrase"]) = (phrase.words.text, phrase.passphrase)
                return try printJSON(object)
            }
            try say(phrase.words.text)
            if !phrase.passphrase.isEmpty { try say(phrase.passphrase) }
            note("\(account.name) is number \(account.index) of this phrase")
        }
    }

    /// Shows a new phrase to its owner, apart from the output.
    static func hand(over phrase: RecoveryPhrase) {
        note("Write these 24 words down; they bring the accounts of this wallet back:\n\n  \(phrase.text)\n")
        note("The client root of vaults is not in them: `qustream account root show` prints it.")
    }
}

extension SignatureSuite: ExpressibleByArgument {
    public init?(argument: String) {
        guard let suite = Self.allCases.first(where: { "\($0)" == argument }) else { return nil }
        self = suite
    }

    public var defaultValueDescription: String { "\(self)" }
}

extension WalletAccount {
    var object: [String: Any] { ["name": name, "address": address.hex, "suite": "\(suite)", "index": index] }
}

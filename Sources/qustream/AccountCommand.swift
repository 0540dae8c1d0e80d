import ArgumentParser
import Cryptography
import Foundation
import Primitives
import Wallet

/// `qustream account`: key chains that grow from one 24-word phrase.
struct Account: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Accounts and their keys.",
        subcommands: [New.self, List.self, Show.self, Import.self, Export.self, Root.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an account; the first one makes the wallet.", discussion: "Example: qustream account new savings")

        @OptionGroup var global: GlobalOptions
        @Argument(help: "A name of your choice.") var name: String

        func run() throws {
            try refusing {
                var wallet: Wallet
                if Wallet.exists(in: global.walletDirectory) {
                    wallet = try global.openWallet()
                } else {
                    wallet = try Account.create(phrase: RecoveryPhrase(entropy: GlobalOptions.random(32)), global: global)
                    note("Write these 24 words down; they bring every account back:\n\n  \(wallet.phrase)\n")
                    note("The client root of your vaults is not in these words: back it up with `qustream account root show`.")
                    note("Without a copy of it, root-bound vaults are gone with this folder.")
                }
                let address = try wallet.addAccount(name, random: GlobalOptions.random)
                global.json ? try printJSON(["name": name, "address": address.hex]) : print(address)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List accounts.", discussion: "Example: qustream account list")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let wallet = try global.openWallet()
            let accounts = try wallet.accountNames.map { (name: $0, address: try wallet.keyChain($0).address.hex) }
            if global.json { return try printJSON(["accounts": accounts.map { ["name": $0.name, "address": $0.address] }]) }
            for account in accounts { print("\(account.address)  \(account.name)") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show an account's balance and keys used.", discussion: "Example: qustream account show alice")
        @OptionGroup var global: GlobalOptions
        @Argument(help: "A name or an address.") var account: String

        func run() async throws {
            let address = try refusing { try global.openWallet().resolve(account) }
            let (balance, nonce) = try await refusing {
                (try await global.chain.balance(address), try await global.chain.transactionCount(address))
            }
            if global.json { return try printJSON(["address": address.hex, "balance": balance.description, "keysUsed": nonce]) }
            print("address    \(address)\nbalance    \(QST.format(balance)) QST\nkeys used  \(nonce)")
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a wallet from a 24-word phrase on standard input.",
            discussion: "Example: qustream account import --names alice,bob < phrase.txt")
        @OptionGroup var global: GlobalOptions
        @Option(help: "Names of the accounts, in order, separated by commas.") var names = "main"

        func run() throws {
            try refusing {
                let phrase = try RecoveryPhrase(readLine() ?? "")
                var wallet = try Account.create(phrase: phrase, global: global)
                for name in names.split(separator: ",") { print(try wallet.addAccount(String(name), random: GlobalOptions.random), name) }
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the wallet's phrase: whoever reads it owns the accounts.", discussion: "Example: qustream account export")
        @OptionGroup var global: GlobalOptions

        func run() throws { print(try global.openWallet().phrase) }
    }

    struct Root: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The client root of vaults as a sheet of 96 words.", subcommands: [ShowRoot.self, ImportRoot.self])
    }

    struct ShowRoot: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print the sheet.", discussion: "Example: qustream account root show")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            let words = try refusing { try global.openWallet().clientRoot.sheet }
            for row in stride(from: 0, to: words.count, by: 8) {
                print(String(format: "%3d  ", row + 1) + words[row..<row + 8].joined(separator: " "))
            }
        }
    }

    struct ImportRoot: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Read a sheet from standard input.",
            discussion: "Example: qustream account root import < sheet.txt")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            try refusing {
                var text: [String] = []
                while let line = readLine() { text += line.split(separator: " ").map(String.init).filter { Int($0) == nil } }
                var wallet = try global.openWallet()
                try wallet.importClientRoot(try ClientRoot(sheet: text.joined(separator: " ")), random: GlobalOptions.random)
            }
        }
    }

    private static func create(phrase: RecoveryPhrase, global: GlobalOptions) throws -> Wallet {
        guard let root = ClientRoot(try GlobalOptions.random(ClientRoot.byteCount)) else { throw Wallet.Failure.malformed }
        return try Wallet.create(
            in: global.walletDirectory, password: global.password, phrase: phrase, clientRoot: root, random: GlobalOptions.random)
    }
}

import ArgumentParser
import Cryptography
import Foundation
import Primitives
import Wallet

extension Account {
    struct Import: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add accounts of a phrase that exists elsewhere.",
            discussion: """
                Reads 24 words from the first line of standard input, and a passphrase from the second where there is one.
                Example: qustream account import savings < phrase.txt
                Example: qustream account import old --recover < phrase.txt
                """)
        @OptionGroup var global: GlobalOptions
        @Argument(help: "A name of your choice.") var name: String
        @Option(help: "Which of the phrase's accounts.") var index: UInt64 = 0
        @Option(help: "mldsa65 or mldsa87.") var suite = SignatureSuite.mldsa65
        @Flag(help: "Add every account that the chain knows, as NAME-0, NAME-1, …") var recover = false

        func run() async throws {
            let words = readLine() ?? ""
            let passphrase = readLine() ?? ""
            let phrase: RecoveryPhrase
            do { phrase = try RecoveryPhrase(words) } catch { throw Refusal(WalletError.phrase(error).description) }
            let wanted = try await wanted(phrase, passphrase)
            var wallet = try global.unlockOrCreate()
            var added: [WalletAccount] = []
            for (name, index) in wanted {
                try refusing {
                    added.append(try wallet.importAccount(
                        named: name, phrase: phrase, passphrase: passphrase, index: index, suite: suite, entropy: GlobalOptions.entropy()))
                }
            }
            if global.json { return try printJSON(["accounts": added.map(\.object)]) }
            for account in added { try say("\(account.address.checksummed)  \(account.name.printable)") }
        }

        private func wanted(_ phrase: RecoveryPhrase, _ passphrase: String) async throws -> [(name: String, index: UInt64)] {
            guard recover else { return [(name, index)] }
            let found = try await refusing {
                try await AccountDiscovery.find(phrase: phrase, passphrase: passphrase, suite: suite, chain: global.chain)
            }
            guard !found.isEmpty else { throw Refusal("the chain knows no account of this phrase") }
            return found.map { ("\(name)-\($0.index)", $0.index) }
        }
    }
}

import ArgumentParser
import Cryptography
import Foundation
import Wallet

extension Account {
    struct Root: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The client root that vaults are bound to, as a sheet of 96 words.",
            discussion: "Example: qustream account root show",
            subcommands: [ShowRoot.self, ImportRoot.self])
    }

    struct ShowRoot: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Print the sheet; makes a root where there is none.",
            discussion: "Example: qustream account root show > sheet.txt")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            var wallet = try global.unlockOrCreate()
            let (root, isNew) = try refusing { try wallet.rootOrNew(entropy: GlobalOptions.entropy()) }
            if isNew { note("A new client root. Keep this sheet: without a copy, vaults bound to it are lost with this folder.") }
            let words = root.sheet
            if global.json { return try printJSON(["sheet": words.joined(separator: " "), "new": isNew]) }
            for row in stride(from: 0, to: words.count, by: 8) {
                let number = "\(row + 1)"
                try say(String(repeating: " ", count: 3 - number.count) + number + "  " + words[row..<row + 8].joined(separator: " "))
            }
        }
    }

    struct ImportRoot: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Read a sheet from standard input; numbers before rows are skipped.",
            discussion: "Example: qustream account root import < sheet.txt")
        @OptionGroup var global: GlobalOptions

        func run() throws {
            var words: [Substring] = []
            // More lines than a sheet has words hold no sheet.
            while words.count <= ClientRoot.sheetWordCount, let line = readLine() {
                words += line.split(whereSeparator: \.isWhitespace).filter { Int($0) == nil }
            }
            let root: ClientRoot
            do { root = try ClientRoot(sheet: words.joined(separator: " ")) } catch { throw Refusal(WalletError.phrase(error).description) }
            var wallet = try global.unlockOrCreate()
            try refusing { try wallet.importRoot(root, entropy: GlobalOptions.entropy()) }
            if wallet.rootSources == nil {
                note("A sheet does not say what its root was made from, so new vaults are labelled with the channel's level against")
                note("recorded traffic.")
            }
            global.json ? try printJSON(["imported": true]) : try say("imported")
        }
    }
}

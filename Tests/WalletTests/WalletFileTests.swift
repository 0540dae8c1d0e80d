import Cryptography
import Foundation
import Primitives
import Signer
import Testing
import Wallet

@Suite struct WalletFileTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private var directory: String { scratch.directory("w") }

    @Test func firstAccountMakesThePhraseAndTheNextOneContinuesIt() throws {
        let pool = try Fixture.entropy.get()
        var wallet = try Fixture.wallet(directory)
        let (first, phrase) = try wallet.newAccount(named: "alice", entropy: pool)
        let (second, none) = try wallet.newAccount(named: "bob", entropy: pool)
        #expect(phrase?.words.count == 24)
        #expect(none == nil)
        #expect([first.index, second.index] == [0, 1])
        #expect(try wallet.phrase(of: second).words == phrase)

        let reopened = try Wallet(directory: directory)
        #expect(reopened.accounts == [first, second])
        #expect(try reopened.unlock(.empty).keyChain(of: second).address == second.address)
        #expect(try reopened.account("bob") == second)
        #expect(try reopened.account(first.address.hex) == first)
    }

    @Test func phraseGivesTheSameAccountsInAnotherWallet() throws {
        let pool = try Fixture.entropy.get()
        var wallet = try Fixture.wallet(directory)
        let (account, phrase) = try wallet.newAccount(named: "alice", entropy: pool)
        var other = try Fixture.wallet(scratch.directory("other"))
        let imported = try other.importAccount(named: "a", phrase: try #require(phrase), entropy: pool)
        #expect(imported.address == account.address)
        let hidden = try other.importAccount(named: "hidden", phrase: try #require(phrase), passphrase: "25th", entropy: pool)
        #expect(hidden.address != account.address)
        #expect(try other.phrase(of: hidden).passphrase == "25th")
        let strong = try other.importAccount(named: "strong", phrase: try #require(phrase), suite: .mldsa87, entropy: pool)
        #expect(try Wallet(directory: scratch.directory("other")).unlock(.empty).keyChain(of: strong).suite == .mldsa87)
    }

    /// Frozen: addresses of the published devnet phrase, made once with this code.
    @Test func addressesOfThePublishedPhraseStay() throws {
        let addresses = try (0..<3).map { try Fixture.keyChain($0).address.hex }
        #expect(addresses == [
            "0xfaea6275b76553d4cc7a1fb3a0a940fe6429ec98", "0x7546360831a6b4fc3a3a8f63feff9e5c7c2a845d",
            "0xc626a4afecc054c47498a948d881d80c1c40438a",
        ])
    }

    /// Whoever can write the folder cannot put his address under the name of an own account, nor exchange two of them.
    @Test func aChangedAddressIsNoticed() throws {
        let pool = try Fixture.entropy.get()
        var wallet = try Fixture.wallet(directory)
        let (alice, _) = try wallet.newAccount(named: "alice", entropy: pool)
        let (bob, _) = try wallet.newAccount(named: "bob", entropy: pool)
        let book = URL(filePath: directory + "/accounts.json")
        let sound = try String(contentsOf: book, encoding: .utf8)
        func refusal(_ text: String) throws -> WalletError? {
            try text.write(to: book, atomically: true, encoding: .utf8)
            do { _ = try Wallet(directory: directory).unlock(.empty) } catch { return error as? WalletError }
            return nil
        }
        #expect(try refusal(sound.replacing(bob.address.hex, with: Fixture.recipient.hex)) == .foreignAddress(name: "bob", path: book.path))
        let exchanged = sound.replacing(bob.address.hex, with: "0x").replacing(alice.address.hex, with: bob.address.hex)
            .replacing("\"0x\"", with: "\"\(alice.address.hex)\"")
        #expect(try refusal(exchanged) != nil)
        #expect(try refusal(sound) == nil)
    }

    @Test func passwordKeepsTheSecretsAndNotTheAddresses() throws {
        let pool = try Fixture.entropy.get()
        var wallet = try Wallet.create(directory: directory, password: Password("p"), entropy: pool)
        let (account, _) = try wallet.newAccount(named: "alice", entropy: pool)
        let locked = try Wallet(directory: directory)
        #expect(locked.accounts == [account])
        #expect(try !locked.isDevnetOnly)
        #expect(throws: WalletError.signer(.wrongPassword)) { try locked.unlock(Password("q")) }
        #expect(throws: WalletError.signer(.wrongPassword)) { try locked.unlock(.empty) }
        _ = try locked.unlock(Password("p"))
    }

    @Test func emptyPasswordMustBeAllowed() throws {
        #expect(throws: WalletError.signer(.emptyPassword)) {
            try Wallet.create(directory: directory, password: .empty, entropy: Fixture.entropy.get())
        }
        #expect(!Wallet.exists(directory))
    }

    @Test func namesAndAccountsAreUnique() throws {
        let pool = try Fixture.entropy.get()
        var wallet = try Fixture.wallet(directory)
        _ = try wallet.importAccount(named: "alice", phrase: Fixture.phrase(), entropy: pool)
        #expect(throws: WalletError.nameTaken("alice")) { try wallet.importAccount(named: "alice", phrase: Fixture.phrase(), index: 1, entropy: pool) }
        #expect(throws: WalletError.accountExists(name: "alice")) { try wallet.importAccount(named: "b", phrase: Fixture.phrase(), entropy: pool) }
        for name in ["", "a b", "ä", "../x", String(repeating: "x", count: 33)] {
            #expect(throws: WalletError.badName(name)) { try wallet.newAccount(named: name, entropy: pool) }
        }
        #expect(throws: WalletError.unknownAccount("dora")) { try wallet.wallet.account("dora") }
    }

    @Test func twelveWordsAreNoAccountPhrase() throws {
        var wallet = try Fixture.wallet(directory)
        let twelve = try RecoveryPhrase(entropy: [UInt8](repeating: 0, count: 16))
        #expect(throws: WalletError.phraseLength(12)) { try wallet.importAccount(named: "a", phrase: twelve, entropy: Fixture.entropy.get()) }
    }

    @Test func otherProcessesAccountIsNotLost() throws {
        let pool = try Fixture.entropy.get()
        var first = try Fixture.wallet(directory)
        var second = try Wallet(directory: directory).unlock(.empty)
        let (a, _) = try first.newAccount(named: "a", entropy: pool)
        let (b, phrase) = try second.newAccount(named: "b", entropy: pool)
        #expect(phrase == nil)
        #expect(try Wallet(directory: directory).accounts == [a, b])
    }

    @Test func missingOrForeignFilesAreNamed() throws {
        #expect(throws: WalletError.noWallet(directory: directory)) { try Wallet(directory: directory) }
        _ = try Fixture.wallet(directory)
        #expect(throws: WalletError.exists(directory: directory)) { try Fixture.wallet(directory) }
        let book = directory + "/accounts.json"
        try "{\"version\":1,\"accounts\":[{}]}".write(toFile: book, atomically: true, encoding: .utf8)
        #expect(throws: WalletError.malformed(path: book)) { try Wallet(directory: directory) }
        try "{\"version\":2}".write(toFile: book, atomically: true, encoding: .utf8)
        #expect(throws: WalletError.newerVersion(path: book, version: 2)) { try Wallet(directory: directory) }
    }

    /// Whoever can put files into the folder decides whom the wallet pays, and which files it makes elsewhere.
    @Test func aFolderThatOthersWriteToIsRefusedAndLinksAreNotFollowed() throws {
        let files = FileManager.default
        var wallet = try Fixture.wallet(directory)
        for mode in [0o777, 0o770, 0o702] {
            try files.setAttributes([.posixPermissions: mode], ofItemAtPath: directory)
            #expect(throws: WalletError.signer(.directoryTooOpen(path: directory))) { try Wallet(directory: directory) }
        }
        for mode in [0o700, 0o755] {
            try files.setAttributes([.posixPermissions: mode], ofItemAtPath: directory)
            _ = try Wallet(directory: directory)
        }
        let elsewhere = scratch.directory("elsewhere")
        try files.removeItem(atPath: directory + "/lock")
        try files.createSymbolicLink(atPath: directory + "/lock", withDestinationPath: elsewhere)
        #expect(throws: WalletError.self) { try wallet.newAccount(named: "alice", entropy: Fixture.entropy.get()) }
        #expect(!files.fileExists(atPath: elsewhere))
    }

    @Test func rootIsMadeOnceAndItsSheetMovesIt() throws {
        let pool = try Fixture.entropy.get()
        var wallet = try Fixture.wallet(directory)
        #expect(wallet.root == nil)
        let (root, isNew) = try wallet.rootOrNew(entropy: pool)
        #expect(isNew)
        #expect(try wallet.rootOrNew(entropy: pool) == (root, false))
        let again = try Wallet(directory: directory).unlock(.empty)
        #expect(again.root == root)
        // Its sources stay with it, and a sheet cannot carry them.
        #expect(again.rootSources?.sources.first == "kernel" && again.rootSources == wallet.rootSources)

        var other = try Fixture.wallet(scratch.directory("other"))
        #expect(root.sheet.count == 96)
        try other.importRoot(ClientRoot(sheet: root.sheet.joined(separator: "\n")), entropy: pool)
        #expect(other.root == root && other.rootSources == nil)
        try other.importRoot(root, entropy: pool)
        let foreign = try #require(ClientRoot([UInt8](repeating: 3, count: 128)))
        #expect(throws: WalletError.rootExists) { try other.importRoot(foreign, entropy: pool) }
        #expect(try Wallet(directory: scratch.directory("other")).unlock(.empty).root == root)
    }

    @Test func secretsStandNowhereInTheClear() throws {
        let pool = try Fixture.entropy.get()
        var wallet = try Fixture.wallet(directory)
        let (account, phrase) = try wallet.newAccount(named: "alice", entropy: pool)
        let (root, _) = try wallet.rootOrNew(entropy: pool)
        let entropy = try #require(phrase).entropy
        let secrets = [Hex.encode(entropy, prefix: false), Hex.encode(root.bytes, prefix: false)]
        for file in try scratch.files("") {
            guard let data = FileManager.default.contents(atPath: file) else { continue }
            let text = String(decoding: data, as: UTF8.self)
            for secret in secrets { #expect(!text.contains(secret)) }
            #expect(data.range(of: Data(entropy)) == nil)
        }
        #expect(!"\(wallet)".contains("abandon"))
    }
}

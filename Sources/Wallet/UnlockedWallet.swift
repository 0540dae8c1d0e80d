import Cryptography
import Entropy
import Primitives
import Signer

/// A wallet whose secrets are in memory.
public struct UnlockedWallet: Sendable, CustomStringConvertible {
    public private(set) var wallet: Wallet
    private var secrets: WalletSecrets
    private let password: Password

    init(_ wallet: Wallet, _ secrets: WalletSecrets, _ password: Password) {
        (self.wallet, self.secrets, self.password) = (wallet, secrets, password)
    }

    public var description: String { "UnlockedWallet(\(wallet.directory))" }

    // MARK: Accounts

    /// Adds the next account of the first phrase.
    /// - Returns: the account, and the phrase if one had to be made: its owner must write it down.
    public mutating func newAccount(
        named name: String, suite: SignatureSuite = .mldsa65, entropy: EntropyPool
    ) throws(WalletError) -> (account: WalletAccount, newPhrase: RecoveryPhrase?) {
        let random = try entropy.bytes(32)
        return try change(entropy) { (book, secrets) throws(WalletError) in
            var newPhrase: RecoveryPhrase?
            if secrets.phrases.isEmpty {
                let words = try wording { () throws(PhraseError) in try RecoveryPhrase(entropy: random) }
                secrets.phrases.append(WalletSecrets.Phrase(words: words, passphrase: ""))
                newPhrase = words
            }
            let next = book.accounts.filter { $0.phrase == 0 }.map(\.index).max().map { $0 + 1 } ?? 0
            return (try book.add(name, secrets, phrase: 0, index: next, suite), newPhrase)
        }
    }

    /// Adds an account of a phrase that exists elsewhere.
    public mutating func importAccount(
        named name: String, phrase words: RecoveryPhrase, passphrase: String = "", index: UInt64 = 0, suite: SignatureSuite = .mldsa65,
        entropy: EntropyPool
    ) throws(WalletError) -> WalletAccount {
        guard words.words.count == 24 else { throw .phraseLength(words.words.count) }
        let phrase = WalletSecrets.Phrase(words: words, passphrase: passphrase)
        return try change(entropy) { (book, secrets) throws(WalletError) in
            if !secrets.phrases.contains(phrase) {
                guard secrets.phrases.count < WalletSecrets.maximumPhrases else { throw .phraseLength(words.words.count) }
                secrets.phrases.append(phrase)
            }
            return try book.add(name, secrets, phrase: secrets.phrases.firstIndex(of: phrase) ?? 0, index: index, suite)
        }
    }

    /// Compares the account book, which anybody with the folder can write, with what the secrets say: a changed address would be paid
    /// under the name of an own account.
    func checkAddresses() throws(WalletError) {
        var seeds: [Int: [UInt8]] = [:]
        for account in wallet.accounts {
            let phrase = try phrase(of: account)
            let seed: [UInt8]
            if let known = seeds[account.phrase] { seed = known } else {
                seed = try wording { () throws(PhraseError) in try phrase.words.seed(passphrase: phrase.passphrase) }
                seeds[account.phrase] = seed
            }
            let address = KeyChain(seed: AccountSeed(phraseSeed: seed, account: account.index), suite: account.suite).address
            guard address == account.address else { throw .foreignAddress(name: account.name, path: wallet.bookPath) }
        }
    }

    /// The words and passphrase that an account grows from.
    public func phrase(of account: WalletAccount) throws(WalletError) -> (words: RecoveryPhrase, passphrase: String) {
        guard secrets.phrases.indices.contains(account.phrase) else { throw .malformed(path: wallet.bookPath) }
        let phrase = secrets.phrases[account.phrase]
        return (phrase.words, phrase.passphrase)
    }

    /// The account's keys.
    public func keyChain(of account: WalletAccount) throws(WalletError) -> KeyChain {
        let phrase = try phrase(of: account)
        let seed = try wording { () throws(PhraseError) in
            try AccountSeed(phrase: phrase.words, passphrase: phrase.passphrase, account: account.index)
        }
        return KeyChain(seed: seed, suite: account.suite)
    }

    /// A secret for one purpose that the account's phrase alone brings back.
    /// - Parameter purpose: ASCII, without a zero byte.
    public func derived(_ purpose: String, count: Int = 32, for account: WalletAccount) throws(WalletError) -> [UInt8] {
        let phrase = try phrase(of: account)
        let seed = try wording { () throws(PhraseError) in try phrase.words.seed(passphrase: phrase.passphrase) }
        return DomainTag.walletSecret.derive(count: count, from: Array(" \(purpose)".utf8), [0], seed)
    }

    // MARK: Client root

    /// The root that vaults are bound to; nil before the first use.
    public var root: ClientRoot? { secrets.root }

    /// What the root was made from. Unknown for a root that was imported: a sheet holds no record.
    public var rootSources: EntropyRecord? { secrets.rootSources }

    /// The root, made if there is none. One that was made must be backed up: without a copy its vaults are lost with it.
    public mutating func rootOrNew(entropy: EntropyPool) throws(WalletError) -> (root: ClientRoot, isNew: Bool) {
        if let root { return (root, false) }
        let draw: EntropyDraw
        do { draw = try entropy.recordedDraw(count: KeyGeneration.inputByteCount) } catch { throw .entropy(error) }
        return try change(entropy) { (_, secrets) throws(WalletError) in
            // Another process may have been faster.
            if let root = secrets.root { return (root, false) }
            guard let root = try? ClientRoot(entropy: draw.bytes) else { throw .noRoot }
            (secrets.root, secrets.rootSources) = (root, draw.sources)
            return (root, true)
        }
    }

    /// Takes over the root of another wallet of the same owner. Refused when there is another root.
    public mutating func importRoot(_ root: ClientRoot, entropy: EntropyPool) throws(WalletError) {
        try change(entropy) { (_, secrets) throws(WalletError) in
            guard secrets.root == nil || secrets.root == root else { throw .rootExists }
            secrets.root = root
        }
    }

    // MARK: Chains

    /// Checks that the wallet may sign for the chain, and remembers it. A node that passes another chain's answers on cannot make
    /// the wallet sign for that; a devnet-only wallet follows its devnet through new beginnings.
    mutating func admit(_ chain: ChainIdentity, _ pin: ChainPin) throws(WalletError) {
        let isDevnetOnly = try wallet.isDevnetOnly
        guard !isDevnetOnly || chain.chainID == ChainIdentity.devnetID else { throw .devnetOnly(chainID: chain.chainID) }
        if !isDevnetOnly { try check(chain, pin) }
        guard wallet.book.genesis[chain.chainID] != chain.genesis else { return }
        let lock = try Wallet.locked(wallet.directory)
        defer { _ = lock }
        wallet = try Wallet(directory: wallet.directory)
        let known = wallet.book.genesis[chain.chainID]
        guard isDevnetOnly || known == nil || known == chain.genesis else { throw .otherGenesis(chainID: chain.chainID) }
        wallet.book.genesis[chain.chainID] = chain.genesis
        try wallet.book.save(wallet.bookPath)
    }

    private func check(_ chain: ChainIdentity, _ pin: ChainPin) throws(WalletError) {
        switch pin {
        case .genesis(let wanted):
            guard chain.genesis == wanted else { throw .otherChain(served: chain.genesis, wanted: wanted) }
        case .known:
            guard wallet.book.genesis == [chain.chainID: chain.genesis] else { throw .unnamedChain(chainID: chain.chainID, genesis: chain.genesis) }
        }
    }

    /// Reads the files again, changes them and writes what changed, while no other process does.
    private mutating func change<Value>(
        _ entropy: EntropyPool, _ body: (inout AccountBook, inout WalletSecrets) throws(WalletError) -> Value
    ) throws(WalletError) -> Value {
        let lock = try Wallet.locked(wallet.directory)
        defer { _ = lock }
        var fresh = try Wallet(directory: wallet.directory).unlock(password)
        let before = fresh.secrets
        let value = try body(&fresh.wallet.book, &fresh.secrets)
        // Secrets first: an account whose phrase is missing would be worse than a phrase without accounts.
        if fresh.secrets != before {
            let random = try entropy.bytes(Keystore.randomBytes)
            try signing { () throws(SignerError) in
                try wallet.keystore.seal(fresh.secrets.rlp, password: password, random: random, allowsEmptyPassword: password.isEmpty)
            }
        }
        try fresh.wallet.book.save(wallet.bookPath)
        self = fresh
        return value
    }
}

extension AccountBook {
    /// Adds an account that grows from one of the phrases.
    fileprivate mutating func add(
        _ name: String, _ secrets: WalletSecrets, phrase: Int, index: UInt64, _ suite: SignatureSuite
    ) throws(WalletError) -> WalletAccount {
        let seed = AccountSeed(phraseSeed: try secrets.phrases[phrase].seed(), account: index)
        let account = WalletAccount(name: name, address: KeyChain(seed: seed, suite: suite).address, suite: suite, phrase: phrase, index: index)
        try checkNew(name, account.address)
        accounts.append(account)
        return account
    }
}

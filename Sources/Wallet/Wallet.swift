import Cryptography
import Entropy
import Primitives
import Signer

/// A directory with accounts: `keystore.json` (sealed), `accounts.json` (public), `journal/`.
public struct Wallet: Sendable {
    public let directory: String
    var book: AccountBook

    var keystore: Keystore { Self.keystore(directory) }
    var bookPath: String { directory + "/accounts.json" }

    /// How long one process waits for another one's step.
    static let patienceMilliseconds = 10_000

    static func keystore(_ directory: String) -> Keystore { Keystore(path: directory + "/keystore.json", purpose: "wallet") }

    public static func exists(_ directory: String) -> Bool { keystore(directory).exists }

    /// Opens the public part; no password is needed.
    public init(directory: String) throws(WalletError) {
        guard Self.exists(directory) else { throw .noWallet(directory: directory) }
        try signing { () throws(SignerError) in try DurableFile.checkDirectory(directory) }
        self.directory = directory
        // Where making the wallet was cut short after the keystore, there are no accounts yet.
        let path = directory + "/accounts.json"
        book = DurableFile.exists(path) ? try AccountBook.load(path) : AccountBook()
    }

    /// Makes an empty wallet and leaves it unlocked.
    /// - Parameter allowsEmptyPassword: such a wallet signs for devnets only.
    public static func create(
        directory: String, password: Password, entropy: EntropyPool, allowsEmptyPassword: Bool = false
    ) throws(WalletError) -> UnlockedWallet {
        try signing { () throws(SignerError) in try DurableFile.makeDirectory(directory) }
        let lock = try locked(directory)
        defer { _ = lock }
        guard !exists(directory) else { throw .exists(directory: directory) }
        let random = try entropy.bytes(Keystore.randomBytes)
        try signing { () throws(SignerError) in
            try keystore(directory).seal(WalletSecrets().rlp, password: password, random: random, allowsEmptyPassword: allowsEmptyPassword)
        }
        return UnlockedWallet(try Wallet(directory: directory), WalletSecrets(), password)
    }

    public var accounts: [WalletAccount] { book.accounts }

    /// An account by name or address.
    public func account(_ key: String) throws(WalletError) -> WalletAccount {
        let found = accounts.first { $0.name == key } ?? accounts.first { $0.address == Address(hex: key) }
        guard let found else { throw .unknownAccount(key) }
        return found
    }

    /// The address of an own account by name, or any address in hexadecimal.
    public func resolve(_ text: String) throws(WalletError) -> Address {
        do { if let address = try Address.typed(text), text.hasPrefix("0x") { return address } } catch { throw .mistyped(error) }
        return try account(text).address
    }

    /// What the wallet has signed for an account on a chain; no password is needed.
    public func journal(of address: Address, on chain: ChainIdentity) throws(WalletError) -> [JournalEntry] {
        let path = journalPath(of: address, on: chain)
        return DurableFile.exists(path) ? try Journal.open(path).entries : []
    }

    /// A journal belongs to a chain: a devnet that begins again has other nonces.
    func journalPath(of address: Address, on chain: ChainIdentity) -> String {
        directory + "/journal/" + Hex.encode(chain.genesis.bytes.prefix(8), prefix: false) + "/" + address.hex + ".log"
    }

    /// Whether the wallet has an empty password.
    public var isDevnetOnly: Bool {
        get throws(WalletError) { try signing { () throws(SignerError) in try keystore.isDevnetOnly } }
    }

    /// Opens the secrets; takes as long as the keystore makes it.
    public func unlock(_ password: Password) throws(WalletError) -> UnlockedWallet {
        let bytes = try signing { () throws(SignerError) in try keystore.open(password: password) }
        guard let secrets = try? WalletSecrets(rlp: bytes) else { throw .malformed(path: keystore.path) }
        let unlocked = UnlockedWallet(self, secrets, password)
        try unlocked.checkAddresses()
        return unlocked
    }

    static func locked(_ directory: String) throws(WalletError) -> FileLock {
        try signing { () throws(SignerError) in try FileLock(directory + "/lock", patienceMilliseconds: patienceMilliseconds) }
    }
}

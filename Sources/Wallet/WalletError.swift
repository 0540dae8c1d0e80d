import Cryptography
import Entropy
import Primitives
import Signer

/// Why the wallet did not do what it was asked.
public enum WalletError: Error, Hashable, Sendable {
    case noWallet(directory: String)
    case exists(directory: String)
    case malformed(path: String)
    case newerVersion(path: String, version: Int)
    /// Names are 1 to 32 letters, digits, `-` or `_`.
    case badName(String)
    case nameTaken(String)
    case unknownAccount(String)
    case mistyped(MistypedAddress)
    /// The account is in the wallet already, under this name.
    case accountExists(name: String)
    /// Accounts grow from phrases of 24 words; 12 words are an identity's.
    case phraseLength(Int)
    case noRoot
    /// Another root is there, to which vaults may be bound.
    case rootExists

    /// The wallet has an empty password, which is for devnets.
    case devnetOnly(chainID: UInt64)
    /// The node's chain has the identifier of one that was used before, but another genesis.
    case otherGenesis(chainID: UInt64)
    /// The account book has another address for an account than its phrase makes.
    case foreignAddress(name: String, path: String)
    /// The node serves another chain than the one that was named.
    case otherChain(served: Hash, wanted: Hash)
    /// Nobody has said that the wallet may sign for the node's chain.
    case unnamedChain(chainID: UInt64, genesis: Hash)
    /// The chain expects a key that is not of this account's phrase and suite.
    case foreignKey(nonce: UInt64)
    /// The time in which the account signs is over.
    case locked
    case amountOverflow
    /// The fee that the node asks for may come to more wei than was allowed.
    case feeAboveCeiling(fee: UInt256, ceiling: UInt256)
    case insufficientFunds(needed: UInt256, balance: UInt256)
    case tooManyInFlight(maximum: Int)
    case tooLong(maximumBytes: Int)

    /// The account's next transaction has another nonce than was asked for.
    case otherNonce(next: UInt64)
    /// A transaction with this nonce is final.
    case nonceUsed(UInt64)
    /// No transaction with this nonce waits.
    case nothingToReplace(UInt64)
    /// A replacement must raise both fees by a tenth: the least, in wei per gas.
    case replacementUnderpriced(priority: UInt256, maximum: UInt256)
    case replacementChangesNextKey
    /// This one-time key has signed another transaction, and never signs a second.
    case oneTimeKeyUsed(nonce: UInt64)
    /// The transaction will not be final: another one took its nonce, it expired, or it was refused.
    case dropped(String)
    /// The transaction is signed and written down, but whether the node has it is unknown.
    case undelivered(Hash, String)
    /// The node did not take the transaction, which is signed and may still come, until another one with its nonce is final.
    case refusedButSigned(Hash, nonce: UInt64, ChainFailure)
    /// A transaction that was refused, or had expired, by a node's word has become final after all; nothing was signed.
    case finalAfterAll(Hash, nonce: UInt64)
    /// The node calls a nonce unused that the wallet has seen used: `known` is the first that may be free.
    case nodeBehind(says: UInt64, known: UInt64)
    case timedOut
    /// The transaction's nonce is used, and the node shows no receipt: it may be final.
    case unseen(nonce: UInt64)

    case signer(SignerError)
    case phrase(PhraseError)
    case entropy(EntropyError)
    case chain(ChainFailure)
}

extension WalletError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .mistyped(let mistyped): mistyped.description
        case .noWallet(let directory): "there is no wallet in \(directory): make an account first"
        case .exists(let directory): "there is a wallet in \(directory) already"
        case .malformed(let path): "\(path) is malformed"
        case .newerVersion(let path, let version): "\(path) has version \(version), which is newer than this program"
        case .badName(let name): "\"\(name)\" is no account name: 1 to 32 letters, digits, - or _"
        case .nameTaken(let name): "there is an account \(name) already"
        case .unknownAccount(let name): "there is no account \(name) in this wallet"
        case .accountExists(let name): "the account is in this wallet already, as \(name)"
        case .phraseLength(let count): "accounts come from 24 words, not \(count)"
        case .noRoot: "this wallet has no client root yet"
        case .rootExists: "this wallet has another client root, to which vaults may be bound: they would be lost"
        case .devnetOnly(let chainID): "this wallet has an empty password and so is for a devnet only, not for chain \(chainID)"
        case .otherGenesis(let chainID): "the node's chain \(chainID) is not the one that this wallet used before: its genesis differs"
        case .foreignKey(let nonce): "the chain expects another key for nonce \(nonce) than this account's phrase gives"
        case .amountOverflow: "the amounts are too large"
        case .unseen(let nonce):
            "the node says that the account's nonce \(nonce) is used, but shows no receipt: the transaction may be final. "
                + "Look at the account, or ask another node, before you send it again"
        case .otherChain(let served, let wanted):
            "nothing was signed: the node's chain begins with block \(served), the chain that was named with \(wanted)"
        case .unnamedChain(let chainID, let genesis):
            "nothing was signed: the node serves chain \(chainID), which begins with block \(genesis). Name the chain that you mean by "
                + "its genesis file: --genesis, or genesis.rlp in the wallet's folder"
        case .foreignAddress(let name, let path):
            "\(path) has an address for \(name) that does not grow from this wallet's phrases: somebody has changed the file"
        case .locked: "the account is locked"
        case .feeAboveCeiling(let fee, let ceiling):
            "nothing was signed: by what the node says the fee may come to \(QST.format(fee)) QST, and \(QST.format(ceiling)) are allowed"
        case .insufficientFunds(let needed, let balance):
            "insufficient funds: it can take \(QST.format(needed)) QST, the account has \(QST.format(balance)) QST"
        case .tooManyInFlight(let maximum): "\(maximum) transactions of the account are in flight: wait for some"
        case .tooLong(let maximum): "the transaction is longer than \(maximum) bytes"
        case .otherNonce(let next): "the account's next nonce is \(next)"
        case .nonceUsed(let nonce): "a transaction with nonce \(nonce) is final already"
        case .nothingToReplace(let nonce): "no transaction with nonce \(nonce) waits"
        case .replacementUnderpriced(let priority, let maximum):
            "a replacement must offer at least \(priority) wei priority fee and \(maximum) wei maximum fee per gas"
        case .replacementChangesNextKey: "a replacement must keep the next-key commitment"
        case .oneTimeKeyUsed(let nonce): "the one-time key for nonce \(nonce) has signed another transaction"
        case .dropped(let reason): "the transaction was dropped: \(reason)"
        case .undelivered(let hash, let detail):
            "\(detail); transaction \(hash) is signed and stays in the journal: the next command sends it again"
        case .refusedButSigned(let hash, let nonce, let failure):
            "\(failure); the node did not take transaction \(hash), but it is signed, and may still come until another one with nonce "
                + "\(nonce) is final: the next that you send takes its place"
        case .finalAfterAll(let hash, let nonce):
            "nothing was signed: transaction \(hash) with nonce \(nonce), which a node had refused, is final after all. "
                + "If this was to be another one, run the command again"
        case .nodeBehind(let says, let known):
            "nothing was signed: by this node the account's next nonce is \(says), where this wallet has seen \(known - 1) used. "
                + "The node is behind, or does not tell the truth; try again later, or ask another node"
        case .timedOut: "the transaction is not final yet; it stays in the journal"
        case .signer(let error): "\(error)"
        case .phrase(let error): error.text
        case .entropy(let error): "\(error)"
        case .chain(let error): "\(error)"
        }
    }
}

extension PhraseError {
    /// For the person who wrote the words. The words themselves are not repeated.
    var text: String {
        switch self {
        case .wordCount(let count): "\(count) words are no phrase or sheet: it has 24, or 96"
        case .tooLong: "that is far more text than any phrase has"
        case .unknownWord(let position, _): "word \(position) is not in the list"
        case .wrongWord(let position): "word \(position) is wrong"
        case .swappedWords(let position, let other): "words \(position) and \(other) are swapped"
        case .checksum: "the words do not belong together: at least one is wrong"
        case .wrongLength(let count): "\(count) bytes make no phrase"
        case .passphraseNotASCII: "the passphrase may have only printable ASCII characters"
        }
    }
}

/// Runs a step of a lower layer and gives its error the wallet's type.
func signing<Value>(_ body: () throws(SignerError) -> Value) throws(WalletError) -> Value {
    do { return try body() } catch { throw .signer(error) }
}

func wording<Value>(_ body: () throws(PhraseError) -> Value) throws(WalletError) -> Value {
    do { return try body() } catch { throw .phrase(error) }
}

func asking<Value>(_ body: () async throws(ChainFailure) -> Value) async throws(WalletError) -> Value {
    do { return try await body() } catch { throw .chain(error) }
}

extension EntropyPool {
    func bytes(_ count: Int) throws(WalletError) -> [UInt8] {
        do { return try draw(count: count) } catch { throw .entropy(error) }
    }
}

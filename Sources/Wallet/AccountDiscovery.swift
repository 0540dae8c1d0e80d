import Cryptography
import Primitives

/// An account of a phrase that the chain knows.
public struct DiscoveredAccount: Hashable, Sendable {
    public var index: UInt64
    public var address: Address
    public var nonce: UInt64
    /// Wei.
    public var balance: UInt256
}

/// Finds a phrase's accounts when nothing but the phrase is left. What keys are used up is the chain's to say.
public enum AccountDiscovery {
    /// So many unused accounts in a row end the search.
    public static let gap = 20

    /// The used accounts in order of index: one query for the nonce and one for the balance of each.
    public static func find(
        phrase: RecoveryPhrase, passphrase: String = "", suite: SignatureSuite = .mldsa65, chain: some ChainAccess
    ) async throws(WalletError) -> [DiscoveredAccount] {
        let seed = try WalletSecrets.Phrase(words: phrase, passphrase: passphrase).seed()
        var (found, index, unused) = ([DiscoveredAccount](), 0 as UInt64, 0)
        while unused < gap {
            let address = KeyChain(seed: AccountSeed(phraseSeed: seed, account: index), suite: suite).address
            let nonce = try await asking { () async throws(ChainFailure) in try await chain.keyState(of: address).nonce }
            let balance = try await asking { () async throws(ChainFailure) in try await chain.balance(of: address) }
            if nonce > 0 || !balance.isZero {
                found.append(DiscoveredAccount(index: index, address: address, nonce: nonce, balance: balance))
                unused = 0
            } else {
                unused += 1
            }
            index += 1
        }
        return found
    }
}

import Cryptography
import Foundation
import Primitives
import Signer

/// Which chain a wallet signs for: what its owner says, and no node. A devnet-only wallet follows its devnet instead.
public enum ChainPin: Hashable, Sendable {
    /// The only one that it has signed for.
    case known
    /// The one with this genesis block.
    case genesis(Hash)
}

extension UnlockedWallet {
    /// The account on the chain that the node serves, after a check that this wallet may sign for it.
    public mutating func session<Chain: ChainAccess>(
        for account: WalletAccount, on chain: Chain, pin: ChainPin = .known
    ) async throws(WalletError) -> AccountSession<Chain> {
        let identity = try await asking { () async throws(ChainFailure) in try await chain.identity() }
        try admit(identity, pin)
        let builder = TransactionBuilder(keyChain: try keyChain(of: account), chain: identity)
        let path = wallet.journalPath(of: account.address, on: identity)
        let directory = URL(filePath: path).deletingLastPathComponent().path
        try signing { () throws(SignerError) in try DurableFile.makeDirectory(directory) }
        return AccountSession(builder: builder, chain: chain, journalPath: path)
    }
}

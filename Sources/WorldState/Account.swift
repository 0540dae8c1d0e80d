import ChainTypes
import Cryptography
import Primitives

/// An account as the state trie keeps it (Yellow Paper §4.1).
public struct Account: Hashable, Sendable, RLPCodable {
    public static let emptyCodeHash = Keccak256.hash([])
    public static let empty = Account()

    public var nonce: UInt64
    /// Wei.
    public var balance: UInt256
    public var storageRoot: Hash
    public var codeHash: Hash

    public init(
        nonce: UInt64 = 0, balance: UInt256 = .zero, storageRoot: Hash = Header.emptyTrieRoot, codeHash: Hash = Account.emptyCodeHash
    ) {
        (self.nonce, self.balance, self.storageRoot, self.codeHash) = (nonce, balance, storageRoot, codeHash)
    }

    /// Whether EIP-161 deletes the account when a transaction touches it.
    public var isEmpty: Bool { nonce == 0 && balance.isZero && codeHash == Self.emptyCodeHash }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(nonce)
            $0.append(balance)
            $0.append(storageRoot)
            $0.append(codeHash)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            Account(nonce: try list.readUInt64(), balance: try list.read(), storageRoot: try list.read(), codeHash: try list.read())
        }
    }
}

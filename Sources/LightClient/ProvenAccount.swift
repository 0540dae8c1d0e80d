import Primitives

/// An account as a state proof shows it (Yellow Paper §4.1).
public struct ProvenAccount: Hashable, Sendable, RLPCodable {
    public var nonce: UInt64
    /// Wei.
    public var balance: UInt256
    public var storageRoot: Hash
    public var codeHash: Hash

    public init(nonce: UInt64, balance: UInt256, storageRoot: Hash, codeHash: Hash) {
        (self.nonce, self.balance, self.storageRoot, self.codeHash) = (nonce, balance, storageRoot, codeHash)
    }

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
            ProvenAccount(
                nonce: try list.readUInt64(), balance: try list.read(), storageRoot: try list.read(), codeHash: try list.read())
        }
    }
}

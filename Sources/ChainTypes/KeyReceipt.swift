import Cryptography
import Primitives

/// What a node confirms to hold of a key: names, lengths and the root of its ciphertext, never a function of a share.
public struct KeyReceipt: Hashable, Sendable, RLPCodable {
    public var keyID: KeyID
    public var epoch: UInt64
    public var isOperator: Bool
    public var slot: Int
    /// Bytes of fragments.
    public var length: UInt64
    /// Chunks of the fragments, and the root of their `ChunkTree`: what an audit asks for one of.
    public var chunkCount: UInt64
    public var root: Hash

    public init(keyID: KeyID, epoch: UInt64, isOperator: Bool, slot: Int, length: UInt64, chunkCount: UInt64, root: Hash) {
        (self.keyID, self.epoch, self.isOperator, self.slot) = (keyID, epoch, isOperator, slot)
        (self.length, self.chunkCount, self.root) = (length, chunkCount, root)
    }

    public static let signingContext = DomainTag.keyReceipt.bytes
    /// The signed message. The key id names the chain.
    public var signingPayload: [UInt8] { rlp }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(keyID)
            $0.append(epoch)
            $0.append(isOperator)
            $0.append(slot)
            $0.append(length)
            $0.append(chunkCount)
            $0.append(root)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            KeyReceipt(
                keyID: try list.read(), epoch: try list.readUInt64(), isOperator: try list.readBool(),
                slot: try list.readInt(atMost: Committee.maximumCount - 1), length: try list.readUInt64(),
                chunkCount: try list.readUInt64(), root: try list.read())
        }
    }
}

/// A receipt under the node key.
public struct SignedKeyReceipt: Hashable, Sendable, RLPCodable {
    public var receipt: KeyReceipt
    public var signature: [UInt8]

    public init(receipt: KeyReceipt, signature: [UInt8]) { (self.receipt, self.signature) = (receipt, signature) }

    /// Whether the node with this key signed it.
    public func isSigned(by nodeKey: [UInt8]) -> Bool {
        MLDSA.verify(
            suite: .mldsa65, publicKey: nodeKey, message: receipt.signingPayload, context: KeyReceipt.signingContext, signature: signature)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(receipt)
            $0.append(signature)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            SignedKeyReceipt(receipt: try list.read(), signature: try list.readBytes(exactly: SignatureSuite.mldsa65.signatureBytes))
        }
    }
}

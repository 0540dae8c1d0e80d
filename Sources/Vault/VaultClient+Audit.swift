import ChainTypes
import Cryptography
import Primitives
import SystemContracts

/// A node's receipt for its part of a vault. Whoever keeps it can have the chain ask the node for the data.
public struct VaultReceipt: Hashable, Sendable, RLPCodable {
    public let node: EncryptionNode
    public let signed: SignedKeyReceipt

    public init(node: EncryptionNode, signed: SignedKeyReceipt) { (self.node, self.signed) = (node, signed) }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(node)
            $0.append(signed)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in VaultReceipt(node: try list.read(), signed: try list.read()) }
    }
}

extension VaultClient {
    /// Has the chain ask a node for one chunk of its part, chosen at random, that it must show before a deadline or lose stake.
    /// The chunk becomes public: it is ciphertext.
    /// - Parameter deposit: wei, as the chain's parameter `challengeDeposit` says; given back where the node fails.
    /// - Returns: the number of the challenge.
    public func audit(_ receipt: VaultReceipt, deposit: UInt256) async throws -> UInt64 {
        let random = try entropy.draw(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        let call = Slashing.auditCall(
            nodeKey: receipt.node.nodeKey, receipt.signed, chunk: random % max(1, receipt.signed.receipt.chunkCount))
        let logs = try await chain.transact(to: Slashing.address, value: deposit, data: call)
        let opened = logs.first { $0.address == Slashing.address && $0.topics.first == Slashing.challenged }
        guard let id = opened?.topics.dropFirst().first?.number.asUInt64 else {
            throw VaultError.chainNotProven("the transaction opened no challenge")
        }
        return id
    }
}

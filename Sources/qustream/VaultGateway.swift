import ChainTypes
import LightClient
import Primitives
import RPCClient
import Vault
import Wallet

/// The vault client's view of the chain: a node's RPC, believed only with proofs, and the owner's account.
struct VaultGateway: ChainGateway {
    let chain: RPCClient
    let account: AccountSession<RPCChain>
    /// Of each transaction.
    let feeCeiling: UInt256

    func transact(to contract: Address, value: UInt256, data: [UInt8]) async throws -> [Log] {
        var request = TransactionRequest(to: contract, value: value, data: data)
        request.feeCeiling = feeCeiling
        let transaction = try await account.send(request, approve: FeeOptions.tell)
        let receipt = try await chain.waitForReceipt(transaction.hash)
        guard receipt.succeeded else { throw VaultError.refusedOnChain(Self.reason(receipt.revertData)) }
        return receipt.logs
    }

    func finality() async throws -> FinalityProof {
        guard let proof = try await chain.finalityProof(.latest) else { throw RPCError.malformed(method: "qs_getFinalityProof") }
        return proof
    }

    func epochChanges(from epoch: UInt64) async throws -> [EpochChange] { try await chain.epochChanges(from: epoch) }

    func proof(_ address: Address, slots: [Hash], at block: UInt64) async throws -> StateProof {
        let proven = try await chain.proof(address, slots: slots, at: .number(block))
        return StateProof(
            address: address, accountNodes: proven.nodes, slots: proven.slots.map { StateProof.Slot(slot: $0.slot, nodes: $0.nodes) })
    }

    func encryptionNodes() async throws -> [EncryptionNode] { try await chain.encryptionNodes().filter(\.isListed).map(\.node) }

    /// What a contract said when it reverted.
    private static func reason(_ payload: [UInt8]) -> String {
        RevertReason.decode(payload) ?? (payload.isEmpty ? "no reason given" : Hex.encode(payload))
    }
}

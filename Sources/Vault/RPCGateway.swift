import ChainTypes
import Cryptography
import LightClient
import Primitives
import RPCClient
import SystemContracts
import Wallet

/// The chain through a node's JSON-RPC, with transactions of one of a wallet's accounts.
public struct RPCGateway: ChainGateway {
    private let rpc: RPCClient
    private let sender: Sender
    private let keys: KeyChain

    public init(rpc: RPCClient, sender: Sender, keys: KeyChain) { (self.rpc, self.sender, self.keys) = (rpc, sender, keys) }

    public func transact(to contract: Address, value: UInt256, data: [UInt8]) async throws -> [Log] {
        do {
            let transaction = try await sender.send(.init(to: contract, value: value, data: data), from: keys)
            let receipt = try await rpc.waitForReceipt(transaction.hash)
            guard receipt.succeeded else { throw VaultError.refusedOnChain(Self.reason(receipt.revertData)) }
            return receipt.logs
        } catch let error as RPCError {
            guard case .refused = error else { throw error }
            throw VaultError.refusedOnChain("\(error)")
        }
    }

    public func finality() async throws -> FinalityProof {
        guard let proof = try await rpc.finalityProof(.latest) else { throw VaultError.chainNotProven("the node has no final block") }
        return proof
    }

    public func proof(_ address: Address, slots: [Hash], at block: UInt64) async throws -> StateProof {
        let proven = try await rpc.proof(address, slots: slots, at: .number(block))
        return StateProof(address: address, accountNodes: proven.nodes, slots: proven.slots.map { .init(slot: $0.slot, nodes: $0.nodes) })
    }

    public func encryptionNodes() async throws -> [EncryptionNode] { try await rpc.encryptionNodes().map(\.node) }

    /// The text of `Error(string)`.
    private static func reason(_ data: [UInt8]) -> String {
        guard data.starts(with: ABI.selector("Error(string)")), data.count >= 68, let length = UInt256(bigEndian: data[36..<68])?.asUInt64,
            length <= UInt64(data.count - 68), let text = String(validating: data[68..<68 + Int(length)], as: UTF8.self)
        else { return "the call reverted" }
        return text
    }
}

extension VaultNetwork {
    /// Whose vault an id is, by a proof under a verified header.
    public static func owner(of id: KeyID, chain: any ChainGateway, network: VaultNetwork) async throws -> Address {
        let reader = RegistryReader(chain: chain, network: network, owner: .zero, device: .zero)
        let values = try await reader.values([KeyRegistry.slot(of: .owner, key: id.hash)])
        let owner = Address(lastBytesOf: Hash(values.first ?? .zero))
        guard owner != .zero else { throw VaultError.unknownVault(id) }
        return owner
    }
}

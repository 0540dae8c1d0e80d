import Cryptography
import Primitives
import RPCClient

/// A node's JSON-RPC as the wallet's view of the chain.
public struct RPCChain: ChainAccess {
    public let client: RPCClient

    public init(_ client: RPCClient) { self.client = client }

    public func identity() async throws(ChainFailure) -> ChainIdentity {
        let chainID = try await ask { (client) async throws(RPCError) -> UInt64 in try await client.chainID() }
        let genesis = try await ask { (client) async throws(RPCError) -> BlockFinality? in try await client.finality(.number(0)) }
        guard let genesis else { throw .unreachable("\(client.url) does not show its genesis block") }
        return ChainIdentity(chainID: chainID, genesis: genesis.envelopeHash)
    }

    public func keyState(of address: Address) async throws(ChainFailure) -> KeyState {
        let key = try await ask { (client) async throws(RPCError) -> AccountKeyInfo in try await client.accountKey(address) }
        return KeyState(nonce: key.uses, commitment: key.commitment)
    }

    public func pendingNonce(of address: Address) async throws(ChainFailure) -> UInt64 {
        try await ask { (client) async throws(RPCError) -> UInt64 in try await client.transactionCount(address, at: .pending) }
    }

    public func balance(of address: Address) async throws(ChainFailure) -> UInt256 {
        try await ask { (client) async throws(RPCError) -> UInt256 in try await client.balance(address) }
    }

    public func fees() async throws(ChainFailure) -> FeeData {
        let history = try await ask { (client) async throws(RPCError) -> FeeHistory in try await client.feeHistory(blocks: 1) }
        let tip = try await ask { (client) async throws(RPCError) -> UInt256 in try await client.maxPriorityFeePerGas() }
        return FeeData(nextBaseFee: history.nextBaseFee, priorityFee: tip)
    }

    public func estimateGas(from: Address, to: Address?, value: UInt256, data: [UInt8]) async throws(ChainFailure) -> UInt64 {
        try await ask { (client) async throws(RPCError) -> UInt64 in
            try await client.estimateGas(from: from, to: to, value: value, data: data)
        }
    }

    public func send(raw: [UInt8]) async throws(ChainFailure) {
        _ = try await ask { (client) async throws(RPCError) -> Hash in try await client.sendRawTransaction(raw) }
    }

    public func outcome(of transaction: Hash) async throws(ChainFailure) -> TransactionOutcome? {
        let receipt = try await ask { (client) async throws(RPCError) -> TransactionReceipt? in try await client.receipt(transaction) }
        return receipt.map {
            TransactionOutcome(
                block: $0.blockNumber, blockHash: $0.blockHash, succeeded: $0.succeeded, gasUsed: $0.gasUsed,
                effectiveGasPrice: $0.effectiveGasPrice)
        }
    }

    public func blockNumber() async throws(ChainFailure) -> UInt64 {
        try await ask { (client) async throws(RPCError) -> UInt64 in try await client.blockNumber() }
    }

    private func ask<Value>(_ body: (RPCClient) async throws(RPCError) -> Value) async throws(ChainFailure) -> Value {
        do {
            return try await body(client)
        } catch .refused(let code, let message, let reason, _) {
            throw .refused(reason: reason ?? "code \(code)", message: message)
        } catch {
            throw .unreachable("\(error)")
        }
    }
}

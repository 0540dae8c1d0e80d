import ChainTypes
import Primitives

extension RPCClient {
    /// Hands a transaction in network form to the node and gives its hash.
    public func sendRawTransaction(_ networkForm: [UInt8]) async throws(RPCError) -> Hash {
        try await call("eth_sendRawTransaction", [Hex.encode(networkForm)], as: WireHash.self).value
    }

    public func send(_ transaction: SignedTransaction) async throws(RPCError) -> Hash {
        let hash = try await sendRawTransaction(transaction.networkForm)
        guard hash == transaction.hash else { throw .malformed(method: "eth_sendRawTransaction") }
        return hash
    }

    /// The outcome of a finalised transaction; nil while it is not final.
    public func receipt(_ hash: Hash) async throws(RPCError) -> TransactionReceipt? {
        struct Wire: Decodable {
            struct Entry: Decodable {
                let address: WireAddress
                let topics: [WireHash]
                let data: WireBytes
            }
            let transactionHash: WireHash
            let blockNumber: WireNumber
            let blockHash: WireHash
            let status: WireNumber
            let gasUsed: WireNumber
            let effectiveGasPrice: WireAmount
            let contractAddress: WireAddress?
            let logs: [Entry]
            let revertReason: WireBytes?
        }
        guard let wire = try await optional("eth_getTransactionReceipt", [hash.hex], as: Wire.self) else { return nil }
        return TransactionReceipt(
            transactionHash: wire.transactionHash.value, blockNumber: wire.blockNumber.value, blockHash: wire.blockHash.value,
            succeeded: wire.status.value == 1, gasUsed: wire.gasUsed.value, effectiveGasPrice: wire.effectiveGasPrice.value,
            contractAddress: wire.contractAddress?.value,
            logs: wire.logs.map { Log(address: $0.address.value, topics: $0.topics.map(\.value), data: $0.data.value) },
            revertData: wire.revertReason?.value ?? [])
    }

    /// Asks every 50 ms until the transaction is final; throws `.timedOut` when it is not in time.
    /// A node that cannot be reached for a moment does not end the wait.
    public func waitForReceipt(_ hash: Hash, timeoutSeconds: Double = 30) async throws(RPCError) -> TransactionReceipt {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(timeoutSeconds)
        while true {
            do {
                if let receipt = try await receipt(hash) { return receipt }
            } catch .unreachable where clock.now < end {
            }
            guard clock.now < end, !Task.isCancelled else { throw .timedOut }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}

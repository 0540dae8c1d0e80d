import ChainTypes
import Primitives

extension RPCClient {
    public func chainID() async throws(RPCError) -> UInt64 { try await call("eth_chainId", as: WireNumber.self).value }

    /// Number of the newest finalised block.
    public func blockNumber() async throws(RPCError) -> UInt64 { try await call("eth_blockNumber", as: WireNumber.self).value }

    /// Wei.
    public func balance(_ address: Address, at block: BlockTag = .latest) async throws(RPCError) -> UInt256 {
        try await call("eth_getBalance", [address.hex, block.description], as: WireAmount.self).value
    }

    /// The account's nonce; `.pending` counts what waits in the node's mempool.
    public func transactionCount(_ address: Address, at block: BlockTag = .latest) async throws(RPCError) -> UInt64 {
        try await call("eth_getTransactionCount", [address.hex, block.description], as: WireNumber.self).value
    }

    public func code(_ address: Address, at block: BlockTag = .latest) async throws(RPCError) -> [UInt8] {
        try await call("eth_getCode", [address.hex, block.description], as: WireBytes.self).value
    }

    /// Wei per gas.
    public func gasPrice() async throws(RPCError) -> UInt256 { try await call("eth_gasPrice", as: WireAmount.self).value }

    /// Wei per gas.
    public func maxPriorityFeePerGas() async throws(RPCError) -> UInt256 {
        try await call("eth_maxPriorityFeePerGas", as: WireAmount.self).value
    }

    public func feeHistory(
        blocks: UInt64, newest: BlockTag = .latest, percentiles: [Double] = []
    ) async throws(RPCError) -> FeeHistory {
        struct Wire: Decodable {
            let oldestBlock: WireNumber
            let baseFeePerGas: [WireAmount]?
            let gasUsedRatio: [Double]
            let reward: [[WireAmount]]?
        }
        let count = "0x" + String(blocks, radix: 16)
        let wire = try await call("eth_feeHistory", [count, newest.description, percentiles], as: Wire.self)
        return FeeHistory(
            oldestBlock: wire.oldestBlock.value, baseFeePerGas: (wire.baseFeePerGas ?? []).map(\.value),
            gasUsedRatio: wire.gasUsedRatio, rewards: (wire.reward ?? []).map { $0.map(\.value) })
    }

    /// The call's return data; a revert throws `.refused` with code 3 and the data.
    public func call(
        from: Address = .zero, to: Address?, value: UInt256 = .zero, data: [UInt8], at block: BlockTag = .latest
    ) async throws(RPCError) -> [UInt8] {
        try await call("eth_call", [Self.callObject(from, to, value, data), block.description], as: WireBytes.self).value
    }

    public func estimateGas(from: Address, to: Address?, value: UInt256 = .zero, data: [UInt8]) async throws(RPCError) -> UInt64 {
        try await call("eth_estimateGas", [Self.callObject(from, to, value, data)], as: WireNumber.self).value
    }

    private static func callObject(_ from: Address, _ to: Address?, _ value: UInt256, _ data: [UInt8]) -> [String: String] {
        var object = ["from": from.hex, "value": value.quantity, "input": Hex.encode(data)]
        object["to"] = to?.hex
        return object
    }

    /// Merkle proofs of an account and of slots of it (EIP-1186).
    public func proof(_ address: Address, slots: [Hash] = [], at block: BlockTag = .latest) async throws(RPCError) -> ProvenAccount {
        struct Wire: Decodable {
            struct Slot: Decodable {
                let key: WireHash
                let value: WireAmount
                let proof: [WireBytes]
            }
            let accountProof: [WireBytes]
            let balance: WireAmount
            let codeHash: WireHash
            let nonce: WireNumber
            let storageHash: WireHash
            let storageProof: [Slot]
        }
        let wire = try await call("eth_getProof", [address.hex, slots.map(\.hex), block.description], as: Wire.self)
        guard wire.storageProof.map(\.key.value) == slots else { throw .malformed(method: "eth_getProof") }
        return ProvenAccount(
            nonce: wire.nonce.value, balance: wire.balance.value, codeHash: wire.codeHash.value, storageRoot: wire.storageHash.value,
            nodes: wire.accountProof.map(\.value),
            slots: wire.storageProof.map { .init(slot: $0.key.value, value: Hash($0.value.value), nodes: $0.proof.map(\.value)) })
    }
}

extension RPCClient {
    /// Waits until the node has finalised a block number; returns the number that it has reached.
    /// - Throws: `RPCError.timedOut`.
    @discardableResult
    public func waitForBlock(_ number: UInt64, timeoutSeconds: Double = 30) async throws(RPCError) -> UInt64 {
        let end = ContinuousClock.now + .seconds(timeoutSeconds)
        while true {
            if let reached = try? await blockNumber(), reached >= number { return reached }
            guard ContinuousClock.now < end, !Task.isCancelled else { throw .timedOut }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}

import Primitives

/// An event that a contract emitted.
public struct Log: Hashable, Sendable, RLPCodable {
    public var address: Address
    public var topics: [Hash]
    public var data: [UInt8]

    public init(address: Address, topics: [Hash], data: [UInt8]) {
        (self.address, self.topics, self.data) = (address, topics, data)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(address)
            $0.append(list: topics)
            $0.append(data)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            Log(address: try list.read(), topics: try list.readList(of: Hash.self, maximum: 4), data: Array(try list.readBytes()))
        }
    }
}

/// The outcome of one transaction, or what happened at the beginning and end of a block.
public struct Receipt: Hashable, Sendable, RLPCodable {
    public var succeeded: Bool
    public var cumulativeGasUsed: UInt64
    public var logs: [Log]
    /// Gas of this transaction alone. Stored beside the receipt; not under the receipts root.
    public var gasUsed: UInt64
    /// Wei per gas that was paid. Stored beside the receipt; not under the receipts root.
    public var effectiveGasPrice: UInt256
    /// What a failed call returned (a revert reason). Stored beside the receipt; not under the receipts root.
    public var revertData: [UInt8]
    /// The created contract. Stored beside the receipt; not under the receipts root.
    public var contractAddress: Address?

    public init(
        succeeded: Bool, cumulativeGasUsed: UInt64, logs: [Log], gasUsed: UInt64, effectiveGasPrice: UInt256,
        revertData: [UInt8] = [], contractAddress: Address? = nil
    ) {
        self.succeeded = succeeded
        self.cumulativeGasUsed = cumulativeGasUsed
        self.logs = logs
        self.gasUsed = gasUsed
        self.effectiveGasPrice = effectiveGasPrice
        self.revertData = revertData
        self.contractAddress = contractAddress
    }

    /// The receipt of what happened at a block's beginning and end, which stands after those of its transactions.
    public init(ofBlock logs: [Log], cumulativeGasUsed: UInt64) {
        self.init(succeeded: true, cumulativeGasUsed: cumulativeGasUsed, logs: logs, gasUsed: 0, effectiveGasPrice: .zero)
    }

    /// Whether it is a block's own: every transaction uses gas.
    public var isOfBlock: Bool { gasUsed == 0 }

    public var bloom: Bloom {
        logs.reduce(into: .empty) { bloom, log in
            bloom.insert(log.address.bytes)
            for topic in log.topics { bloom.insert(topic.bytes) }
        }
    }

    /// `0x51 ‖ rlp(status, cumulativeGasUsed, bloom, logs)`: what the receipts root is over (EIP-2718).
    public var consensusForm: [UInt8] {
        var writer = RLPWriter()
        writer.list {
            $0.append(succeeded)
            $0.append(cumulativeGasUsed)
            $0.append(bloom.bytes)
            $0.append(list: logs)
        }
        return [UnsignedTransaction.type] + writer.bytes
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(succeeded)
            $0.append(cumulativeGasUsed)
            $0.append(list: logs)
            $0.append(gasUsed)
            $0.append(effectiveGasPrice)
            $0.append(revertData)
            $0.append(contractAddress?.bytes ?? [])
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            var receipt = Receipt(
                succeeded: try list.readBool(), cumulativeGasUsed: try list.readUInt64(),
                logs: try list.readList(of: Log.self, maximum: 1 << 20), gasUsed: try list.readUInt64(),
                effectiveGasPrice: try list.read(), revertData: Array(try list.readBytes()))
            let created = try list.readBytes()
            guard created.isEmpty || created.count == Address.byteCount else { throw .wrongLength }
            receipt.contractAddress = Address(created)
            return receipt
        }
    }
}

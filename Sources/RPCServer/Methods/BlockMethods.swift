import ChainTypes

/// Blocks and their receipts. A block that does not exist is `null`.
enum BlockMethods {
    static let table: [String: RPCMethod] = [
        "eth_blockNumber": .read { reader, _ in .quantity(try reader.headNumber()) },
        "eth_getBlockByNumber": .read { reader, parameters in try block(reader, parameters) },
        "eth_getBlockByHash": .read { reader, parameters in
            _ = try parameters.hash(0)
            return try block(reader, parameters)
        },
        "eth_getBlockTransactionCountByNumber": .read { reader, parameters in try count(reader, parameters) },
        "eth_getBlockTransactionCountByHash": .read { reader, parameters in
            _ = try parameters.hash(0)
            return try count(reader, parameters)
        },
        "eth_getUncleCountByBlockNumber": .read { reader, parameters in try stored(reader, parameters) == nil ? .null : "0x0" },
        "eth_getUncleCountByBlockHash": .read { reader, parameters in try stored(reader, parameters) == nil ? .null : "0x0" },
        "eth_getBlockReceipts": .read { reader, parameters in
            guard let block = try stored(reader, parameters), let receipts = try reader.receipts(block.sealed.number) else { return .null }
            return .array(ReceiptJSON.receipts(receipts, of: block))
        },
    ]

    /// The block that the first parameter names; nil when there is none.
    static func stored(_ reader: any ChainReader, _ parameters: RPCParameters) throws -> StoredBlock? {
        _ = try parameters.required(0)
        guard let number = try parameters.selector(0).resolve(reader) else { return nil }
        return try reader.block(number)
    }

    private static func block(_ reader: any ChainReader, _ parameters: RPCParameters) throws -> JSONValue {
        let full = try parameters.flag(1)
        guard let block = try stored(reader, parameters) else { return .null }
        return BlockJSON.block(block, full: full)
    }

    private static func count(_ reader: any ChainReader, _ parameters: RPCParameters) throws -> JSONValue {
        guard let block = try stored(reader, parameters) else { return .null }
        return .quantity(block.transactions.count)
    }
}

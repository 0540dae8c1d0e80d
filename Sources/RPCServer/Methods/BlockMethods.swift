import ChainTypes

/// Blocks and their receipts. A block that does not exist is `null`.
enum BlockMethods {
    static let table: [String: RPCMethod] = [
        "eth_blockNumber": .read { reader, _ in .quantity(try reader.headNumber()) },
        "eth_getBlockByNumber": .read { reader, parameters in
            _ = try parameters.numberSelector(0)
            return try block(reader, parameters)
        },
        "eth_getBlockByHash": .read { reader, parameters in
            _ = try parameters.hash(0)
            return try block(reader, parameters)
        },
        "eth_getHeaderByNumber": .read { reader, parameters in try header(reader, parameters.numberSelector(0)) },
        "eth_getHeaderByHash": .read { reader, parameters in try header(reader, .hash(parameters.hash(0))) },
        "eth_getBlockTransactionCountByNumber": .read { reader, parameters in
            _ = try parameters.numberSelector(0)
            return try count(reader, parameters)
        },
        "eth_getBlockTransactionCountByHash": .read { reader, parameters in
            _ = try parameters.hash(0)
            return try count(reader, parameters)
        },
        // There are no uncles on this chain.
        "eth_getUncleCountByBlockNumber": .read { reader, parameters in
            try parameters.numberSelector(0).resolve(reader) == nil ? .null : "0x0"
        },
        "eth_getUncleCountByBlockHash": .read { reader, parameters in
            try reader.number(ofBlock: parameters.hash(0)) == nil ? .null : "0x0"
        },
        "eth_getUncleByBlockNumberAndIndex": .read { _, parameters in
            _ = (try parameters.numberSelector(0), try parameters.number(1))
            return .null
        },
        "eth_getUncleByBlockHashAndIndex": .read { _, parameters in
            _ = (try parameters.hash(0), try parameters.number(1))
            return .null
        },
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

    private static func header(_ reader: any ChainReader, _ selector: BlockSelector) throws -> JSONValue {
        guard let number = try selector.resolve(reader), let sealed = try reader.header(number) else { return .null }
        return .object(BlockJSON.header(sealed))
    }

    private static func count(_ reader: any ChainReader, _ parameters: RPCParameters) throws -> JSONValue {
        guard let block = try stored(reader, parameters) else { return .null }
        return .quantity(block.listed.count)
    }
}

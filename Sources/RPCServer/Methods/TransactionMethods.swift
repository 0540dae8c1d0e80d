import ChainTypes
import Primitives

/// Single transactions. One that does not exist is `null`.
enum TransactionMethods {
    static let table: [String: RPCMethod] = [
        "eth_getTransactionByHash": .read { reader, parameters in try transaction(reader, parameters.hash(0)) },
        "eth_getTransactionByBlockNumberAndIndex": .read { reader, parameters in
            _ = try parameters.numberSelector(0)
            return try transaction(reader, at: parameters)
        },
        "eth_getTransactionByBlockHashAndIndex": .read { reader, parameters in
            _ = try parameters.hash(0)
            return try transaction(reader, at: parameters)
        },
        "eth_getTransactionReceipt": .read { reader, parameters in try receipt(reader, parameters.hash(0)) },
    ]

    private static func transaction(_ reader: any ChainReader, _ hash: Hash) throws -> JSONValue {
        if let place = try reader.location(ofTransaction: hash), let block = try reader.block(place.number) {
            return included(block, place.index)
        }
        return try reader.pendingTransaction(hash).map(TransactionJSON.pending) ?? .null
    }

    private static func transaction(_ reader: any ChainReader, at parameters: RPCParameters) throws -> JSONValue {
        let index = try parameters.number(1)
        guard let block = try BlockMethods.stored(reader, parameters), let index = Int(exactly: index) else { return .null }
        return included(block, index)
    }

    private static func included(_ block: StoredBlock, _ index: Int) -> JSONValue {
        let listed = block.listed
        guard listed.indices.contains(index) else { return .null }
        return TransactionJSON.included(listed[index], in: block.sealed, index: index)
    }

    private static func receipt(_ reader: any ChainReader, _ hash: Hash) throws -> JSONValue {
        guard let place = try reader.location(ofTransaction: hash), let block = try reader.block(place.number),
            let receipts = try reader.receipts(place.number)
        else { return .null }
        let all = ReceiptJSON.receipts(receipts, of: block)
        return all.indices.contains(place.index) ? all[place.index] : .null
    }
}

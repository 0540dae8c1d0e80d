import ChainTypes
import Primitives

/// Blocks, headers, receipts and transactions as the bytes that their hashes and roots are over.
enum RawMethods {
    static let table: [String: RPCMethod] = [
        "debug_getRawHeader": .read { reader, parameters in
            let number = try number(reader, parameters)
            guard let sealed = try reader.header(number) else { throw notFound(number) }
            return .data(sealed.header.rlp)
        },
        "debug_getRawBlock": .read { reader, parameters in
            let number = try number(reader, parameters)
            guard let block = try reader.block(number) else { throw notFound(number) }
            return .data(ethereumForm(block))
        },
        "debug_getRawReceipts": .read { reader, parameters in
            let number = try number(reader, parameters)
            guard let receipts = try reader.receipts(number) else { throw notFound(number) }
            return .array(receipts.map { .data($0.consensusForm) })
        },
        "debug_getRawTransaction": .read { reader, parameters in try transaction(reader, parameters.hash(0)) },
        "eth_getRawTransactionByHash": .read { reader, parameters in try transaction(reader, parameters.hash(0)) },
        "eth_getRawTransactionByBlockNumberAndIndex": .read { reader, parameters in
            try transaction(reader, in: parameters.numberSelector(0), at: parameters.number(1))
        },
        "eth_getRawTransactionByBlockHashAndIndex": .read { reader, parameters in
            try transaction(reader, in: .hash(parameters.hash(0)), at: parameters.number(1))
        },
    ]

    private static func number(_ reader: any ChainReader, _ parameters: RPCParameters) throws -> UInt64 {
        _ = try parameters.required(0)
        let selector = try parameters.selector(0)
        if let number = try selector.resolve(reader) { return number }
        if case .number(let number) = selector { throw notFound(number) }
        throw RPCFailure.headerNotFound
    }

    private static func notFound(_ number: UInt64) -> RPCFailure {
        RPCFailure(message: "block #\(number) not found", reason: "blockNotFound")
    }

    /// `rlp(header, transactions, uncles, withdrawals)` with the transactions in block form. Ethereum's tools read it; the
    /// envelope and the witnesses of our own blocks are not in it.
    private static func ethereumForm(_ block: StoredBlock) -> [UInt8] {
        var writer = RLPWriter()
        writer.list {
            $0.append(block.sealed.header)
            $0.append(list: block.transactions)
            $0.list { _ in }
            $0.list { _ in }
        }
        return writer.bytes
    }

    /// The block form, whose Keccak-256 is the transaction's hash; no bytes where there is none, as geth answers.
    private static func transaction(_ reader: any ChainReader, _ hash: Hash) throws -> JSONValue {
        if let place = try reader.location(ofTransaction: hash) {
            return try transaction(reader, in: .number(place.number), at: UInt64(place.index))
        }
        return .data(try reader.pendingTransaction(hash)?.blockForm ?? [])
    }

    private static func transaction(_ reader: any ChainReader, in selector: BlockSelector, at index: UInt64) throws -> JSONValue {
        guard let number = try selector.resolve(reader), let block = try reader.block(number), let index = Int(exactly: index),
            block.transactions.indices.contains(index)
        else { return "0x" }
        return .data(block.transactions[index].blockForm)
    }
}

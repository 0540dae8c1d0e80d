import ChainTypes
import Primitives

/// Receipts and logs as `eth_getTransactionReceipt` and `eth_getLogs` give them.
enum ReceiptJSON {
    /// Receipts of all that the block lists as transactions; log indices count through the block.
    static func receipts(_ receipts: [Receipt], of block: StoredBlock) -> [JSONValue] {
        var firstLog = 0
        return zip(block.listed, receipts).enumerated().map { index, pair in
            defer { firstLog += pair.1.logs.count }
            return receipt(pair.1, of: pair.0, in: block.sealed, index: index, firstLog: firstLog)
        }
    }

    static func logs(_ receipts: [Receipt], of block: StoredBlock, matching isWanted: (Log) -> Bool) -> [JSONValue] {
        var (found, logIndex): ([JSONValue], Int) = ([], 0)
        for (index, (listed, receipt)) in zip(block.listed, receipts).enumerated() {
            for entry in receipt.logs {
                if isWanted(entry) {
                    found.append(log(entry, transaction: listed.hash, in: block.sealed, index: index, logIndex: logIndex))
                }
                logIndex += 1
            }
        }
        return found
    }

    private static func receipt(
        _ receipt: Receipt, of listed: StoredBlock.Listed, in sealed: SealedHeader, index: Int, firstLog: Int
    ) -> JSONValue {
        let logs = receipt.logs.enumerated().map { offset, entry in
            log(entry, transaction: listed.hash, in: sealed, index: index, logIndex: firstLog + offset)
        }
        let members: [JSONValue.Member] = [
            .init("blockHash", .data(sealed.blockHash)),
            .init("blockNumber", .quantity(sealed.number)),
            .init("contractAddress", .data(receipt.contractAddress)),
            .init("cumulativeGasUsed", .quantity(receipt.cumulativeGasUsed)),
            .init("effectiveGasPrice", .quantity(receipt.effectiveGasPrice)),
            .init("from", .data(listed.transaction.body.sender)),
            .init("gasUsed", .quantity(receipt.gasUsed)),
            .init("logs", .array(logs)),
            .init("logsBloom", .data(receipt.bloom.bytes)),
            .init("status", .quantity(receipt.succeeded ? 1 : 0)),
            .init("to", .data(listed.transaction.body.to)),
            .init("transactionHash", .data(listed.hash)),
            .init("transactionIndex", .quantity(index)),
            .init("type", .quantity(UInt64(UnsignedTransaction.type))),
        ]
        guard !receipt.revertData.isEmpty else { return .object(members) }
        return .object(members + [.init("revertReason", .data(receipt.revertData))])
    }

    static func log(_ log: Log, transaction: Hash, in sealed: SealedHeader, index: Int, logIndex: Int) -> JSONValue {
        [
            "address": .data(log.address),
            "topics": .array(log.topics.map { .data($0) }),
            "data": .data(log.data),
            "blockNumber": .quantity(sealed.number),
            "transactionHash": .data(transaction),
            "transactionIndex": .quantity(index),
            "blockHash": .data(sealed.blockHash),
            "blockTimestamp": .quantity(sealed.header.timestamp),
            "logIndex": .quantity(logIndex),
            "removed": false,
        ]
    }
}

import ChainTypes
import Primitives

/// Transactions as `eth_getTransactionBy…` gives them: the fields of EIP-1559, a zero signature for
/// tools that insist on one, and our own fields beside them.
enum TransactionJSON {
    static func included(_ listed: StoredBlock.Listed, in sealed: SealedHeader, index: Int) -> JSONValue {
        let place: [JSONValue.Member] = [
            .init("blockHash", .data(sealed.blockHash)),
            .init("blockNumber", .quantity(sealed.number)),
            .init("blockTimestamp", .quantity(sealed.header.timestamp)),
            .init("transactionIndex", .quantity(index)),
        ]
        let price = listed.transaction.body.price(baseFee: sealed.header.baseFeePerGas)
        return .object(place + fields(listed.transaction, hash: listed.hash, gasPrice: price))
    }

    static func pending(_ transaction: Transaction) -> JSONValue {
        let place = ["blockHash", "blockNumber", "blockTimestamp", "transactionIndex"].map { JSONValue.Member($0, .null) }
        return .object(place + fields(transaction, hash: transaction.hash, gasPrice: transaction.body.maxFeePerGas))
    }

    private static func fields(_ transaction: Transaction, hash: Hash, gasPrice: UInt256) -> [JSONValue.Member] {
        let body = transaction.body
        return [
            .init("from", .data(body.sender)),
            .init("gas", .quantity(body.gasLimit)),
            .init("gasPrice", .quantity(gasPrice)),
            .init("maxFeePerGas", .quantity(body.maxFeePerGas)),
            .init("maxPriorityFeePerGas", .quantity(body.maxPriorityFeePerGas)),
            .init("hash", .data(hash)),
            .init("input", .data(body.data)),
            .init("nonce", .quantity(body.nonce)),
            .init("to", .data(body.to)),
            .init("value", .quantity(body.value)),
            .init("type", .quantity(UInt64(UnsignedTransaction.type))),
            .init("accessList", .array(body.accessList.map(accessListEntry))),
            .init("chainId", .quantity(body.chainID)),
            .init("v", "0x0"),
            .init("r", "0x0"),
            .init("s", "0x0"),
            .init("yParity", "0x0"),
            .init("sender", .data(body.sender)),
            .init("nextKeyCommitment", .data(body.nextKeyCommitment)),
            .init("suite", .quantity(UInt64(body.suite.rawValue))),
            .init("lastValidBlock", .quantity(body.lastValidBlock)),
            .init("witnessHash", .data(transaction.witnessHash)),
        ]
    }

    static func accessListEntry(_ entry: AccessListEntry) -> JSONValue {
        ["address": .data(entry.address), "storageKeys": .array(entry.slots.map { .data($0) })]
    }
}

extension UnsignedTransaction {
    /// Wei per gas that is paid under a base fee (EIP-1559).
    func price(baseFee: UInt256) -> UInt256 {
        guard let wanted = baseFee.checkedAdd(maxPriorityFeePerGas) else { return maxFeePerGas }
        return min(wanted, maxFeePerGas)
    }
}

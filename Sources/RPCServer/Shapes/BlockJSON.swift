import ChainTypes
import Primitives

/// Blocks as `eth_getBlockBy…` gives them (execution-apis `Block`), with what consensus adds beside.
enum BlockJSON {
    /// Ethereum's own members and no others: web3.py tells a head from a log by which members it has.
    static func header(_ sealed: SealedHeader) -> [JSONValue.Member] {
        let header = sealed.header
        return [
            .init("baseFeePerGas", .quantity(header.baseFeePerGas)),
            .init("blobGasUsed", .quantity(0)),
            .init("difficulty", .quantity(0)),
            .init("excessBlobGas", .quantity(0)),
            .init("extraData", .data(header.extraData)),
            .init("gasLimit", .quantity(header.gasLimit)),
            .init("gasUsed", .quantity(header.gasUsed)),
            .init("hash", .data(sealed.blockHash)),
            .init("logsBloom", .data(header.logsBloom.bytes)),
            .init("miner", .data(header.beneficiary)),
            .init("mixHash", .data(header.prevRandao)),
            .init("nonce", .data([UInt8](repeating: 0, count: 8))),
            .init("number", .quantity(header.number)),
            .init("parentBeaconBlockRoot", .data(Hash.zero)),
            .init("parentHash", .data(header.parentHash)),
            .init("receiptsRoot", .data(header.receiptsRoot)),
            .init("requestsHash", .data(Header.emptyRequestsHash)),
            .init("sha3Uncles", .data(Header.emptyOmmersHash)),
            .init("stateRoot", .data(header.stateRoot)),
            .init("timestamp", .quantity(header.timestamp)),
            .init("transactionsRoot", .data(header.transactionsRoot)),
            .init("withdrawalsRoot", .data(Header.emptyTrieRoot)),
        ]
    }

    private static func consensus(_ sealed: SealedHeader) -> [JSONValue.Member] {
        let envelope = sealed.envelope
        return [
            .init("envelopeHash", .data(sealed.id)),
            .init("epoch", .quantity(envelope.epoch)),
            .init("view", .quantity(envelope.view)),
            .init("timeMilliseconds", .quantity(envelope.timeMilliseconds)),
            .init("bodyHash", .data(envelope.bodyHash)),
        ]
    }

    static func block(_ block: StoredBlock, full: Bool) -> JSONValue {
        let transactions = block.listed.enumerated().map { index, listed in
            full ? TransactionJSON.included(listed, in: block.sealed, index: index) : .data(listed.hash)
        }
        return .object(
            header(block.sealed) + consensus(block.sealed) + [
                .init("size", .quantity(block.sizeBytes)),
                .init("transactions", .array(transactions)),
                .init("uncles", []),
                .init("withdrawals", []),
            ])
    }
}

import ChainTypes

/// What waits in this node's mempool. It refuses gaps between nonces, so nothing is ever queued behind a gap.
enum PoolMethods {
    static let table: [String: RPCMethod] = [
        "txpool_status": .read { reader, _ in ["pending": .quantity(try reader.status().mempoolSize), "queued": "0x0"] },
        "txpool_contentFrom": .read { reader, parameters in
            let waiting = try reader.pendingTransactions(of: parameters.address(0))
            let byNonce = waiting.map { JSONValue.Member(String($0.body.nonce), TransactionJSON.pending($0)) }
            return ["pending": .object(byNonce), "queued": .object([])]
        },
    ]
}

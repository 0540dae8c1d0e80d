import Primitives
import RPCServer
import Testing

/// Events of a block's beginning and end, as tools see them.
@Suite struct BlockEventsTests {
    let chain = FixtureChain(hasEvents: true)
    var block: StoredBlock { chain.blocks[1] }
    var hash: JSONValue { .data(block.sealed.eventsHash) }

    @Test func logsNameATransactionThatTheBlockLists() async throws {
        try await Harness.run(reader: FixtureReader(chain: chain)) { node async throws in
            let logs = try await node.result("eth_getLogs", [["fromBlock": "0x1", "toBlock": "0x1"]]).asArray ?? []
            #expect(logs.map { $0["transactionIndex"] } == ["0x0", "0x0", "0x2"])
            #expect(logs.last?["transactionHash"] == hash && logs.last?["logIndex"] == "0x2")
            let shown = try await node.result("eth_getBlockByNumber", ["0x1", false])
            #expect(shown["transactions"]?.asArray?.count == 3 && shown["transactions"]?.asArray?.last == hash)
            #expect(try await node.result("eth_getBlockTransactionCountByNumber", ["0x1"]) == "0x3")
            let receipts = try await node.result("eth_getBlockReceipts", ["0x1"]).asArray ?? []
            #expect(receipts.count == 3)
            #expect(receipts.last == (try await node.result("eth_getTransactionReceipt", [hash])))
            #expect(receipts.last?["gasUsed"] == "0x0" && receipts.last?["cumulativeGasUsed"] == "0x13880")
            #expect(receipts.last?["logs"]?.asArray?.first == logs.last)
        }
    }

    @Test func theTransactionIsNobodysAndCanBeAskedForLikeAnyOther() async throws {
        try await Harness.run(reader: FixtureReader(chain: chain)) { node async throws in
            let transaction = try await node.result("eth_getTransactionByHash", [hash])
            #expect(transaction["from"] == "0xfffffffffffffffffffffffffffffffffffffffe")
            #expect(transaction["to"] == .data(Address.zero) && transaction["gas"] == "0x0" && transaction["value"] == "0x0")
            #expect(transaction["hash"] == hash && transaction["transactionIndex"] == "0x2")
            #expect(try await node.result("eth_getTransactionByBlockNumberAndIndex", ["0x1", "0x2"]) == transaction)
            #expect(try await node.result("eth_getBlockByNumber", ["0x1", true])["transactions"]?.asArray?.last == transaction)
            // There are no bytes to send: it stands under the receipts root alone.
            #expect(try await node.result("eth_getRawTransactionByHash", [hash]) == "0x")
            let rewards = try await node.result("eth_feeHistory", ["0x2", "0x1", [0]])["reward"]?.asArray
            #expect(rewards?.last == ["0x1"], "nobody pays for events, and the cheapest tip is not theirs")
        }
    }

    @Test func aBlockWithoutEventsListsNothingMore() async throws {
        try await Harness.run { node async throws in
            #expect(try await node.result("eth_getTransactionByHash", [hash]) == .null)
            #expect(try await node.result("eth_getTransactionReceipt", [hash]) == .null)
            #expect(try await node.result("eth_getBlockByNumber", ["0x1", false])["transactions"]?.asArray?.count == 2)
        }
    }
}

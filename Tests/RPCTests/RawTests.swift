import ChainTypes
import Cryptography
import Primitives
import RPCServer
import Testing

/// Raw forms, block selectors and the smaller methods.
@Suite struct RawTests {
    let chain = FixtureChain()

    private func bytes(_ value: JSONValue?) throws -> [UInt8] { try #require(value?.asString.flatMap { Hex.decode($0) }) }

    @Test func rawFormsHashToTheHashes() async throws {
        try await Harness.run { node async throws in
            let header = try bytes(try await node.result("debug_getRawHeader", ["0x1"]))
            #expect(Keccak256.hash(header) == chain.blocks[1].sealed.blockHash)
            let block = try bytes(try await node.result("debug_getRawBlock", [.data(chain.blocks[1].sealed.blockHash)]))
            var reader = RLPReader(block)
            var list = try reader.readList()
            #expect(try Header(from: &list).rlp == header)
            #expect(try list.readList(of: Transaction.self, maximum: 10) == chain.signed.map(\.transaction))
            #expect(try list.readList().isAtEnd && list.readList().isAtEnd && list.isAtEnd)
            let receipts = try await node.result("debug_getRawReceipts", ["0x1"]).asArray
            #expect(receipts == chain.receipts[1].map { .data($0.consensusForm) })
            #expect(try await node.result("debug_getRawReceipts", ["earliest"]) == [])
            let hash = chain.signed[1].hash
            for (method, parameters) in [
                ("debug_getRawTransaction", [.data(hash)]), ("eth_getRawTransactionByHash", [.data(hash)]),
                ("eth_getRawTransactionByBlockNumberAndIndex", ["0x1", "0x1"]),
                ("eth_getRawTransactionByBlockHashAndIndex", [.data(chain.blocks[1].sealed.blockHash), "0x1"]),
            ] as [(String, JSONValue)] {
                #expect(Keccak256.hash(try bytes(try await node.result(method, parameters))) == hash)
            }
            let waiting = FixtureChain.transaction(5).transaction
            #expect(try await node.result("debug_getRawTransaction", [.data(waiting.hash)]) == .data(waiting.blockForm))
        }
    }

    @Test func whatIsNotThereIsToldAsGethDoes() async throws {
        try await Harness.run { node async throws in
            for method in ["debug_getRawHeader", "debug_getRawBlock", "debug_getRawReceipts"] {
                #expect(try await node.failure(method, ["0x9"])["message"] == "block #9 not found")
                #expect(try await node.failure(method, [.data(Hash.zero)])["data"]?["reason"] == "blockNotFound")
            }
            #expect(try await node.result("eth_getRawTransactionByHash", [.data(Hash.zero)]) == "0x")
            #expect(try await node.result("eth_getRawTransactionByBlockNumberAndIndex", ["0x1", "0x2"]) == "0x")
            #expect(try await node.result("eth_getUncleByBlockNumberAndIndex", ["0x1", "0x0"]) == .null)
            #expect(try await node.result("eth_getUncleCountByBlockNumber", ["0x1"]) == "0x0")
            #expect(try await node.result("eth_getUncleCountByBlockHash", [.data(Hash.zero)]) == .null)
            #expect(try await node.result("eth_getHeaderByNumber", ["0x9"]) == .null)
            #expect(
                try await node.failure("eth_feeHistory", ["0x1", "0x9", []])["message"] == "request beyond head block: requested 9, head 2")
            #expect(try await node.failure("eth_coinbase")["code"] == -32000)
        }
    }

    @Test func blocksAreSelectedByNumberTagHashAndObject() async throws {
        let hash = JSONValue.data(chain.blocks[1].sealed.blockHash)
        let alice = JSONValue.data(FixtureChain.alice)
        let right: [JSONValue] = [
            "latest", "safe", "finalized", "pending", "0x1", hash, ["blockNumber": "0x1"], ["blockNumber": "latest"], ["blockHash": hash],
            ["blockHash": hash, "requireCanonical": true], ["blockHash": hash, "requireCanonical": false],
        ]
        let wrong: [JSONValue] = [
            "", "0x", "0x01", "newest", "1", 1, true, [], .object([]), ["blockNumber": "0x1", "blockHash": hash], ["blockHash": "0x12"],
            ["blockHash": hash, "requireCanonical": "yes"], ["blockNumber": ["blockNumber": "0x1"]],
        ]
        try await Harness.run { node async throws in
            for block in right { #expect(try await node.result("eth_getBalance", [alice, block]) == .quantity(5 * QST.one), "\(block)") }
            for block in wrong { #expect(try await node.failure("eth_getBalance", [alice, block])["code"] == -32602, "\(block)") }
            #expect(try await node.failure("eth_getBalance", [alice, ["blockHash": .data(Hash.zero)]])["message"] == "header not found")
            for method in ["eth_getBlockByNumber", "eth_getHeaderByNumber", "eth_getBlockTransactionCountByNumber"] {
                #expect(try await node.failure(method, [hash, false])["code"] == -32602)
            }
            #expect(try await node.result("eth_getHeaderByHash", [hash])["number"] == "0x1")
        }
    }

    @Test func smallerMethodsAnswerAsGeth() async throws {
        try await Harness.run { node async throws in
            #expect(try await node.result("eth_mining") == false)
            #expect(try await node.result("eth_hashrate") == "0x0")
            let modules = try await node.result("rpc_modules")
            for module in ["debug", "eth", "net", "qs", "rpc", "txpool", "web3"] { #expect(modules[module] == "1.0") }
            #expect(try await node.result("txpool_status") == ["pending": "0x1", "queued": "0x0"])
            let waiting = try await node.result("txpool_contentFrom", [.data(FixtureChain.alice)])
            #expect(waiting["pending"]?["5"]?["nonce"] == "0x5" && waiting["queued"] == .object([]))
            #expect(
                try await node.result("txpool_contentFrom", [.data(FixtureChain.bob)]) == ["pending": .object([]), "queued": .object([])])
            let configuration = try await node.result("eth_config")
            #expect(configuration["current"]?["chainId"] == "0x5151" && configuration["next"] == .null)
            #expect(configuration["current"]?["precompiles"]?["MLDSA65_VERIFY"] == .data(Address(low: 0x901)))
            #expect(try await node.result("eth_capabilities")["head"]?["number"] == "0x2")
            let bob = FixtureChain.bob.hex
            #expect(try await node.result("eth_getStorageValues", [.object([.init(bob, ["0x0", "0x1"])])])[bob]?.asArray?.count == 2)
            #expect(try await node.failure("eth_getStorageValues", [.object([])])["message"] == "empty request")
        }
    }
}

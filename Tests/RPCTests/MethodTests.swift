import ChainTypes
import Cryptography
import Primitives
import RPCClient
import RPCServer
import Testing

@Suite struct MethodTests {
    let chain = FixtureChain()
    var alice: JSONValue { .data(FixtureChain.alice) }

    @Test func toolsLearnTheChain() async throws {
        try await Harness.run { node async throws in
            #expect(try await node.result("eth_chainId") == "0x5151")
            #expect(try await node.result("net_version") == "20817")
            #expect(try await node.result("net_listening") == true)
            #expect(try await node.result("net_peerCount") == "0x3")
            #expect(try await node.result("web3_clientVersion") == "QuStream/test")
            #expect(try await node.result("web3_sha3", ["0x"]) == .data(Keccak256.hash([])))
            #expect(try await node.result("eth_syncing") == false)
            #expect(try await node.result("eth_accounts") == [])
            #expect(try await node.result("eth_blockNumber") == "0x2")
        }
        try await Harness.run(reader: FixtureReader(isSyncing: true)) { node async throws in
            #expect(try await node.result("eth_syncing")["highestBlock"] == "0x4d")
            #expect(try await node.get("/health").status == 503)
        }
    }

    @Test func aChainThatStandsStillIsNoHealthAndYetALiveNode() async throws {
        var reader = FixtureReader()
        try await Harness.run(reader: reader) { node async throws in
            #expect(try await node.get("/health").status == 200)
            #expect(try await node.result("qs_getNodeHealth")["status"] == "ok")
        }
        reader.state.sinceFinal = 61_000
        try await Harness.run(reader: reader) { node async throws in
            let reply = try await node.get("/health")
            #expect(reply.status == 503)
            #expect(String(decoding: reply.body, as: UTF8.self).contains("no block has become final for 61 s"))
            #expect(try await node.get("/health/live").status == 200)
            #expect(try await RPCClient(url: node.url).health().status == "stalled")
        }
        reader.state.sinceEvent = 31_000
        try await Harness.run(reader: reader) { node async throws in
            #expect(try await node.get("/health/live").status == 503)
        }
    }

    @Test func numbersThatNoChainHasAreRefusedOrBounded() async throws {
        var reader = FixtureReader()
        reader.state.systemOffset = .min
        try await Harness.run(reader: reader) { node async throws in
            #expect(try await RPCClient(url: node.url).health().systemOffset == -(1 << 53))
        }
        reader.state.members = [.init(name: .zero, address: .zero, moniker: "", power: .max)]
        try await Harness.run(reader: reader) { node async throws in
            await #expect(throws: RPCError.malformed(method: "qs_getNodeHealth")) { _ = try await RPCClient(url: node.url).health() }
        }
    }

    @Test func aClientReadsANodesHealthAsItIs() async throws {
        var reader = FixtureReader()
        var member = NodeHealth.Member(name: Hash(1, 2, 3, 4), address: FixtureChain.alice, moniker: "erin", power: 7)
        member.silent = 40
        member.clockOffset = -300
        reader.state.members = [member]
        reader.state.refused = [.init(who: "1.2.3.4", kind: nil, reason: "sent what is not so", remaining: 9000)]
        reader.state.systemOffset = -4
        try await Harness.run(reader: reader) { node async throws in
            let health = try await RPCClient(url: node.url).health()
            #expect(health.number == 2 && health.systemOffset == -4)
            let expected = NodeHealthInfo.Member(
                name: member.name, address: FixtureChain.alice, moniker: "erin", power: 7, silent: 40, height: 0, clockOffset: -300)
            #expect(health.validators == [expected])
            #expect(health.refused == [.init(who: "1.2.3.4", kind: nil, reason: "sent what is not so", remaining: 9000)])
        }
    }

    @Test func blocksAreFoundByNumberTagAndHash() async throws {
        let head = chain.blocks[2].sealed.blockHash
        try await Harness.run { node async throws in
            for tag in ["latest", "safe", "finalized", "pending", "0x2"] {
                #expect(try await node.result("eth_getBlockByNumber", [.string(tag), false])["hash"] == .data(head))
            }
            #expect(try await node.result("eth_getBlockByNumber", ["earliest", false])["number"] == "0x0")
            #expect(try await node.result("eth_getBlockByHash", [.data(head), false])["number"] == "0x2")
            #expect(try await node.result("eth_getBlockByNumber", ["0x3", false]) == .null)
            #expect(try await node.result("eth_getBlockByHash", [.data(Hash.zero), true]) == .null)
            #expect(try await node.result("eth_getBlockTransactionCountByNumber", ["0x1"]) == "0x2")
            #expect(try await node.result("eth_getBlockTransactionCountByHash", [.data(chain.blocks[1].sealed.blockHash)]) == "0x2")
            let block = try await node.result("eth_getBlockByNumber", ["0x1", false])
            #expect(block["transactions"] == .array(chain.signed.map { .data($0.hash) }))
            #expect(block["size"] == "0x10e1")
        }
    }

    @Test func transactionsShowOurFieldsAndAZeroSignature() async throws {
        let wanted = chain.signed[1]
        try await Harness.run { node async throws in
            let found = try await node.result("eth_getTransactionByHash", [.data(wanted.hash)])
            #expect(found["type"] == "0x51")
            for field in ["v", "r", "s", "yParity"] { #expect(found[field] == "0x0") }
            #expect(found["from"] == alice && found["sender"] == alice)
            #expect(found["suite"] == "0x1" && found["lastValidBlock"] == "0x63")
            #expect(found["nextKeyCommitment"] == .data(wanted.body.nextKeyCommitment))
            #expect(found["witnessHash"] == .data(wanted.witness.hash))
            #expect(found["gasPrice"] == .quantity(QST.gwei + 1))
            #expect(try await node.result("eth_getTransactionByBlockNumberAndIndex", ["0x1", "0x1"]) == found)
            let hash = JSONValue.data(chain.blocks[1].sealed.blockHash)
            #expect(try await node.result("eth_getTransactionByBlockHashAndIndex", [hash, "0x1"]) == found)
            #expect(try await node.result("eth_getBlockByNumber", ["0x1", true])["transactions"]?.asArray?.last == found)
            #expect(try await node.result("eth_getTransactionByBlockNumberAndIndex", ["0x1", "0x2"]) == .null)
            #expect(try await node.result("eth_getTransactionByBlockNumberAndIndex", ["0x1", "0xffffffffffffffff"]) == .null)
            #expect(try await node.result("eth_getTransactionByHash", [.data(Hash.zero)]) == .null)
            let pending = try await node.result("eth_getTransactionByHash", [.data(FixtureChain.transaction(5).hash)])
            #expect(pending["blockHash"] == .null && pending["nonce"] == "0x5")
        }
    }

    @Test func receiptsCountLogsThroughTheBlock() async throws {
        try await Harness.run { node async throws in
            let receipt = try await node.result("eth_getTransactionReceipt", [.data(chain.signed[0].hash)])
            #expect(receipt["status"] == "0x1" && receipt["gasUsed"] == "0xc350" && receipt["to"] == .null)
            #expect(receipt["contractAddress"] == .data(FixtureChain.bob))
            #expect(receipt["logs"]?.asArray?.compactMap { $0["logIndex"] } == ["0x0", "0x1"])
            let failed = try await node.result("eth_getTransactionReceipt", [.data(chain.signed[1].hash)])
            #expect(failed["status"] == "0x0" && failed["revertReason"] == "0xcafe")
            #expect(try await node.result("eth_getBlockReceipts", ["0x1"]) == .array([receipt, failed]))
            #expect(try await node.result("eth_getBlockReceipts", ["earliest"]) == [])
            #expect(try await node.result("eth_getBlockReceipts", [.data(Hash.zero)]) == .null)
            #expect(try await node.result("eth_getTransactionReceipt", [.data(Hash.zero)]) == .null)
        }
    }

    @Test func stateIsReadAtTheNamedBlock() async throws {
        try await Harness.run { node async throws in
            #expect(try await node.result("eth_getBalance", [alice, "latest"]) == .quantity(5 * QST.one))
            #expect(try await node.result("eth_getBalance", [alice]) == .quantity(5 * QST.one))
            #expect(try await node.result("eth_getBalance", [alice, ["blockNumber": "0x1"]]) == .quantity(5 * QST.one))
            #expect(
                try await node.result("eth_getBalance", [alice, ["blockHash": .data(chain.blocks[1].sealed.blockHash)]])
                    == .quantity(5 * QST.one))
            #expect(try await node.result("eth_getTransactionCount", [alice, "latest"]) == "0x2")
            #expect(try await node.result("eth_getTransactionCount", [alice, "pending"]) == "0x4")
            #expect(try await node.result("eth_getCode", [alice, "latest"]) == "0x6000")
            #expect(try await node.result("eth_getStorageAt", [alice, "0x0", "latest"]) == .data(Hash(UInt256(56))))
            #expect(try await node.failure("eth_getBalance", [alice, "0x9"])["data"]?["reason"] == "blockNotFound")
            #expect(try await node.failure("eth_getBalance", [alice, "0x0"])["data"]?["reason"] == "stateUnavailable")
        }
    }

    @Test func proofsEchoKeysAsGethDoes() async throws {
        try await Harness.run { node async throws in
            let proof = try await node.result("eth_getProof", [alice, ["0x00", .data(FixtureChain.topic)], "latest"])
            #expect(proof["accountProof"] == ["0xc001", "0xc1"])
            #expect(proof["nonce"] == "0x2" && proof["storageHash"] == .data(Header.emptyTrieRoot))
            #expect(proof["storageProof"]?.asArray?.first == ["key": "0x0", "value": "0x38", "proof": ["0xc2"]])
            #expect(proof["storageProof"]?.asArray?.last?["key"] == .data(FixtureChain.topic))
            let many = JSONValue.array(Array(repeating: "0x1", count: 1025))
            #expect(try await node.failure("eth_getProof", [alice, many, "latest"])["code"] == -32602)
        }
    }

    @Test func feesFollowBlocksAndTheNextBaseFee() async throws {
        try await Harness.run { node async throws in
            #expect(try await node.result("eth_maxPriorityFeePerGas") == .quantity(QST.gwei / 100))
            #expect(try await node.result("eth_gasPrice") == .quantity(QST.gwei / 4 + QST.gwei / 100))
            let history = try await node.result("eth_feeHistory", ["0x2", "latest", [0, 50, 100]])
            #expect(history["oldestBlock"] == "0x1")
            #expect(history["baseFeePerGas"] == .array([QST.gwei, QST.gwei / 2, QST.gwei / 4].map { .quantity($0) }))
            #expect(history["reward"] == [["0x1", "0x2", "0x2"], ["0x0", "0x0", "0x0"]])
            #expect(history["gasUsedRatio"]?.asArray?.count == 2)
            #expect(try await node.result("eth_feeHistory", ["0xffffffffffffffff", "latest", []])["oldestBlock"] == "0x0")
            for percentiles: JSONValue in [[50, 20], [10, 10], [-1], [101], ["1"]] {
                #expect(try await node.failure("eth_feeHistory", ["0x1", "latest", percentiles])["code"] == -32602)
            }
        }
    }

    @Test func callsReturnRevertAndFail() async throws {
        try await Harness.run { node async throws in
            #expect(try await node.result("eth_call", [["to": alice, "input": "0x0007"], "latest"]) == "0x0007")
            #expect(try await node.result("eth_estimateGas", [["to": alice, "data": "0x0007"]]) == "0x520a")
            let text = "08c379a0" + UInt256(32).padded + UInt256(5).padded + "68656c6c6f".padding64
            let revert = try await node.failure("eth_call", [["to": alice, "input": .string("0x01" + text)], "latest"])
            #expect(revert["code"] == 3 && revert["message"] == "execution reverted: hello" && revert["data"] == .string("0x" + text))
            #expect(try await node.failure("eth_call", [["to": alice, "input": "0x02"]])["message"] == "out of gas")
            let lying = "08c379a0" + UInt256(32).padded + UInt256.max.padded
            #expect(
                try await node.failure("eth_call", [["to": alice, "input": .string("0x01" + lying)]])["message"] == "execution reverted")
        }
    }

    @Test func logsAreFoundByAddressTopicAndRange() async throws {
        try await Harness.run { node async throws in
            let all: JSONValue = ["fromBlock": "earliest", "toBlock": "latest", "address": .data(FixtureChain.bob)]
            #expect(try await node.result("eth_getLogs", [all]).asArray?.count == 2)
            #expect(
                try await node.result("eth_getLogs", [["fromBlock": "0x1", "topics": [[.data(Hash.zero), .data(FixtureChain.topic)]]]])
                    .asArray?.count == 2)
            #expect(try await node.result("eth_getLogs", [["fromBlock": "0x0", "topics": [.null, .data(FixtureChain.topic)]]]) == [])
            #expect(try await node.result("eth_getLogs", [["fromBlock": "0x0", "address": alice]]) == [])
            #expect(try await node.result("eth_getLogs", [["blockHash": .data(chain.blocks[1].sealed.blockHash)]]).asArray?.count == 2)
            #expect(try await node.failure("eth_getLogs", [["fromBlock": "0x2", "toBlock": "0x1"]])["code"] == -32602)
        }
    }

    @Test func transactionsAreTakenAndRefusedWithAReason() async throws {
        func raw(_ signed: SignedTransaction) -> JSONValue { [.data(signed.networkForm)] }
        try await Harness.run { node async throws in
            let fresh = FixtureChain.transaction(2)
            #expect(try await node.result("eth_sendRawTransaction", raw(fresh)) == .data(fresh.hash))
            let refusals: [(JSONValue, String)] = [
                (raw(chain.signed[0]), "nonceTooLow"), (["0x"], "unsupportedType"), (["0x02c0"], "unsupportedType"),
                (["0x51c0"], "malformed"),
                ([.data(Array(fresh.networkForm.dropLast()))], "malformed"),
                ([.data([UInt8](repeating: 0x51, count: 131_073))], "oversized"),
            ]
            for (parameters, reason) in refusals {
                let failure = try await node.failure("eth_sendRawTransaction", parameters)
                #expect(failure["code"] == -32000 && failure["data"]?["reason"] == .string(reason))
            }
            var foreign = fresh.body
            foreign.chainID = 1
            let failure = try await node.failure("eth_sendRawTransaction", raw(SignedTransaction(body: foreign, witness: fresh.witness)))
            #expect(failure["data"]?["reason"] == "wrongChain")
            for method in ["eth_sign", "eth_sendTransaction", "eth_signTransaction", "eth_signTypedData_v4", "personal_sign"] {
                #expect(try await node.failure(method)["code"] == 4200)
            }
        }
    }

    @Test func ourOwnMethodsAnswerInQuantities() async throws {
        try await Harness.run { node async throws in
            let finality = try await node.result("qs_getFinality", ["latest"])
            #expect(finality["number"] == "0x2" && finality["finalitySeconds"] == .number(0.25) && finality["signers"] == "0x3")
            #expect(try await node.result("qs_getFinality", ["0x9"]) == .null)
            let certificate = try await node.result("qs_getCertificate", ["0x1"])
            #expect(certificate["signers"] == ["0x0", "0x2", "0x3"] && certificate["kind"] == "finalize")
            #expect(try await node.result("qs_getCertificate", ["0x0"]) == .null)
            #expect(try await node.result("qs_getValidators").asArray?.first?["moniker"] == "v \"1\"")
            #expect(try await node.result("qs_getEncryptionNodes").asArray?.first?["class"] == "community")
            let challenges = try await node.result("qs_getChallenges").asArray
            #expect(challenges?.map { $0["status"] } == ["open", "answered"])
            #expect(challenges?.first?["chunk"] == "0x3" && challenges?.last?["key"] == .null)
            #expect(try await node.result("qs_getChallenges", [.data(FixtureChain.alice)]).asArray?.count == 1)
            #expect(try await node.result("qs_getAccountKey", [alice])["uses"] == "0x2")
            #expect(try await node.result("qs_getKeyRequest", [.data(FixtureChain.topic)])["fee"] == .quantity(QST.one))
            #expect(try await node.result("qs_getKeyRequest", [.data(Hash.zero)]) == .null)
            let census = try await node.result("qs_getSignatureCensus", ["earliest", "latest"])
            #expect(census["signatures"]?.asArray?.first?["bytes"] == "0x19da")
            #expect(try await node.failure("qs_getSignatureCensus", ["latest", "earliest"])["code"] == -32602)
        }
    }
}

extension UInt256 {
    fileprivate var padded: String { Hex.encode(Hash(self).bytes, prefix: false) }
}

extension String {
    fileprivate var padding64: String { self + String(repeating: "0", count: 64 - count) }
}

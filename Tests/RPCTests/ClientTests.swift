import ChainTypes
import Cryptography
import NIOCore
import NIOPosix
import Primitives
import RPCClient
import RPCServer
import Testing

@Suite(.timeLimit(.minutes(2))) struct ClientTests {
    let chain = FixtureChain()

    @Test func theWalletsQueriesAreTyped() async throws {
        try await Harness.run { node async throws in
            let client = RPCClient(url: "127.0.0.1:\(node.server.port)")
            #expect(try await client.chainID() == FixtureChain.chainID)
            #expect(try await client.blockNumber() == 2)
            #expect(try await client.balance(FixtureChain.alice) == 5 * QST.one)
            #expect(try await client.transactionCount(FixtureChain.alice) == 2)
            #expect(try await client.transactionCount(FixtureChain.alice, at: .pending) == 4)
            #expect(try await client.code(FixtureChain.alice) == [0x60, 0])
            #expect(try await client.gasPrice() == QST.gwei / 4 + QST.gwei / 100)
            #expect(try await client.maxPriorityFeePerGas() == QST.gwei / 100)
            let fees = try await client.feeHistory(blocks: 2, percentiles: [50])
            #expect(fees.nextBaseFee == QST.gwei / 4 && fees.rewards == [[2], [0]] && fees.oldestBlock == 1)
            #expect(try await client.call(to: FixtureChain.bob, data: [0, 9]) == [0, 9])
            #expect(try await client.estimateGas(from: FixtureChain.alice, to: nil, data: [1]) == 21_001)
            let proof = try await client.proof(FixtureChain.alice, slots: [.zero, FixtureChain.topic])
            #expect(proof.nonce == 2 && proof.nodes == [[0xc0, 1], [0xc1]] && proof.slots.map(\.value) == [Hash(UInt256(56)), .zero])
        }
    }

    @Test func theNetworksAreTyped() async throws {
        try await Harness.run { node async throws in
            let client = RPCClient(url: node.url)
            let finality = try #require(try await client.finality(.number(2)))
            #expect(finality.finalitySeconds == 0.25 && finality.envelopeHash == chain.blocks[2].sealed.id)
            #expect(try await client.finality(.number(7)) == nil)
            let proof = try #require(try await client.finalityProof(.number(1)))
            #expect(proof.sealed == chain.blocks[1].sealed && proof.certificate.shares.count == 3)
            #expect(try await client.finalityProof(.number(0)) == nil)
            #expect(try await client.validators().map(\.validator.moniker) == ["v \"1\""])
            #expect(try await client.encryptionNodes().map(\.node) == FixtureReader().encryptionNodes().map(\.node))
            let key = try await client.accountKey(FixtureChain.alice)
            #expect(key.commitment == Hash(1, 1, 1, 1) && key.suite == .mldsa65 && key.uses == 2)
            #expect(try await client.accountKey(FixtureChain.bob).commitment == nil)
            #expect(try await client.status().peers == 3)
        }
    }

    @Test func transactionsAreSentAndTheirReceiptsFound() async throws {
        try await Harness.run { node async throws in
            let client = RPCClient(url: node.url)
            let fresh = FixtureChain.transaction(2)
            #expect(try await client.send(fresh) == fresh.hash)
            let receipt = try await client.waitForReceipt(chain.signed[0].hash)
            #expect(receipt.succeeded && receipt.logs == chain.receipts[1][0].logs && receipt.contractAddress == FixtureChain.bob)
            #expect(receipt.fee == 50_000 * (QST.gwei + 2))
            #expect(try await client.receipt(chain.signed[1].hash)?.revertData == [0xca, 0xfe])
            #expect(try await client.receipt(fresh.hash) == nil)
            await #expect(throws: RPCError.timedOut) { try await client.waitForReceipt(fresh.hash, timeoutSeconds: 0) }
        }
    }

    @Test func refusalsKeepTheNodesReason() async throws {
        try await Harness.run { node async throws in
            let client = RPCClient(url: node.url)
            let error = await #expect(throws: RPCError.self) { try await client.send(chain.signed[0]) }
            #expect(error?.reason == "nonceTooLow")
            let revert = await #expect(throws: RPCError.self) { try await client.call(to: FixtureChain.bob, data: [1, 0xab]) }
            #expect(revert == .refused(code: 3, message: "execution reverted", reason: nil, data: "0xab"))
        }
    }

    @Test func anAbsentNodeIsUnreachable() async throws {
        let server = try await WebServer.start(WebConfiguration(), routes: MetricsRoutes(MetricsRegistry()))
        let client = RPCClient(url: "http://127.0.0.1:\(server.port)", timeoutMilliseconds: 2000)
        let wrong = await #expect(throws: RPCError.self) { try await client.chainID() }
        guard case .unreachable = wrong else { return #expect(Bool(false), "a 404 is \(String(describing: wrong))") }
        await server.shutdown()
        let gone = await #expect(throws: RPCError.self) { try await client.chainID() }
        guard case .unreachable = gone else { return #expect(Bool(false), "a closed port is \(String(describing: gone))") }
    }

    /// Answers whatever comes with fixed bytes, and then says nothing more.
    private func answering(
        _ text: String, timeoutMilliseconds: Int64 = 60_000, _ body: (RPCClient) async throws -> Void
    ) async throws {
        final class Answerer: ChannelInboundHandler {
            typealias InboundIn = ByteBuffer
            let text: String
            init(_ text: String) { self.text = text }
            func channelRead(context: ChannelHandlerContext, data: NIOAny) {
                context.writeAndFlush(NIOAny(context.channel.allocator.buffer(string: text)), promise: nil)
            }
        }
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Answerer(text)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        try await body(RPCClient(url: "http://127.0.0.1:\(listener.localAddress?.port ?? 0)", timeoutMilliseconds: timeoutMilliseconds))
        try await listener.close()
    }

    @Test func anAnswerThatStopsComingIsNotWaitedFor() async throws {
        for text in ["HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{", "HTTP/1.1 200 OK\r\n"] {
            try await answering(text, timeoutMilliseconds: 500) { client async throws in
                let error = await #expect(throws: RPCError.self) { try await client.chainID() }
                guard case .unreachable = error else { return #expect(Bool(false), "a stalled answer is \(String(describing: error))") }
            }
        }
    }

    @Test(arguments: [
        "", "[]", "{}", "null", #"{"result":7}"#, #"{"result":"7"}"#, #"{"result":"0x10000000000000000"}"#, #"{"result":null}"#,
    ])
    func malformedAnswersAreRefused(_ body: String) async throws {
        try await answering("HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)") { client async throws in
            await #expect(throws: RPCError.malformed(method: "eth_chainId")) { try await client.chainID() }
        }
    }
}

import ChainTypes
import NIOConcurrencyHelpers
import Primitives
import RPCServer
import TestKit
import Testing

/// Filters that a client polls (`eth_newFilter` and the like).
@Suite(.timeLimit(.minutes(2))) struct FilterTests {
    let chain = FixtureChain()
    private static let all: JSONValue = ["fromBlock": "earliest"]

    /// A reader whose head is the genesis block.
    private static func young() -> FixtureReader {
        let reader = FixtureReader()
        reader.shownHead.withLockedValue { $0 = 0 }
        return reader
    }

    @Test func blockFiltersTellEachBlockOnce() async throws {
        let reader = Self.young()
        try await Harness.run(reader: reader) { node async throws in
            let id = try await node.result("eth_newBlockFilter")
            #expect(try await node.result("eth_getFilterChanges", [id]) == [])
            reader.shownHead.withLockedValue { $0 = 2 }
            #expect(try await node.result("eth_getFilterChanges", [id]) == .array(chain.blocks[1...2].map { .data($0.sealed.blockHash) }))
            #expect(try await node.result("eth_getFilterChanges", [id]) == [])
        }
    }

    @Test func logFiltersTellNewLogsAndOnRequestAll() async throws {
        let reader = Self.young()
        try await Harness.run(reader: reader) { node async throws in
            let id = try await node.result("eth_newFilter", [["fromBlock": "earliest", "address": .data(FixtureChain.bob)]])
            let other = try await node.result("eth_newFilter", [["topics": [.data(Hash.zero)]]])
            let later = try await node.result("eth_newFilter", [["fromBlock": "0x2"]])
            reader.shownHead.withLockedValue { $0 = 2 }
            let logs = try await node.result("eth_getFilterChanges", [id])
            #expect(logs.asArray?.count == 2)
            #expect(try await node.result("eth_getLogs", [Self.all]) == logs)
            for quiet in [id, other, later] { #expect(try await node.result("eth_getFilterChanges", [quiet]) == []) }
            #expect(try await node.result("eth_getFilterLogs", [id]) == logs)
            #expect(try await node.result("eth_getFilterLogs", [other]) == [])
        }
    }

    @Test func aBloomFilterHoldsWhatWasAddedAndLittleElse() {
        let items = (0..<40).map { Hash(UInt256(UInt64($0))).bytes }
        var bloom = Bloom.empty
        for item in items.prefix(20) { bloom.insert(item) }
        #expect(items.prefix(20).allSatisfy { bloom.mayHold(Bloom.Bits($0)) })
        #expect(items.suffix(20).allSatisfy { !bloom.mayHold(Bloom.Bits($0)) })
        #expect(!Bloom.empty.mayHold(Bloom.Bits(items[0])))
    }

    @Test func pendingFiltersTellAdmittedTransactions() async throws {
        let waiting = FixtureChain.transaction(5).transaction
        try await Harness.run { node async throws in
            let hashes = try await node.result("eth_newPendingTransactionFilter")
            let full = try await node.result("eth_newPendingTransactionFilter", [true])
            node.feed.send(waiting)
            var seen: JSONValue = []
            while seen == [] { seen = try await node.result("eth_getFilterChanges", [hashes]) }
            #expect(seen == [.data(waiting.hash)])
            let shown = try await node.result("eth_getFilterChanges", [full])
            #expect(shown.asArray?.first?["nonce"] == "0x5" && shown.asArray?.count == 1)
            #expect(try await node.result("eth_getFilterChanges", [hashes]) == [])
        }
    }

    @Test func removedAndUnknownFiltersAreNotFound() async throws {
        try await Harness.run { node async throws in
            let id = try await node.result("eth_newBlockFilter")
            #expect(id.asString?.utf8.count == 34)
            #expect(try await node.result("eth_newBlockFilter") != id)
            #expect(try await node.result("eth_uninstallFilter", [id]) == true)
            #expect(try await node.result("eth_uninstallFilter", [id]) == false)
            for method in ["eth_getFilterChanges", "eth_getFilterLogs"] {
                let failure = try await node.failure(method, [id])
                #expect(failure["code"] == -32000 && failure["message"] == "filter not found")
            }
            let blocks = try await node.result("eth_newBlockFilter")
            #expect(try await node.failure("eth_getFilterLogs", [blocks])["message"] == "filter not found")
            #expect(try await node.failure("eth_getFilterChanges", [7])["code"] == -32602)
            #expect(try await node.failure("eth_newFilter", [["fromBlock": "0x2", "toBlock": "0x1"]])["code"] == -32602)
        }
    }

    @Test func aFilterThatNobodyPollsForFiveMinutesIsForgotten() async throws {
        let now = NIOLockedValueBox<UInt64>(1_000_000)
        try await Harness.run(configure: { $0.clock = { now.withLockedValue { $0 } } }) { node async throws in
            let (used, idle) = (try await node.result("eth_newBlockFilter"), try await node.result("eth_newBlockFilter"))
            for _ in 0..<2 {
                now.withLockedValue { $0 += 200_000 }
                #expect(try await node.result("eth_getFilterChanges", [used]) == [])
            }
            #expect(try await node.failure("eth_getFilterChanges", [idle])["data"]?["reason"] == "filterNotFound")
            now.withLockedValue { $0 += 300_001 }
            #expect(try await node.result("eth_uninstallFilter", [used]) == false)
        }
    }

    @Test func filtersAreBoundedAndIdleOnesMakeRoom() async throws {
        let now = NIOLockedValueBox<UInt64>(0)
        try await Harness.run(configure: {
            $0.maximumFilters = 3
            $0.clock = { now.withLockedValue { $0 } }
        }) { node async throws in
            for _ in 0..<3 { _ = try await node.result("eth_newBlockFilter") }
            #expect(try await node.failure("eth_newFilter", [.object([])])["data"]?["reason"] == "tooManyFilters")
            now.withLockedValue { $0 += 300_001 }
            _ = try await node.result("eth_newFilter", [.object([])])
        }
    }

    /// A filter with so many alternatives, in four positions at most.
    static func filter(_ size: Int) -> JSONValue {
        let topics = (0..<size).map { JSONValue.data(Hash(UInt256(UInt64($0)))) }
        let positions = stride(from: 0, to: size, by: 1000).map { JSONValue.array(Array(topics[$0..<min(size, $0 + 1000)])) }
        return ["topics": .array(positions)]
    }

    @Test func longFiltersHaveABoundTogetherAndLeaveRoomForUsualOnes() async throws {
        try await Harness.run { node async throws in
            var count = 0
            var answer: JSONValue = .null
            while answer["error"] == nil, count < 100 {
                answer = try await node.call("eth_newFilter", [Self.filter(4000)])
                count += 1
            }
            #expect(answer["error"]?["data"]?["reason"] == "tooManyFilters" && count == 63)
            for _ in 0..<10 { _ = try await node.result("eth_newFilter", [Self.filter(16)]) }
        }
    }

    @Test func aReadThatTakesTooLongEnds() async throws {
        let now = NIOLockedValueBox<UInt64>(0)
        // Each look at the clock is a second later: a scan of three blocks takes more than it may.
        try await Harness.run(
            configure: {
                $0.readMilliseconds = 2500
                $0.clock = {
                    now.withLockedValue { now in
                        now += 1000; return now
                    }
                }
            }
        ) { node async throws in
            let failure = try await node.failure("eth_getLogs", [Self.all])
            #expect(failure["code"] == -32002 && failure["data"]?["reason"] == "timeout")
            #expect(try await node.result("eth_chainId") == "0x5151")
        }
    }

    @Test func logQueriesMeetTheirBounds() async throws {
        try await Harness.run { node async throws in
            let faults: [(JSONValue, Int64, String)] = [
                (["fromBlock": "0x0", "toBlock": "0x3"], -32602, "invalidParameters"),
                (["blockHash": .data(Hash.zero)], -32000, "blockNotFound"),
                (["blockHash": .data(Hash.zero), "fromBlock": "0x1"], -32602, "invalidParameters"),
                (["topics": [.null, .null, .null, .null, .null]], -32602, "invalidParameters"),
                (["topics": "0x"], -32602, "invalidParameters"),
                (["address": .array(Array(repeating: .data(FixtureChain.bob), count: 1001))], -32602, "invalidParameters"),
            ]
            for (query, code, reason) in faults {
                let failure = try await node.failure("eth_getLogs", [query])
                #expect(failure["code"] == .integer(code) && failure["data"]?["reason"] == .string(reason), "\(failure)")
            }
            let wild: JSONValue = ["fromBlock": "earliest", "topics": [[.null, .data(Hash.zero)]]]
            #expect(try await node.result("eth_getLogs", [wild]).asArray?.count == 2)
        }
    }
}

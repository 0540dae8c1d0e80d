import ChainTypes
import Primitives
import RPCServer
import TestKit
import Testing

/// Every exchange that execution-apis publishes, asked of the fixture's chain: the values are another chain's, the
/// shapes must be the same.
@Suite(.enabled(if: Vectors.isExpected, "the official vectors are not here"), .timeLimit(.minutes(3)))
struct PublishedShapeTests {
    /// Folders that are not compared here, and why.
    static let elsewhere = [
        "debug_traceBlockByHash": "tracing has tests of its own",
        "debug_traceBlockByNumber": "tracing has tests of its own",
        "debug_traceTransaction": "tracing has tests of its own",
        "eth_simulateV1": "its values hold on any chain: the end-to-end tests compare them with a real one's",
        "testing_buildBlockV1": "not offered: blocks come from consensus only",
        "txpool_content": "not offered: it would hold the mempool's thread for all that waits; txpool_contentFrom gives one sender's",
        "eth_sendRawTransaction": "these are classical transactions, which the test below shows to be refused",
    ]
    /// Files of compared folders that are not compared, and why.
    static let exceptions = [
        "eth_estimateGas/estimate-with-eip4844.io": "this chain has no blobs: refused with -32602"
    ]
    /// Errors whose words come from Go's own libraries: the codes are compared.
    static let wordsOfGo: Set<String> = ["debug_getRawTransaction/get-invalid-hash.io"]

    static func compared() throws -> [String] {
        try PublishedExchange.paths().filter { elsewhere[String($0.prefix { $0 != "/" })] == nil && exceptions[$0] == nil }
    }

    @Test func everyPublishedFolderIsComparedOrListed() throws {
        let folders = try PublishedExchange.folders()
        let methods = Set(RPCMethodTable.names)
        for folder in folders { #expect(methods.contains(folder) || Self.elsewhere[folder] != nil, "\(folder)") }
        for listed in Self.elsewhere.keys { #expect(folders.contains(listed), "\(listed) is not published any more") }
        for (listed, why) in Self.elsewhere where why.hasPrefix("not offered") {
            #expect(!methods.contains(listed), "\(listed) is offered")
        }
        let paths = Set(try PublishedExchange.paths())
        for listed in Array(Self.exceptions.keys) + Self.wordsOfGo { #expect(paths.contains(listed), "\(listed)") }
        #expect(try Self.compared().count > 95)
    }

    @Test func answersHaveThePublishedShapes() async throws {
        let chain = FixtureChain()
        try await Harness.run { node async throws in
            for path in try Self.compared() {
                let exchange = try PublishedExchange(path)
                let ours = try JSONValue(parsing: try await node.post(exchange.translated(for: chain).bytes).body)
                if let error = exchange.answer["error"] {
                    #expect(ours["error"]?["code"] == error["code"], "\(path): \(ours)")
                    if !Self.wordsOfGo.contains(path) { #expect(ours["error"]?["message"] == error["message"], "\(path)") }
                    if let data = error["data"] { #expect(ours["error"]?["data"] == data, "\(path)") }
                } else {
                    let result = try #require(ours["result"], "\(path): \(ours)")
                    let differences = Shape.differences(theirs: exchange.answer["result"] ?? .null, ours: result)
                    #expect(differences.isEmpty, "\(path): \(differences)")
                }
            }
        }
    }

    @Test func classicalTransactionsAreRefused() async throws {
        try await Harness.run(configure: { $0.web.maximumBodyBytes = 1 << 20 }) { node async throws in
            for path in try PublishedExchange.paths() where path.hasPrefix("eth_sendRawTransaction/") {
                let ours = try JSONValue(parsing: try await node.post(try PublishedExchange(path).request.bytes).body)
                let reason = ours["error"]?["data"]?["reason"]
                #expect(reason == "unsupportedType" || reason == "oversized", "\(path): \(ours)")
            }
            let blobs = try PublishedExchange("eth_estimateGas/estimate-with-eip4844.io").request
            #expect(try JSONValue(parsing: try await node.post(blobs.bytes).body)["error"]?["code"] == -32602)
        }
    }

    @Test func theComparatorSeesEachKindOfDifference() {
        let cases: [(JSONValue, JSONValue)] = [
            (["hash": "0x01"], ["other": "0x01"]), ("0x1", "0x01"), (["a": .null], ["a": "0x1"]), (["a": "0x1"], ["a": 1]),
            ([["a": true]], [["a": .null]]), (.data(Hash.zero), .data(Address.zero)), (.data(Hash.zero), "0x1"), ("0x00", "text"),
            (["a": "0x1"], ["a": "0x1", "new": "0x1"]),
        ]
        for (theirs, ours) in cases { #expect(!Shape.differences(theirs: theirs, ours: ours).isEmpty, "\(theirs) \(ours)") }
        let alike: [(JSONValue, JSONValue)] = [
            ("0x1f", "0x2"), (.data(Hash.zero), .data(Hash(1, 2, 3, 4))), ([], ["0x1"]), (["root": "0x00"], .object([])), ("1", "20817"),
        ]
        for (theirs, ours) in alike { #expect(Shape.differences(theirs: theirs, ours: ours) == [], "\(theirs) \(ours)") }
    }
}

import Foundation
import Primitives
import RPCServer
import Testing

/// Where execution-apis' exchanges lie.
enum PublishedAnswers {
    static let folder: URL? = {
        let environment = ProcessInfo.processInfo.environment["QUSTREAM_VECTORS"].map { URL(filePath: $0) }
        let root = URL(filePath: #filePath).appending(path: "../../../../shared/vectors").standardized
        return [environment, root].compactMap { $0?.appending(path: "evm/rpc-compat") }.first { FileManager.default.fileExists(atPath: $0.path) }
    }()
}

/// Compares our answers with those that execution-apis publishes (`evm/rpc-compat` among the vectors): every member
/// that they have is here too.
@Suite(.enabled(if: PublishedAnswers.folder != nil, "the official vectors are not here")) struct ShapeTests {
    /// The result in a published exchange.
    static func published(_ path: String) throws -> JSONValue {
        let text = try String(contentsOf: try #require(PublishedAnswers.folder).appending(path: path), encoding: .utf8)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("<< ") })
        return try #require(try JSONValue(parsing: Array(line.utf8.dropFirst(3)))["result"])
    }

    private func expect(_ ours: JSONValue?, covers theirs: JSONValue?, except: Set<String> = []) throws {
        guard case .object(let members) = theirs else { throw JSONError.unexpectedByte }
        for member in members where !except.contains(member.name) {
            #expect(ours?[member.name] != nil, "\(member.name) is missing")
        }
    }

    @Test func blocksHaveThePublishedMembers() async throws {
        try await Harness.run { node async throws in
            let theirs = try Self.published("eth_getBlockByNumber/get-block-prague-fork.io")
            try expect(try await node.result("eth_getBlockByNumber", ["0x1", false]), covers: theirs)
        }
    }

    @Test func transactionsHaveThePublishedMembers() async throws {
        let hash = FixtureChain().signed[0].hash
        try await Harness.run { node async throws in
            let theirs = try Self.published("eth_getTransactionByHash/get-dynamic-fee.io")
            let ours = try await node.result("eth_getTransactionByHash", [.data(hash)])
            try expect(ours, covers: theirs)
            try expect(ours["accessList"]?.asArray?.first, covers: theirs["accessList"]?.asArray?.first)
        }
    }

    @Test func receiptsAndLogsHaveThePublishedMembers() async throws {
        let hash = FixtureChain().signed[0].hash
        try await Harness.run { node async throws in
            let theirs = try Self.published("eth_getTransactionReceipt/get-dynamic-fee.io")
            let ours = try await node.result("eth_getTransactionReceipt", [.data(hash)])
            try expect(ours, covers: theirs)
            try expect(ours["logs"]?.asArray?.first, covers: theirs["logs"]?.asArray?.first)
        }
    }

    @Test func proofsAndFeeHistoryHaveThePublishedMembers() async throws {
        try await Harness.run { node async throws in
            let proof = try Self.published("eth_getProof/get-account-proof-with-storage.io")
            let ours = try await node.result("eth_getProof", [.data(FixtureChain.alice), ["0x00"], "latest"])
            try expect(ours, covers: proof)
            #expect(ours["storageProof"]?.asArray?.first?["key"] == proof["storageProof"]?.asArray?.first?["key"])
            #expect(ours["storageProof"]?.asArray?.first?["value"] == proof["storageProof"]?.asArray?.first?["value"])
            let history = try Self.published("eth_feeHistory/fee-history.io")
            try expect(try await node.result("eth_feeHistory", ["0x1", "0x1", [95, 99]]), covers: history)
        }
    }

    @Test(arguments: ["get-storage-invalid-key-too-large.io", "get-storage-invalid-key.io"])
    func badStorageKeysGetThePublishedError(_ file: String) async throws {
        let text = try String(contentsOf: try #require(PublishedAnswers.folder).appending(path: "eth_getStorageAt/\(file)"), encoding: .utf8)
        let lines = text.split(separator: "\n")
        let request = try #require(lines.first { $0.hasPrefix(">> ") }).utf8.dropFirst(3)
        let theirs = try JSONValue(parsing: Array(try #require(lines.first { $0.hasPrefix("<< ") }).utf8.dropFirst(3)))
        try await Harness.run { node async throws in
            let ours = try JSONValue(parsing: try await node.post(Array(request)).body)
            #expect(ours["error"]?["code"] == theirs["error"]?["code"])
            #expect(ours["error"]?["message"] == theirs["error"]?["message"])
        }
    }
}

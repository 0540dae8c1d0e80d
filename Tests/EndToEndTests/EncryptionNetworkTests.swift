import Foundation
import Storage
import StoreAPI
import TestKit
import Testing

/// Files in the encryption network while nodes die and lie: the shipped binary, its processes and disks.
@Suite(.serialized) struct EncryptionNetworkTests {
    /// Operators first, as their ports go.
    private static let names = ["operator-1", "operator-2", "operator-3"] + (1...5).map { "community-\($0)" }

    @Test func aFileSurvivesWhatTheThresholdsAllowAndNothingMore() throws {
        let network = try LocalNetwork("vault", portBase: 23_200, operators: 3, community: 5)
        let file = network.home.appending(path: "file")
        let content = Self.content(megabytes: Drill.megabytes)
        try content.write(to: file)

        // One operator and one community node dead, another community node's disk edited.
        let first = try put(file, on: network)
        #expect(try spare(first, on: network) == [1, 2, 3])
        try network.kill("operator-1", "community-2", "community-3")
        try flipStoredBytes(of: network.home.appending(path: "community-3/data"))
        try restart("community-3", of: network)
        try expectReading(first, of: content, from: network, naming: ["operator-1", "community-2", "community-3"])
        #expect(try spare(first, on: network) == [0, 0, 0])

        // One operator and two community nodes dead.
        for name in ["operator-1", "community-2"] { try restart(name, of: network) }
        let second = try put(file, on: network)
        try network.kill("operator-2", "community-1", "community-4")
        try expectReading(second, of: content, from: network, naming: ["operator-2", "community-1", "community-4"])
        #expect(try spare(second, on: network) == [0, 0, 0])

        // One more of either class is one too many.
        for name in ["community-5", "operator-3"] {
            try network.kill(name)
            try expectRefusal(second, from: network)
            try restart(name, of: network)
            try expectReading(second, of: content, from: network, naming: ["operator-2", "community-1", "community-4"])
        }
    }

    @Test func everyNodesDiskWithoutTheWalletsRootIsNotEnough() throws {
        let network = try LocalNetwork("vault-root", portBase: 24_800, operators: 3, community: 5)
        let (file, copy) = (network.home.appending(path: "file"), network.home.appending(path: "copy"))
        try Data("root-bound".utf8).write(to: file)
        let id = try put(file, on: network)
        // The same phrase in a new wallet has all but the client root.
        let phrase = try network.run("account", "export", "alice")
        let other = network.home.appending(path: "other-wallet")
        try network.run("account", "import", "alice", wallet: other, input: phrase)
        try FileManager.default.copyItem(at: network.home.appending(path: "wallet/genesis.rlp"), to: other.appending(path: "genesis.rlp"))
        #expect(throws: LocalNetwork.CommandFailure.self) { try network.run("vault", "get", id, "-o", copy.path, wallet: other) }
        #expect(!FileManager.default.fileExists(atPath: copy.path))

        let sheet = try network.run("account", "root", "show")
        try network.run("account", "root", "import", wallet: other, input: sheet)
        try network.run("vault", "get", id, "-o", copy.path, wallet: other)
        #expect(try Data(contentsOf: copy) == Data(contentsOf: file))
    }

    @Test func anAuditFindsWhoHasLostWhatItTook() throws {
        let network = try LocalNetwork("audit", portBase: 24_000, operators: 3, community: 5, epochSeconds: 10)
        let file = network.home.appending(path: "file")
        try Self.content(megabytes: 1).write(to: file)
        let id = try put(file, on: network)
        try network.run("vault", "audit", id)
        #expect(try endings(of: 8, on: network) == [String: String](uniqueKeysWithValues: Self.names.map { ($0, "answered") }))

        // Every fragment that community-3 has is wrong now; it is there, and cannot show what it signed for.
        try network.kill("community-3")
        try flipStoredBytes(of: network.home.appending(path: "community-3/data"))
        try restart("community-3", of: network)
        try network.run("encryption-node", "challenge", "community-3", "--from", "bob", "--wait")
        #expect(try endings(of: 1, on: network) == ["community-3": "answered"])
        try network.run("vault", "audit", id, "--node", "community-3", "--node", "operator-1")
        #expect(try endings(of: 2, on: network) == ["community-3": "failed", "operator-1": "answered"])
        let status = try network.runForArray("encryption-node", "list").first { $0["moniker"] as? String == "community-3" }?["status"]
        #expect(status as? String == "jailed")
    }

    /// How the newest challenges ended, by node, once all have.
    private func endings(of count: Int, on network: LocalNetwork) throws -> [String: String] {
        let nodes = try network.runForArray("encryption-node", "list")
        for _ in 0..<1000 {
            let newest = try network.runForArray("encryption-node", "challenges").prefix(count)
            guard !newest.contains(where: { $0["status"] as? String == "open" }) else { continue }
            var endings: [String: String] = [:]
            for challenge in newest {
                let node = nodes.first { $0["address"] as? String == challenge["node"] as? String }?["moniker"] as? String
                endings[node ?? ""] = challenge["status"] as? String
            }
            return endings
        }
        throw LocalNetwork.CommandFailure(what: "challenges", exitCode: -1, output: "some do not end")
    }

    // MARK: Steps

    /// Bytes that do not repeat from one stripe to the next.
    private static func content(megabytes: Int) -> Data {
        var generator = SeededGenerator(seed: 7)
        var words = [UInt64](repeating: 0, count: megabytes * 1_000_000 / 8)
        for index in words.indices { words[index] = generator.next() }
        return words.withUnsafeBytes { Data($0) }
    }

    private func put(_ file: URL, on network: LocalNetwork) throws -> String {
        let id = try network.run("vault", "put", file.path).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(id.count == 66 && id.hasPrefix("0x"))
        return id
    }

    private func restart(_ name: String, of network: LocalNetwork) throws {
        try network.restart(name, kind: "encryption")
        try network.waitForEncryptionNode(name, index: try #require(Self.names.firstIndex(of: name)))
    }

    private func expectReading(_ id: String, of content: Data, from network: LocalNetwork, naming faulty: [String]) throws {
        let copy = network.home.appending(path: "copy")
        let report = try network.runReporting("vault", "get", id, "-o", copy.path)
        // Not `==` in the expectation: a failure would print the file.
        let isIdentical = try Data(contentsOf: copy) == content
        #expect(isIdentical)
        for name in Self.names { #expect(report.contains(name) == faulty.contains(name), "\(name): \(report)") }
        try FileManager.default.removeItem(at: copy)
    }

    private func expectRefusal(_ id: String, from network: LocalNetwork) throws {
        let copy = network.home.appending(path: "copy")
        #expect {
            try network.run("vault", "get", id, "-o", copy.path)
        } throws: { error in
            guard let failure = error as? LocalNetwork.CommandFailure else { return false }
            return failure.exitCode == 1 && failure.output.contains("too few nodes for the key")
        }
        #expect(!FileManager.default.fileExists(atPath: copy.path))
    }

    /// What `vault health` says is left: operators, community nodes, fragments.
    private func spare(_ id: String, on network: LocalNetwork) throws -> [Int?] {
        let health = try network.runForJSON("vault", "health", id)
        #expect(health["readable"] as? Bool == true)
        return ["spareOperators", "spareCommunity", "spareFragments"].map { health[$0] as? Int }
    }

    /// Changes every fragment and share that a stopped node holds.
    private func flipStoredBytes(of data: URL) throws {
        let store = try RocksStore(path: data.path)
        var batch = WriteBatch()
        for column in [Column.fragment, .share] {
            for entry in try store.scan(column, from: [], prefix: [], limit: 10_000, reverse: false) {
                var value = entry.value
                // Of a share's record this is in the share itself.
                guard !value.isEmpty else { continue }
                value[value.count / 2] ^= 1
                batch.put(column, entry.key, value)
            }
        }
        #expect(!batch.isEmpty)
        try store.commit(batch, durable: true)
    }
}

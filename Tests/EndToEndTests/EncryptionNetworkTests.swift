import Foundation
import Storage
import StoreAPI
import Testing

/// Files in the encryption network while nodes die and lie: the shipped binary, its processes and disks.
@Suite(.serialized) struct EncryptionNetworkTests {
    @Test func aFileComesBackPastTwoDeadNodesAndOneEditedDisk() throws {
        let network = try LocalNetwork("vault", portBase: 23_200, operators: 3, community: 5)
        let (file, copy) = (network.home.appending(path: "file"), network.home.appending(path: "copy"))
        let content = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) })
        try content.write(to: file)
        let id = try network.run("vault", "put", file.path).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(id.count == 66)
        #expect(id.hasPrefix("0x"))

        try network.kill("operator-1")
        try network.kill("community-2")
        try network.kill("community-3")
        try flipStoredBytes(of: network.home.appending(path: "community-3/data"))
        try network.restart("community-3", kind: "encryption")
        try network.waitForEncryptionNode("community-3", index: 5)

        let report = try network.runReporting("vault", "get", id, "-o", copy.path)
        #expect(try Data(contentsOf: copy) == content)
        for name in ["operator-1", "community-2", "community-3"] { #expect(report.contains(name), "\(report)") }
    }

    @Test func oneLossTooManyIsRefusedClearlyAndMendsWhenANodeReturns() throws {
        let network = try LocalNetwork("vault-loss", portBase: 24_000, operators: 3, community: 5)
        let (file, copy) = (network.home.appending(path: "file"), network.home.appending(path: "copy"))
        try Data("a record that must stay secret for decades".utf8).write(to: file)
        let id = try network.run("vault", "put", file.path).trimmingCharacters(in: .whitespacesAndNewlines)
        for name in ["community-1", "community-2", "community-3"] { try network.kill(name) }
        #expect(throws: LocalNetwork.CommandFailure.self) { try network.run("vault", "get", id, "-o", copy.path) }
        #expect(!FileManager.default.fileExists(atPath: copy.path))
        try network.restart("community-1", kind: "encryption")
        try network.waitForEncryptionNode("community-1", index: 3)
        try network.run("vault", "get", id, "-o", copy.path)
        #expect(try Data(contentsOf: copy) == Data(contentsOf: file))
    }

    @Test func everyNodesDiskWithoutTheWalletsRootIsNotEnough() throws {
        let network = try LocalNetwork("vault-root", portBase: 24_800, operators: 3, community: 5)
        let (file, copy) = (network.home.appending(path: "file"), network.home.appending(path: "copy"))
        try Data("root-bound".utf8).write(to: file)
        let id = try network.run("vault", "put", file.path).trimmingCharacters(in: .whitespacesAndNewlines)
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

    /// Changes every fragment and share that a stopped node holds.
    private func flipStoredBytes(of data: URL) throws {
        let store = try RocksStore(path: data.path)
        var batch = WriteBatch()
        for column in [Column.fragment, .share] {
            for entry in try store.scan(column, from: [], prefix: [], limit: 10_000, reverse: false) {
                var value = entry.value
                guard let last = value.indices.last else { continue }
                value[last] ^= 1
                batch.put(column, entry.key, value)
            }
        }
        #expect(!batch.isEmpty)
        try store.commit(batch, durable: true)
    }
}

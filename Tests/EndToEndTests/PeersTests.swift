import Foundation
import Primitives
import RPCClient
import TestKit
import Testing

/// Nodes that find a network none of whose first validators is there any more.
@Suite(.serialized) struct PeersTests {
    @Test func newNodesOfEveryKindFindTheChainThroughAPeerWhenAllOfGenesisIsGone() async throws {
        let network = try LocalNetwork("peers", portBase: 26_800)
        try await network.rpc.waitForBlock(3)
        let peer = try network.printed("config", "peer", "--home", network.home.appending(path: "rpc-1").path)
        #expect(peer.hasSuffix("@127.0.0.1:26999"), "\(peer)")
        try network.kill(LocalNetwork.validators)
        let height = try await network.rpc.blockNumber()
        let final = try #require(try await network.rpc.finality(.number(height))?.blockHash)

        for (index, kind) in ["full", "validator"].enumerated() {
            let port = network.portBase + 150 + index
            try network.makeHome("new-\(kind)", kind: kind, "--peer", peer, "--rpc-listen", "127.0.0.1:\(port)")
            try network.restart("new-\(kind)", kind: kind)
            let newcomer = RPCClient(url: "http://127.0.0.1:\(port)", timeoutMilliseconds: 3000)
            try await newcomer.waitForBlock(height)
            #expect(try await newcomer.finality(.number(height))?.blockHash == final, "\(kind)")
        }

        let metrics = "127.0.0.1:\(network.portBase + 152)"
        try network.makeHome("new-encryption", kind: "encryption", "--peer", peer, "--metrics-listen", metrics)
        try network.restart("new-encryption", kind: "encryption")
        try await eventually("the encryption node's finality") {
            let text = try? network.fetched("http://\(metrics)/metrics")
            return text?.contains("qustream_finalized_height \(height)\n") ?? false
        }
    }

    @Test func aMalformedPeerIsRefusedBeforeAHomeIsMade() throws {
        let home = FileManager.default.temporaryDirectory.appending(path: "qustream-peer-\(UUID().uuidString.prefix(8))")
        let (code, _, errors) = try LocalNetwork.execute(["init", "--home", home.path, "--kind", "full", "--peer", "a.example.org:26600"])
        #expect(code == 1 && errors.contains("a.example.org:26600 of peers is not valid: it is not NAME@HOST:PORT"), "\(errors)")
        #expect(!FileManager.default.fileExists(atPath: home.path))
    }

    @Test func aHomeKeepsTheEndpointItWasGivenAndTellsItAsAPeer() throws {
        let home = FileManager.default.temporaryDirectory.appending(path: "qustream-endpoint-\(UUID().uuidString.prefix(8))")
        defer { try? FileManager.default.removeItem(at: home) }
        let account = "0x" + String(repeating: "11", count: 20)
        let again = ["init", "--home", home.path, "--operator", account]
        let first = again + ["--kind", "validator", "--p2p-listen", "0.0.0.0:26600", "--endpoint", "a.example.org:26600"]
        for command in [first, again] {
            #expect(try LocalNetwork.execute(command).code == 0)
            let written = try String(contentsOf: home.appending(path: "operator.json"), encoding: .utf8)
            #expect(written.contains("\"a.example.org:26600\""), "\(written)")
        }
        let peer = try LocalNetwork.execute(["config", "peer", "--home", home.path])
        #expect(peer.output.hasPrefix("0x") && peer.output.hasSuffix("@a.example.org:26600\n"), "\(peer)")
        #expect(try LocalNetwork.execute(again + ["--peer", peer.output.trimmingCharacters(in: .newlines)]).code == 1)

        try FileManager.default.removeItem(at: home.appending(path: "operator.json"))
        let nowhere = try LocalNetwork.execute(["config", "peer", "--home", home.path])
        #expect(nowhere.code == 1 && nowhere.errors.contains("--endpoint"), "\(nowhere)")
    }
}

extension LocalNetwork {
    /// Runs a command that talks to no node.
    static func execute(_ command: [String]) throws -> (code: Int32, output: String, errors: String) {
        let (process, output, errors) = (Process(), Pipe(), Pipe())
        process.executableURL = binary
        process.arguments = command
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        let trouble = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text, trouble)
    }

    /// What such a command prints.
    func printed(_ command: String...) throws -> String {
        let (code, output, errors) = try Self.execute(command)
        guard code == 0 else { throw CommandFailure(what: command.joined(separator: " "), exitCode: code, output: errors) }
        return output.trimmingCharacters(in: .newlines)
    }

    /// A home for a newcomer to this network's chain.
    fileprivate func makeHome(_ name: String, kind: String, _ options: String...) throws {
        let genesis = home.appending(path: "rpc-1/genesis.rlp").path
        let command = ["init", "--home", home.appending(path: name).path, "--kind", kind, "--genesis", genesis] + options
        let (code, _, errors) = try Self.execute(command)
        guard code == 0 else { throw CommandFailure(what: "init \(name)", exitCode: code, output: errors) }
    }

    fileprivate func fetched(_ url: String) throws -> String {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["curl", "--silent", "--max-time", "3", url]
        process.standardOutput = output
        try process.run()
        defer { process.waitUntilExit() }
        return String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }
}

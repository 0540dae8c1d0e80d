import Foundation
import RPCClient
import Testing

/// A node that is told to check its chain's books goes on while they are right, and ends where they are not.
@Suite(.serialized) struct InvariantTests {
    @Test func aNodeWhoseBooksAreWrongStopsAndNamesTheFault() async throws {
        let network = try LocalNetwork("invariants", portBase: 22_800)
        try network.kill("rpc-1")
        try network.turnOnChecks(of: "rpc-1")
        try network.restart("rpc-1", kind: "full")
        try network.run(
            "contract", "send", "--from", "bob", "--to", "0x0000000000000000000000000000000000000800", "--value", "100",
            "delegate(address)", try await network.firstValidator(), "--wait")
        try await network.rpc.waitForBlock(try await network.validator(1).blockNumber() + 2)
        try network.kill("rpc-1")
        try network.addWei(to: "rpc-1")
        let (code, errors) = try network.runNode("rpc-1", kind: "full")
        #expect(code == 70)
        #expect(errors.contains("the economy does not add up after block"), "\(errors)")
        #expect(errors.contains("all accounts have"), "\(errors)")
        network.stop()
    }
}

extension LocalNetwork {
    fileprivate func turnOnChecks(of name: String) throws {
        let file = home.appending(path: "\(name)/node.toml")
        let text = try String(contentsOf: file, encoding: .utf8)
        #expect(text.contains("check_invariants = false"))
        try text.replacing("check_invariants = false", with: "check_invariants = true").write(to: file, atomically: true, encoding: .utf8)
    }

    fileprivate func firstValidator() async throws -> String {
        let answer = try await rpc.raw("qs_getValidators", parametersJSON: "[]")
        let object = try JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any]
        return try #require((object?["result"] as? [[String: Any]])?.first?["address"] as? String)
    }

    /// Runs a node until it ends by itself.
    fileprivate func runNode(_ name: String, kind: String) throws -> (code: Int32, errors: String) {
        let (process, errors) = (Process(), Pipe())
        process.executableURL = Self.binary
        process.arguments = ["node", kind, "--home", home.appending(path: name).path, "--check-invariants"]
        process.standardError = errors
        try process.run()
        let text = String(decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}

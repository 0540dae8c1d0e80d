import Foundation
import RPCClient
import Testing

/// A validator that moves to a new home with new keys, as docs/operate/validator.md tells its operator.
@Suite(.serialized) struct RotationTests {
    @Test func aValidatorThatMovesGoesOnProposing() async throws {
        let network = try LocalNetwork("rotation", portBase: 31_460, epochSeconds: 5)
        let moved = try network.initialize("moved", for: "validator-1", port: 50)
        try network.restart("moved", kind: "validator")
        // The old home votes until the new keys count, and is stopped then.
        try await network.rotate("validator-1", to: moved)
        try network.kill("validator-1")
        try await network.expectLeader("validator-1")
        #expect(try network.runForJSON("validator", "show", "validator-1")["status"] as? String == "active")
        // Without the vote of the one that has moved the other two are no quorum.
        try network.kill("validator-2")
        try await network.rpc.waitForBlock(try await network.rpc.blockNumber() + 3)
        network.stop()
    }
}

extension LocalNetwork {
    /// Makes a new home for a validator of the network.
    fileprivate func initialize(_ name: String, for validator: String, port: Int) throws -> URL {
        let folder = home.appending(path: name)
        try run(
            "init", "--home", folder.path, "--kind", "validator", "--moniker", validator, "--operator", validator,
            "--genesis", home.appending(path: "wallet/genesis.rlp").path, "--p2p-listen", "127.0.0.1:\(portBase + port)")
        return folder
    }

    /// Returns in the epoch in which the keys of a home count.
    fileprivate func rotate(_ validator: String, to folder: URL) async throws {
        try run("validator", "rotate-key", "--from", validator, "--keys", folder.appending(path: "operator.json").path, "--wait")
        let last = try await rpc.status().epoch + 2
        while try await rpc.status().epoch < last { _ = try await rpc.waitForBlock(try await rpc.blockNumber() + 1) }
    }

    /// Waits for a block that a validator has proposed.
    fileprivate func expectLeader(_ validator: String) async throws {
        let address = try #require(try runForJSON("validator", "show", validator)["address"] as? String)
        let height = try await rpc.blockNumber()
        for number in height + 1...height + 100 {
            _ = try await rpc.waitForBlock(number)
            let answer = try await rpc.raw("eth_getBlockByNumber", parametersJSON: "[\"0x\(String(number, radix: 16))\",false]")
            let block = (try JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any])?["result"] as? [String: Any]
            if block?["miner"] as? String == address { return }
        }
        Issue.record("\(validator) has proposed none of 100 blocks")
    }
}

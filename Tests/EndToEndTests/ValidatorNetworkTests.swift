import Foundation
import Primitives
import RPCClient
import Testing

/// The shipped binary, its processes, sockets and disks.
@Suite(.serialized) struct ValidatorNetworkTests {
    @Test func transfersAreFinalAndEveryNodeHasTheSameBlocks() async throws {
        let network = try LocalNetwork("transfers", portBase: 20_000)
        for _ in 0..<5 { try network.run("send", "--from", "alice", "--to", "bob", "--amount", "1.5", "--wait") }
        #expect(try network.run("account", "show", "bob").contains("1000007.5 QST"))

        let height = try await network.rpc.blockNumber()
        let expected = try await network.rpc.finality(.number(height))
        #expect(expected != nil)
        for number in 1...4 {
            try await network.validator(number).waitForBlock(height)
            let block = try await network.validator(number).finality(.number(height))
            #expect(block?.envelopeHash == expected?.envelopeHash)
        }
    }

    @Test func aDeadValidatorIsSkippedAndCatchesUpAfterItsReturn() async throws {
        let network = try LocalNetwork("one-dead", portBase: 20_800)
        try network.kill("validator-3")
        for _ in 0..<4 { try network.run("send", "--from", "alice", "--to", "carol", "--amount", "1", "--wait") }
        try network.restart("validator-3", kind: "validator")
        let height = try await network.rpc.blockNumber()
        try await network.validator(3).waitForBlock(height + 3)
        let here = try await network.validator(3).finality(.number(height + 3))
        let there = try await network.rpc.finality(.number(height + 3))
        #expect(here?.envelopeHash == there?.envelopeHash)
    }

    @Test func withTwoDeadNothingBecomesFinalUntilTheyReturn() async throws {
        let network = try LocalNetwork("two-dead", portBase: 21_600)
        try network.kill("validator-1")
        try network.kill("validator-2")
        // What was under way may still settle; after that the height stays.
        let height = try await network.validator(3).blockNumber()
        await #expect(throws: RPCError.timedOut) { try await network.validator(3).waitForBlock(height + 2, timeoutSeconds: 6) }
        try network.restart("validator-1", kind: "validator")
        try network.restart("validator-2", kind: "validator")
        try await network.validator(1).waitForBlock(height + 3)
        let blocks = [try await network.validator(1).finality(.number(height + 2)), try await network.validator(4).finality(.number(height + 2))]
        #expect(blocks[0]?.envelopeHash == blocks[1]?.envelopeHash)
    }

    @Test func nothingFinalIsLostWhenAllAreKilledAtOnce() async throws {
        let network = try LocalNetwork("all-dead", portBase: 22_400)
        var sent: UInt64 = 0
        for round in 0..<3 {
            let output = try network.run("send", "--from", "alice", "--to", "bob", "--amount", "1", "--wait", "--json")
            sent += 1
            let report = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
            let (block, hash) = (try #require(report["block"] as? UInt64), try #require(report["blockHash"] as? String))
            try network.killAll()
            try network.start()
            let found = try await network.rpc.finality(.number(block))
            #expect(found?.blockHash.hex == hash, "round \(round)")
        }
        #expect(try network.run("account", "show", "bob").contains("\(1_000_000 + sent) QST"))
    }
}

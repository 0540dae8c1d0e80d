import Foundation
import Primitives
import RPCClient
import TestKit
import Testing

/// The shipped binary, its processes, sockets and disks.
@Suite(.serialized) struct ValidatorNetworkTests {
    @Test func transfersAreFinalAndEveryNodeHasTheSameBlocks() async throws {
        let network = try LocalNetwork("transfers", portBase: 20_000)
        for _ in 0..<5 { try network.run("send", "--from", "alice", "--to", "bob", "--amount", "1.5", "--wait") }
        #expect(try network.run("account", "show", "bob").contains("1000007.5 QST"))
        try await network.expectOneChain()
    }

    @Test func aDeadValidatorIsSkippedAndVotesAgainAfterItsReturn() async throws {
        let network = try LocalNetwork("one-dead", portBase: 20_800)
        try network.kill("validator-3")
        for _ in 0..<4 { try network.run("send", "--from", "alice", "--to", "carol", "--amount", "1", "--wait") }
        try network.restart("validator-3", kind: "validator")
        try await network.validator(3).waitForBlock(try await network.rpc.blockNumber() + 3)
        // Without the vote of the one that came back, two of the other three would not be enough.
        try network.kill("validator-1")
        try await network.rpc.waitForBlock(try await network.rpc.blockNumber() + 3)
        try network.restart("validator-1", kind: "validator")
        try await network.expectOneChain()
    }

    @Test func withTwoDeadNothingBecomesFinalUntilTheyReturn() async throws {
        let network = try LocalNetwork("two-dead", portBase: 21_600)
        try network.kill("validator-1", "validator-2")
        // What was under way may still settle; after that the height stays.
        let height = try await network.validator(3).blockNumber()
        await #expect(throws: RPCError.timedOut) { try await network.validator(3).waitForBlock(height + 2, timeoutSeconds: 6) }
        try network.restart("validator-1", kind: "validator")
        try network.restart("validator-2", kind: "validator")
        try await network.rpc.waitForBlock(height + 3)
        try await network.expectOneChain()
    }

    @Test func nothingFinalIsLostWhenAllValidatorsAreKilledAtRandomMoments() async throws {
        let network = try LocalNetwork("all-dead", portBase: 22_400)
        let seed = Drill.seed
        print("power cuts with QUSTREAM_DRILL_SEED=\(seed)")
        var generator = SeededGenerator(seed: seed)
        let payments = PaymentStream(network)
        await payments.start()
        for round in 0..<Drill.rounds {
            // The moment of the fault, not a wait for anything.
            poll(nil, 0, Int32.random(in: 0..<1500, using: &generator))
            let known = try await network.rpc.blockNumber()
            try network.kill(LocalNetwork.validators)
            for name in LocalNetwork.validators { try network.restart(name, kind: "validator") }
            do { try await network.rpc.waitForBlock(known + 3) } catch {
                Issue.record("round \(round) with seed \(seed): no blocks after the restart: \(error)")
                break
            }
        }
        let finals = await payments.stop()
        try await network.expectOneChain("seed \(seed)")
        for final in finals { #expect(try await network.rpc.seen(final.block)?.blockHash == final.blockHash, "seed \(seed)") }

        // Each payment that the chain counted arrived once; those that were reported are among them.
        let accounts = try [network.runForJSON("account", "show", "alice"), network.runForJSON("account", "show", "bob")]
        let (alice, bob) = (try #require(accounts[0]["address"] as? String), try #require(accounts[1]["address"] as? String))
        let paid = try await network.rpc.transactionCount(try #require(Address(hex: alice)))
        let received = try await network.rpc.balance(try #require(Address(hex: bob)))
        #expect(paid >= UInt64(finals.count))
        #expect(received == QST.one * (1_000_000 + UInt256(paid)), "seed \(seed)")
    }

    @Test func everythingStopsAndResumes() async throws {
        let network = try LocalNetwork("resume", portBase: 20_400)
        let report = try network.runForJSON("send", "--from", "alice", "--to", "bob", "--amount", "1", "--wait")
        let (block, hash) = (try #require(report["block"] as? UInt64), try #require(report["blockHash"] as? String))
        try network.killAll()
        try network.start()
        #expect(try await network.rpc.finality(.number(block))?.blockHash.hex == hash)
        try await network.rpc.waitForBlock(block + 3)
    }

    @Test func aFullNodeCatchesUpAfterItsReturnWithAndWithoutItsData() async throws {
        let network = try LocalNetwork("full-node", portBase: 21_200)
        for keepsData in [true, false] {
            try network.kill("rpc-1")
            let height = try await network.validator(1).blockNumber()
            try await network.validator(1).waitForBlock(height + 3)
            if !keepsData { try FileManager.default.removeItem(at: network.home.appending(path: "rpc-1/data")) }
            try network.restart("rpc-1", kind: "full")
            try await network.rpc.waitForBlock(height + 3)
            try network.run("send", "--from", "alice", "--to", "bob", "--amount", "1", "--wait")
            try await network.expectOneChain("data kept: \(keepsData)")
        }
        #expect(try network.run("account", "show", "bob").contains("1000002 QST"))
    }

    @Test func aNodeThatEndsAtTheStartIsNamed() throws {
        let network = try LocalNetwork("broken", portBase: 22_000)
        network.stop()
        try Data("not a genesis".utf8).write(to: network.home.appending(path: "validator-2/genesis.rlp"))
        #expect {
            try network.start()
        } throws: { error in
            guard let failure = error as? LocalNetwork.CommandFailure else { return false }
            return failure.exitCode == 1 && failure.output.contains("validator-2") && failure.output.contains("genesis.rlp is malformed")
        }
    }
}

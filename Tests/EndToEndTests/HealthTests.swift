import Foundation
import Primitives
import RPCClient
import TestKit
import Testing

/// What operators are told, by real processes in real trouble.
@Suite(.serialized) struct HealthTests {
    @Test func aChainThatStandsStillIsToldByHealthAndDoctorUntilItGoesOn() async throws {
        let network = try LocalNetwork("health", portBase: 27_200)
        #expect(try network.doctor().isEmpty)
        #expect(try network.health().status == 200)

        try network.kill("validator-1", "validator-2")
        try await eventually("503 of a chain that stands still") {
            let health = try network.health()
            return health.status == 503 && health.body.contains("no block has become final for")
        }
        #expect(try network.health("/health/live").status == 200)
        try await network.says(.tooLittlePower, "The chain stands still since", "with 400000 of 800000 power answer", "start validator-1, validator-2")
        try await network.says(.noAnswer, "validator-1 does not answer at http://127.0.0.1:\(network.portBase + 200)")
        try await network.says(.silentValidator, "The validator validator-1 has been silent for", asking: network.portBase + 198)
        // What it waits for elsewhere says nothing of a clock.
        #expect(try !network.doctor().contains { $0.sentence.contains("clock") })
        #expect(try network.run("status").contains("no block has become final for"))

        for name in ["validator-1", "validator-2"] { try network.restart(name, kind: "validator") }
        try await network.isWell()
        try await eventually("200 of a node that is ready") { try network.health().status == 200 }
    }

    @Test func aFrozenValidatorIsToldToBeSilentAndBehindUntilItGoesOn() async throws {
        let network = try LocalNetwork("frozen", portBase: 27_600)
        try network.signal(SIGSTOP, "validator-4")
        try await network.says(.noAnswer, "validator-4 does not answer at")
        try await network.says(.behind, "validator-4 is", "blocks behind: it catches up")
        #expect(try network.health().status == 200)
        try network.signal(SIGCONT, "validator-4")
        try await network.isWell()
    }

    @Test func aNodeThatEndedByItselfHasLeftItsReasonForTheDoctor() async throws {
        let network = try LocalNetwork("ended", portBase: 28_000)
        try network.kill("rpc-1")
        let genesis = network.home.appending(path: "rpc-1/genesis.rlp")
        let sound = try Data(contentsOf: genesis)
        try Data("not a genesis".utf8).write(to: genesis)
        try network.restart("rpc-1", kind: "full")
        try await network.says(.stopped, "rpc-1 has stopped:", "genesis.rlp is malformed: mend that and start it again.")

        try sound.write(to: genesis)
        try network.restart("rpc-1", kind: "full")
        try await network.isWell()
        #expect(!FileManager.default.fileExists(atPath: network.home.appending(path: "rpc-1/node.stopped").path))
    }
}

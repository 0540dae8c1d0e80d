import Foundation
import RPCClient
import TestKit
import Testing

/// What the doctor says of real nodes in trouble.
@Suite(.serialized) struct DoctorTests {
    @Test func aNodeWhoseStateDivergedStopsAndIsMendedAsTheDoctorSays() async throws {
        let network = try LocalNetwork("diverged", portBase: 28_400)
        try network.kill("rpc-1")
        try network.addWei(to: "rpc-1")
        try network.restart("rpc-1", kind: "full")
        // The first block that touches what was changed has another state here.
        try await network.isWell()
        try network.run("send", "--from", "alice", "--to", "bob", "--amount", "1")
        try await network.says(.diverged, "rpc-1 has stopped: state diverged at height", "delete its data folder and nothing else")

        try FileManager.default.removeItem(at: network.home.appending(path: "rpc-1/data"))
        try network.restart("rpc-1", kind: "full")
        try await network.isWell()
        #expect(try network.run("account", "show", "bob").contains("1000001 QST"))
    }

    @Test func aNodeThatCannotWriteLeavesItsReason() async throws {
        let network = try LocalNetwork("disk", portBase: 28_610)
        let trouble = try TroubleLibrary(in: network.home)
        try network.kill("rpc-1", "validator-4")
        try network.restart("rpc-1", kind: "full", limits: "trap '' XFSZ")
        try network.restart("validator-4", kind: "validator", environment: trouble.environment)
        try await network.isWell()

        let said = "has stopped: the node's own disk cannot be written:"
        // Longer than the note of why it ended, and shorter than its database.
        try network.limitFiles(of: "rpc-1", bytes: 4096)
        try await network.says(.stopped, "rpc-1 \(said)", "File too large", "mend that and start it again")
        try Data().write(to: trouble.full)
        try await network.says(.stopped, "validator-4 \(said)", "signed-ballots.log: No space left on device", "mend that and start it again")

        try network.restart("rpc-1", kind: "full")
        try network.restart("validator-4", kind: "validator")
        try await network.isWell()
    }

    @Test func aNodeThatLagsIsNotReadyUntilItHasCaughtUp() async throws {
        let network = try LocalNetwork("lagging", portBase: 28_820)
        let trouble = try TroubleLibrary(in: network.home)
        try network.restart("rpc-1", kind: "full", with: trouble)
        try await network.isWell()
        // It answers and hears of blocks, and cannot keep any.
        try Data().write(to: trouble.hangs)
        try await network.says(.behind, "rpc-1 is", "blocks behind: it catches up by itself")
        try await eventually("503 of a node that lags") {
            let health = try network.health()
            return health.status == 503 && health.body.contains("syncing") && health.body.contains("blocks behind the validators")
        }
        try FileManager.default.removeItem(at: trouble.hangs)
        try await network.isWell()
        try await eventually("200 of a node that is ready") { try network.health().status == 200 }
    }

    @Test func clocksThatDifferAreNamed() async throws {
        let network = try LocalNetwork("clocks", portBase: 29_030)
        let trouble = try TroubleLibrary(in: network.home)
        try trouble.setClock(3000)
        try network.restart("validator-3", kind: "validator", with: trouble)
        try await network.says(.clock, "validator-3's clock is", "s ahead: synchronise it")
        // Blocks are heard of by those who vote on them.
        let validator = network.portBase + 200
        try await network.says(.validatorClock, "The clock of validator validator-3 is", "s ahead: synchronise it", asking: validator)

        try network.kill("validator-3")
        try trouble.setClock(0)
        try network.restart("validator-3", kind: "validator", environment: trouble.environment)
        try await network.isWell()
        // Nodes follow by a tenth of the time that passes, so this lasts ten minutes.
        try trouble.setClock(-60_000)
        try await network.says(.clockSet, "The system's time was set under validator-3", "s behind): restart the node when the clock is right")
        try trouble.setClock(0)
        try await network.isWell()
    }

    @Test func peersThatAreKeptAwayAreNamedWithTheReason() async throws {
        let network = try LocalNetwork("banned", portBase: 29_240)
        let stranger = try await network.send([0xff], to: "rpc-1")
        try await network.says(.banned, "rpc-1 has banned \(stranger.identity.name.hex) for", "it sent messages that cannot be read")
        await stranger.stop()

        try network.kill("validator-4")
        // A list that says it is a vote, and nothing else.
        let impostor = try await network.send([0xc1, 3], to: "rpc-1", as: "validator-4")
        try await network.says(.ignored, "rpc-1 ignores messages (vote) of validator-4 for", "it sent messages that cannot be read")
        await impostor.stop()
    }

    @Test func nodesThatAreLeftAloneSaySo() async throws {
        let network = try LocalNetwork("alone", portBase: 29_450, operators: 1, community: 1)
        try network.kill("community-1")
        try await network.says(.encryptionNode, "The encryption node community-1 does not answer")

        try network.kill("operator-1")
        try network.killAll()
        try await network.says(.nobodyAnswers, "No node answers")
        try network.restart("rpc-1", kind: "full")
        try await network.says(.noPeers, "rpc-1 has no peers")
        try await network.says(.nothingFinalYet, "No block has become final since the nodes' start")
        try await network.says(.unheardValidator, "The validator validator-1 is heard by no node", asking: network.portBase + 198)
    }

    @Test func aDevnetOnAStandingChainIsNotReadyAndTheDoctorSaysWhoDoesNotVote() async throws {
        let network = try LocalNetwork("standing", portBase: 30_200)
        network.stop()
        for name in ["validator-1", "validator-2"] { try network.replaceConsensusKey(of: name) }
        let output = try network.begin().output.fileHandleForReading
        try await network.says(.noVotes, "no votes come from validator-1, validator-2: their node.log says why")
        try await network.says(.unknownVotes, "votes are known to validators alone: ask one", asking: network.portBase + 198)
        try await network.says(.notInSet, "validator-1 runs as a validator, but its key is not in this epoch's set")
        try await eventually("an answer of every node") {
            try !network.doctor().contains { $0.fault == Diagnosis.Fault.noAnswer.rawValue }
        }
        #expect(try network.health().status == 503)
        var said = pollfd(fd: output.fileDescriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&said, 1, 0) == 0, "devnet says that it is ready")

        network.stop()
        for name in ["validator-1", "validator-2"] { try network.replaceConsensusKey(of: name) }
        try network.start()
        try await network.isWell()
    }

    @Test func aValidatorThatMissesItsTurnsIsSuspended() async throws {
        let network = try LocalNetwork("suspended", portBase: 30_410)
        try network.suspendAfterFiveTurns()
        try network.kill("validator-4")
        let rpc = network.portBase + 198
        try await network.says(.missedTurns, "The validator validator-4 missed its last", "turns and is suspended if that goes on", asking: rpc)
        try await network.says(.suspended, "The validator validator-4 is suspended: its operator finds out why")
    }
}

/// The doctor's sentences that come after half a minute and later: `make drill-doctor`.
@Suite(.serialized, .enabled(if: Drill.isLong)) struct LongDoctorTests {
    @Test func aNodeWhoseDiskHangsIsStuckUntilItGoesOn() async throws {
        let network = try LocalNetwork("stuck", portBase: 30_620)
        let trouble = try TroubleLibrary(in: network.home)
        try network.restart("rpc-1", kind: "full", with: trouble)
        try await network.isWell()
        try Data().write(to: trouble.hangs)
        try await network.says(.stuck, "rpc-1 answers but does not work, consensus has taken no event for", "restart it")
        #expect(try network.health("/health/live").status == 503)
        try FileManager.default.removeItem(at: trouble.hangs)
        try await network.isWell()
    }

    @Test func validatorsThatAgreeOnNoBlockAreToldToLookForRefusedOnes() async throws {
        let network = try LocalNetwork("disagreed", portBase: 30_830)
        // Two have another state than the other two, and neither half can decide.
        for name in ["validator-1", "validator-2"] {
            try network.kill(name)
            try network.addWei(to: name)
            try network.restart(name, kind: "validator")
        }
        try await network.isWell()
        try network.run("send", "--from", "alice", "--to", "bob", "--amount", "1")
        try await network.says(.noAgreement, "enough validators answer and", "so they agree on none: look for refused blocks")
    }

    @Test func validatorsThatCannotReachEachOtherAreNamed() async throws {
        let network = try LocalNetwork("cut", portBase: 31_250)
        let port = { (number: Int) in network.portBase + number - 1 }
        for (own, others) in [([1, 2], [3, 4]), ([3, 4], [1, 2])] {
            let trouble = try TroubleLibrary(in: network.home.appending(path: "wallet"), named: "half-\(own[0])")
            try trouble.refuse(others.map(port))
            for name in own.map({ "validator-\($0)" }) {
                try network.restart(name, kind: "validator", with: trouble)
            }
        }
        try await network.says(.cutOff, "validator-1 hears nothing of validator-3, validator-4;", "see that they can reach each other's endpoints")
        try network.kill("validator-3", "validator-4")
        for name in ["validator-3", "validator-4"] { try network.restart(name, kind: "validator") }
        try await network.isWell()
    }

    @Test func allValidatorsAreSuspendedOneAfterTheOther() async throws {
        let network = try LocalNetwork("all-suspended", portBase: 31_040, epochSeconds: 600)
        try network.suspendAfterFiveTurns()
        for (number, name) in LocalNetwork.validators.enumerated() {
            try network.signal(SIGSTOP, name)
            if number < 3 { try await network.says(.suspended, "The validator \(name) is suspended") }
            if number == 3 { try await network.says(.allSuspended, "All validators are suspended: each operator sends") }
            try network.signal(SIGCONT, name)
        }
    }
}

extension LocalNetwork {
    /// Begins a new chain with short views that suspends a validator after five missed turns in a row.
    fileprivate func suspendAfterFiveTurns() throws {
        stop()
        try changeGenesis {
            $0.economy.parameters[.maximumMissedProposals] = 5
            $0.parameters.heartbeatMilliseconds = 200
            $0.parameters.viewTimeoutMilliseconds = 1000
        }
        try start()
    }
}

import NIOConcurrencyHelpers
import NIOCore
import Networking
import Primitives
import TestKit
import Testing

/// What validators, registered nodes and strangers may expect of a node that others try to fill or to turn against them.
@Suite(.timeLimit(.minutes(2))) struct StandingTests {
    private func connect(_ node: TestNode, seed: UInt8) async throws -> RawPeer {
        try await RawPeer.connect(port: node.port, tls: try HandshakeTests.client(seed))
    }

    private func name(_ seed: UInt8) throws -> Hash { try TestNode.identity(seed).name }

    @Test func aValidatorsSessionOutlivesAllThatIsReportedOfIt() async throws {
        let validator = try name(3)
        let node = try await TestNode(1, members: [validator]).listening()
        let raw = try await connect(node, seed: 3)
        try await node.heard(.connected(validator))
        for _ in 0..<100 {
            node.network.report(.falseMessage, of: validator, kind: 4)
            node.network.report(.undecodableMessage, of: validator, kind: 5)
        }
        #expect(node.network.ignores(kind: 4, of: validator) && node.network.ignores(kind: 5, of: validator))
        #expect(!node.network.ignores(kind: 3, of: validator))
        raw.send(kind: 0, [7])
        try await node.heard(.frame(validator, [7]))
        #expect(node.heard.value == [.connected(validator), .frame(validator, [7])])
        // In time its word counts again.
        node.clock.withLockedValue { $0 += 60_000 }
        #expect(!node.network.ignores(kind: 4, of: validator))
        await raw.close()
        await node.network.stop()
    }

    @Test func aValidatorMayComeBackAfterMalformedFramesButEachTimeLater() async throws {
        let validator = try name(3)
        let node = try await TestNode(1, members: [validator]).listening()
        for (round, wait) in ([1000, 2000, 4000] as [UInt64]).enumerated() {
            let raw = try await connect(node, seed: 3)
            try await node.heard(.connected(validator), times: round + 1)
            raw.send([0xff, 0xff, 0xff, 0xff, 0])
            await raw.closed()
            try await node.heard(.disconnected(validator), times: round + 1)
            node.clock.withLockedValue { $0 += wait - 1 }
            if let early = try? await connect(node, seed: 3) { await early.closed() }
            node.clock.withLockedValue { $0 += 1 }
        }
        let raw = try await connect(node, seed: 3)
        try await node.heard(.connected(validator), times: 4)
        await raw.close()
        await node.network.stop()
    }

    @Test func whatOthersDoAtAnAddressDoesNotKeepAValidatorThereOut() async throws {
        let validator = try name(3)
        var limits = SessionLimits()
        limits.ban.threshold = 50
        let node = try await TestNode(1, members: [validator, try name(5)], limits: limits).listening()
        let present = try await connect(node, seed: 3)
        try await node.heard(.connected(validator))
        for seed in [11, 12, 13] as [UInt8] {
            let raw = try await connect(node, seed: seed)
            raw.send([0xff, 0xff, 0xff, 0xff, 0])
            await raw.closed()
            try await node.heard(.disconnected(try name(seed)))
        }
        let another = try await connect(node, seed: 5)
        try await node.heard(.connected(try name(5)))
        for raw in [present, another] { await raw.close() }
        await node.network.stop()
    }

    @Test func whatOthersDoAtAnAddressKeepsNoPeerOutThatIsStillLookedFor() async throws {
        var limits = SessionLimits()
        limits.ban.threshold = 50
        let node = try await TestNode(1, limits: limits).listening()
        // Nobody is there yet; whom it looks for it dials itself in vain.
        node.network.keep([PeerAddress(name: try name(5), host: "127.0.0.1", port: 1)])
        for seed in [11, 12] as [UInt8] {
            let raw = try await connect(node, seed: seed)
            raw.send([0xff, 0xff, 0xff, 0xff, 0])
            await raw.closed()
            try await node.heard(.disconnected(try name(seed)))
        }
        let peer = try await connect(node, seed: 5)
        try await node.heard(.connected(try name(5)))
        await peer.close()
        await node.network.stop()
    }

    @Test func aMemberThatDoesNotReadMissesMessagesAndStays() async throws {
        let validator = try name(3)
        var limits = SessionLimits()
        limits.members.queuedBytes = 1 << 20
        let node = try await TestNode(1, members: [validator], limits: limits).listening()
        let raw = try await RawPeer.connect(port: node.port, tls: try HandshakeTests.client(3), receiveBuffer: 4096)
        try await raw.channel.setOption(.autoRead, value: false).get()
        try await node.heard(.connected(validator))
        for _ in 0..<1000 { try node.network.send([UInt8](repeating: 1, count: 100_000), to: validator) }
        raw.send(kind: 0, [7])
        try await node.heard(.frame(validator, [7]))
        #expect(node.network.peers == [validator])
        await raw.close()
        await node.network.stop()
    }

    @Test func registeredNodesHaveAPlaceWhenGuestsHaveTakenTheirs() async throws {
        var limits = SessionLimits()
        limits.maximumGuests = 1
        limits.maximumRegistered = 2
        let node = try await TestNode(1, limits: limits).listening()
        node.network.setRegistered([try name(21), try name(22), try name(23)])
        let guest = try await connect(node, seed: 11)
        try await node.heard(.connected(try name(11)))
        let registered = [try await connect(node, seed: 21), try await connect(node, seed: 22)]
        try await node.heard.wait { $0.count == 3 }
        // Their places have a bound as well.
        let third = try await connect(node, seed: 23)
        await third.closed()
        #expect(node.network.peers == [try name(11), try name(21), try name(22)].sorted())
        for raw in registered + [guest] { await raw.close() }
        await node.network.stop()
    }

    @Test func aGuestThatHasLongSaidNothingMakesRoom() async throws {
        var limits = SessionLimits()
        limits.maximumGuests = 2
        let node = try await TestNode(1, limits: limits).listening()
        let (silent, talking) = (try await connect(node, seed: 11), try await connect(node, seed: 12))
        try await node.heard.wait { $0.count == 2 }
        node.clock.withLockedValue { $0 += 30_000 }
        talking.send(kind: 0, [1])
        try await node.heard(.frame(try name(12), [1]))
        let newcomer = try await connect(node, seed: 13)
        try await node.heard(.connected(try name(13)))
        await silent.closed()
        // Now both have been heard lately.
        let refused = try await connect(node, seed: 14)
        await refused.closed()
        #expect(node.network.peers == [try name(12), try name(13)].sorted())
        for raw in [talking, newcomer] { await raw.close() }
        await node.network.stop()
    }

    @Test func anAddressWithManyGuestsMakesRoomForOneWithFewer() async throws {
        var limits = SessionLimits()
        limits.maximumGuests = 2
        let node = try await TestNode(1, limits: limits).listening()
        let (older, newer) = (try await connect(node, seed: 11), try await connect(node, seed: 12))
        try await node.heard.wait { $0.count == 2 }
        node.clock.withLockedValue { $0 += 1000 }
        newer.send(kind: 0, [1])
        try await node.heard(.frame(try name(12), [1]))
        let other = try await RawPeer.connect(port: node.port, tls: try HandshakeTests.client(13), from: "127.0.0.2")
        try await node.heard(.connected(try name(13)))
        await older.closed()
        // Now both have one.
        let refused = try await connect(node, seed: 14)
        await refused.closed()
        #expect(node.network.peers == [try name(12), try name(13)].sorted())
        for raw in [newer, other] { await raw.close() }
        await node.network.stop()
    }

    @Test func theHandshakeOfAnExpectedPeerDoesNotMakeRoomForStrangers() async throws {
        var limits = SessionLimits()
        limits.maximumHandshakes = 3
        let node = try await TestNode(1, limits: limits).listening()
        node.network.keep([PeerAddress(name: try name(3), host: "127.0.0.2", port: 1)])
        let expected = try await RawPeer.connect(port: node.port, from: "127.0.0.2")
        let strangers = [try await RawPeer.connect(port: node.port), try await RawPeer.connect(port: node.port)]
        let gone = Watched<[Int]>([])
        for (number, raw) in ([expected] + strangers).enumerated() {
            raw.channel.closeFuture.whenComplete { _ in gone.change { $0.append(number) } }
        }
        let newcomer = try await RawPeer.connect(port: node.port)
        #expect(try await gone.wait { !$0.isEmpty } == [1])
        for raw in [expected, newcomer] + strangers { await raw.close() }
        await node.network.stop()
    }

    @Test func anAddressThatBeginsHandshakesWithoutEndHasToWait() async throws {
        var limits = SessionLimits()
        limits.savedHandshakesPerAddress = 3
        limits.handshakesPerSecondPerAddress = 1
        let node = try await TestNode(1, limits: limits).listening()
        for seed in [11, 12, 13] as [UInt8] {
            let raw = try await connect(node, seed: seed)
            try await node.heard(.connected(try name(seed)))
            await raw.close()
            try await node.heard(.disconnected(try name(seed)))
        }
        await #expect(throws: (any Error).self) { try await connect(node, seed: 14) }
        #expect(!node.heard.value.contains(.connected(try name(14))))
        node.clock.withLockedValue { $0 += 1000 }
        let raw = try await connect(node, seed: 14)
        try await node.heard(.connected(try name(14)))
        await raw.close()
        await node.network.stop()
    }

    @Test func strangersOfManyAddressesTogetherHaveABoundAndKeepNoPeerOut() {
        var limits = SessionLimits()
        limits.handshakesPerSecond = 10
        limits.savedHandshakes = 20
        var rates = HandshakeRates(limits, now: 0)
        // More addresses than are remembered one by one.
        var taken = 0
        for stranger in 0..<10_000 where rates.take("stranger \(stranger)", isExpected: false, now: 1000) { taken += 1 }
        #expect(taken == 20)
        var isPeerIn = rates.take("validator", isExpected: true, now: 1000)
        #expect(isPeerIn)
        taken = 0
        for stranger in 0..<10_000 where rates.take("stranger \(stranger)", isExpected: false, now: 1500) { taken += 1 }
        #expect(taken == 5)
        isPeerIn = rates.take("validator", isExpected: true, now: 1500)
        #expect(isPeerIn)
    }

    @Test func anExpectedAddressHasItsRateHoweverManyStrangersThereAre() {
        let limits = SessionLimits()
        var rates = HandshakeRates(limits, now: 0)
        // As many addresses as are remembered, all of them busy.
        for stranger in 0..<10_000 { _ = rates.take("stranger \(stranger)", isExpected: false, now: 0) }
        let taken = (0..<10_000).count { _ in rates.take("validator", isExpected: true, now: 0) }
        #expect(taken == limits.savedHandshakesPerAddress)
        let later = (0..<10_000).count { _ in rates.take("validator", isExpected: true, now: 1000) }
        #expect(later == limits.handshakesPerSecondPerAddress)
    }

    @Test func whatAnAddressHasUsedUpIsRememberedUntilItHasItAgain() {
        let limits = SessionLimits()
        var rates = HandshakeRates(limits, now: 0)
        func taken(_ second: Int) -> Int { (0..<1000).count { _ in rates.take("one", isExpected: true, now: UInt64(second) * 1000) } }
        #expect(taken(0) == limits.savedHandshakesPerAddress)
        for second in 1..<50 { #expect(taken(second) == limits.handshakesPerSecondPerAddress) }
        #expect(taken(60) == limits.savedHandshakesPerAddress)
    }

    @Test func theHandshakesOfOneAddressUseUpNoMoreThanItsOwn() {
        let limits = SessionLimits()
        var rates = HandshakeRates(limits, now: 0)
        for _ in 0..<10_000 { _ = rates.take("one", isExpected: false, now: 0) }
        let left = limits.savedHandshakes - limits.savedHandshakesPerAddress
        let others = (0..<left).count { rates.take("other \($0)", isExpected: false, now: 0) }
        #expect(others == left)
    }

    @Test func theDefaultsOfAHundredValidatorsFitIntoAHostOfSixteenGigabytes() {
        #expect(SessionLimits().worstCaseBytes(members: 100) < 6 << 30)
    }
}

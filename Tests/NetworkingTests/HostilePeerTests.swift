import NIOConcurrencyHelpers
import NIOCore
import Networking
import Primitives
import TestKit
import Testing

/// Peers that break rules are refused, bounded, and do not keep a node from serving honest ones.
@Suite(.timeLimit(.minutes(2))) struct HostilePeerTests {
    private let stranger = try! TestNode.identity(3).name

    private func connect(_ node: TestNode, seed: UInt8 = 3, receiveBuffer: Int? = nil) async throws -> RawPeer {
        try await RawPeer.connect(port: node.port, tls: try HandshakeTests.client(seed), receiveBuffer: receiveBuffer)
    }

    @Test func garbageInsteadOfAHandshakeEndsTheConnection() async throws {
        let node = try await TestNode(1).listening()
        for length in [1, 5, 64, 5000] {
            let raw = try await RawPeer.connect(port: node.port)
            raw.send((0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 200) })
            if length >= 64 { await raw.closed() } else { await raw.close() }
        }
        try await node.serves(2)
        await node.network.stop()
    }

    @Test(arguments: [
        [0xff, 0xff, 0xff, 0xff, 0], [0, 0, 0, 0], [0, 0, 0, 1, 99], [0, 0, 0, 2, 3, 0], [0, 0x10, 0, 1, 0], [0xde, 0xad, 0xbe, 0xef, 0x00],
    ])
    func aMalformedFrameEndsTheSession(_ bytes: [UInt8]) async throws {
        let node = try await TestNode(1).listening()
        let raw = try await connect(node)
        raw.send(bytes)
        await raw.closed()
        try await node.heard(.disconnected(stranger))
        #expect(node.heard.value == [.connected(stranger), .disconnected(stranger)])
        try await node.serves(2)
        await node.network.stop()
    }

    @Test func aTruncatedFrameIsNeverDelivered() async throws {
        let node = try await TestNode(1).listening()
        let raw = try await connect(node)
        raw.send(RawPeer.frame(0, [UInt8](repeating: 1, count: 1000)).dropLast())
        await raw.close()
        try await node.heard(.disconnected(stranger))
        #expect(node.heard.value == [.connected(stranger), .disconnected(stranger)])
        try await node.serves(2)
        await node.network.stop()
    }

    @Test func repeatedFaultsBanAKeyUntilTheBanEnds() async throws {
        let node = try await TestNode(1).listening()
        for _ in 0..<2 {
            let raw = try await connect(node)
            raw.send([0xff, 0xff, 0xff, 0xff, 0])
            await raw.closed()
        }
        try await node.heard(.disconnected(stranger), times: 2)
        if let banned = try? await connect(node) { await banned.closed() }
        try await node.serves(2)
        #expect(node.heard.value.count { $0 == .connected(stranger) } == 2)

        node.clock.withLockedValue { $0 += 599_999 }
        if let banned = try? await connect(node) { await banned.closed() }
        try await node.serves(4)
        #expect(node.heard.value.count { $0 == .connected(stranger) } == 2)

        node.clock.withLockedValue { $0 += 1 }
        let forgiven = try await connect(node)
        try await node.heard(.connected(stranger), times: 3)
        await forgiven.close()
        await node.network.stop()
    }

    @Test func faultsThatLieFarApartAreForgiven() async throws {
        let node = try await TestNode(1).listening()
        for round in 1...4 {
            let raw = try await connect(node)
            raw.send([0xff, 0xff, 0xff, 0xff, 0])
            try await node.heard(.disconnected(stranger), times: round)
            node.clock.withLockedValue { $0 += 50_000 }
        }
        #expect(node.heard.value.count { $0 == .connected(stranger) } == 4)
        await node.network.stop()
    }

    @Test func whatTheOwnerReportsLeadsToABan() async throws {
        let node = try await TestNode(1).listening()
        let raw = try await connect(node)
        try await node.heard(.connected(stranger))
        node.network.report(.undecodableMessage, of: stranger)
        node.network.report(.undecodableMessage, of: stranger)
        await raw.closed()
        try await node.heard(.disconnected(stranger))
        if let banned = try? await connect(node) { await banned.closed() }
        try await node.serves(2)
        #expect(node.heard.value.count { $0 == .connected(stranger) } == 1)
        await node.network.stop()
    }

    @Test func anAddressWithFailedHandshakesIsBannedForAWhile() async throws {
        var limits = SessionLimits()
        limits.ban.threshold = 10
        let node = try await TestNode(1, limits: limits).listening()
        for _ in 0..<2 {
            let raw = try await RawPeer.connect(port: node.port)
            raw.send([UInt8](repeating: 0x20, count: 100))
            await raw.closed()
        }
        await #expect(throws: (any Error).self) { try await connect(node) }
        #expect(node.heard.value.isEmpty)
        node.clock.withLockedValue { $0 += 600_000 }
        try await node.serves(2)
        await node.network.stop()
    }

    @Test func connectionsThatSayNothingMakeRoomForOthers() async throws {
        var limits = SessionLimits()
        limits.maximumHandshakes = 4
        let node = try await TestNode(1, limits: limits).listening()
        var silent: [RawPeer] = []
        for _ in 0..<12 { silent.append(try await RawPeer.connect(port: node.port)) }
        for raw in silent.prefix(8) { await raw.closed() }
        #expect(node.network.connectionCount <= 4)
        try await node.serves(2)
        await node.network.stop()
        for raw in silent { await raw.closed() }
    }

    @Test func connectionsOfOneAddressAreCapped() async throws {
        var limits = SessionLimits()
        limits.maximumHandshakesPerAddress = 2
        let node = try await TestNode(1, limits: limits).listening()
        var silent: [RawPeer] = []
        for _ in 0..<3 { silent.append(try await RawPeer.connect(port: node.port)) }
        await silent[2].closed()
        await silent[0].close()
        // None may be left where the silent one has run into the handshake's time limit.
        try await eventually { node.network.connectionCount <= 1 }
        try await node.serves(2)
        await node.network.stop()
    }

    @Test func membersHaveAPlaceWhenGuestsHaveTakenTheirs() async throws {
        var limits = SessionLimits()
        limits.maximumGuests = 2
        let node = try await TestNode(1, members: [try TestNode.identity(2).name], limits: limits).listening()
        let guests = [try await connect(node, seed: 11), try await connect(node, seed: 12)]
        try await node.heard.wait { $0.count == 2 }
        let third = try await connect(node, seed: 13)
        await third.closed()
        #expect(!node.heard.value.contains(.connected(try TestNode.identity(13).name)))
        try await node.serves(2)
        for guest in guests { await guest.close() }
        try await node.heard(.disconnected(try TestNode.identity(12).name))
        try await node.heard(.disconnected(try TestNode.identity(11).name))
        try await node.serves(13)
        await node.network.stop()
    }

    @Test func moreFramesInASecondThanAllowedScore() async throws {
        var limits = SessionLimits()
        limits.guests.framesPerSecond = 10
        limits.ban.threshold = 2
        let node = try await TestNode(1, limits: limits).listening()
        let raw = try await connect(node)
        raw.send((0..<11).flatMap { _ in RawPeer.frame(1) })
        await raw.closed()
        try await node.heard(.disconnected(stranger))
        // Its address answers for a banned guest, with more points than the threshold of this test.
        await #expect(throws: (any Error).self) { try await connect(node, seed: 4) }
        node.clock.withLockedValue { $0 += 600_000 }
        try await node.serves(2)
        await node.network.stop()
    }

    @Test func pingsAreNotAnsweredFasterThanTheAnswersAreTaken() async throws {
        var limits = SessionLimits()
        limits.guests.framesPerSecond = .max
        limits.guests.queuedBytes = 4096
        let node = try await TestNode(1, limits: limits).listening()
        let raw = try await connect(node, receiveBuffer: 4096)
        try await raw.channel.setOption(.autoRead, value: false).get()
        // Their answers are more than both sockets hold; a second one that waits would count against the queue.
        let many = (0..<1000).flatMap { _ in RawPeer.frame(1) }
        for _ in 0..<400 { raw.send(many) }
        raw.send(kind: 0, [5])
        try await node.heard(.frame(stranger, [5]))
        #expect(node.network.peers == [stranger])
        await node.network.stop()
    }

    @Test func guestsThatDoNotReadAreDroppedBeforeTheyFillTheMemoryTogether() async throws {
        var limits = SessionLimits()
        limits.guests.queuedBytes = .max
        limits.maximumQueuedGuestBytes = 1 << 20
        let node = try await TestNode(1, limits: limits).listening()
        let raw = try await connect(node, receiveBuffer: 4096)
        try await raw.channel.setOption(.autoRead, value: false).get()
        try await node.heard(.connected(stranger))
        try await eventually {
            try? node.network.send([UInt8](repeating: 1, count: 100_000), to: stranger)
            return node.network.peers.isEmpty
        }
        try await node.serves(2)
        await node.network.stop()
    }

    @Test func aPeerThatIsNotHandledFastEnoughIsNotRead() async throws {
        let bound = 64 << 10
        var limits = SessionLimits()
        limits.guests.unhandledBytes = bound
        let held = Watched<[PeerFrame]>([])
        let handled = NIOLockedValueBox((bytes: 0, most: 0))
        let hog = stranger
        let node = try await TestNode(1, limits: limits) { event in
            guard case .frame(hog, let frame) = event else { return }
            held.change { $0.append(frame) }
            handled.withLockedValue {
                $0.bytes += frame.bytes.count
                $0.most = max($0.most, held.value.reduce(0) { $0 + $1.bytes.count })
            }
        }.listening()
        let raw = try await connect(node)
        let (size, count) = (8 << 10, 2000)
        for _ in 0..<count { raw.send(kind: 0, [UInt8](repeating: 1, count: size)) }
        // Meanwhile another peer is served.
        try await held.wait { $0.count * size >= bound }
        try await node.serves(2)
        while handled.withLockedValue({ $0.bytes }) < size * count {
            let before = handled.withLockedValue { $0.bytes }
            held.change { $0 = [] }
            try await eventually { handled.withLockedValue { $0.bytes } > before }
        }
        #expect(handled.withLockedValue { $0.most } <= bound + 1 << 20)
        await node.network.stop()
    }
}

import NIOCore
import NIOPosix
import Networking
import Primitives
import TestKit
import Testing

/// One session for each peer, kept up and reported in order.
@Suite(.timeLimit(.minutes(2))) struct PeerNetworkTests {
    @Test func aSessionComesBackAfterThePeerRestarts() async throws {
        let first = try await TestNode(1).listening()
        let (address, client) = (first.address, try TestNode(2))
        client.network.keep([address])
        try await client.heard(.connected(address.name))
        await first.network.stop()
        try await client.heard(.disconnected(address.name))
        let second = try await TestNode(1).listening(at: address.port)
        try await client.heard(.connected(address.name), times: 2)
        try await second.heard(.connected(client.name))
        try client.network.send([4], to: address.name)
        try await second.heard(.frame(client.name, [4]))
        #expect(client.heard.value == [.connected(address.name), .disconnected(address.name), .connected(address.name)])
        await client.network.stop()
        await second.network.stop()
    }

    @Test func ofTwoSessionsThatCrossOneStays() async throws {
        let (a, b) = (try await TestNode(1).listening(), try await TestNode(2).listening())
        a.network.keep([b.address])
        b.network.keep([a.address])
        try await a.heard(.connected(b.name))
        try await b.heard(.connected(a.name))
        try await eventually {
            a.network.connectionCount == 1 && b.network.connectionCount == 1 && a.network.peers == [b.name] && b.network.peers == [a.name]
        }
        try a.network.send([1], to: b.name)
        try b.network.send([2], to: a.name)
        try await b.heard(.frame(a.name, [1]))
        try await a.heard(.frame(b.name, [2]))
        await a.network.stop()
        await b.network.stop()
    }

    @Test func aReplacedSessionIsAnnounced() async throws {
        let node = try await TestNode(1).listening()
        let tls = try HandshakeTests.client(3)
        let name = try TestNode.identity(3).name
        let old = try await RawPeer.connect(port: node.port, tls: tls)
        old.send(kind: 0, [1])
        try await node.heard(.frame(name, [1]))
        let new = try await RawPeer.connect(port: node.port, tls: tls)
        await old.closed()
        new.send(kind: 0, [2])
        try await node.heard(.frame(name, [2]))
        #expect(node.heard.value == [.connected(name), .frame(name, [1]), .disconnected(name), .connected(name), .frame(name, [2])])
        await node.network.stop()
    }

    @Test func framesOfOnePeerStayInOrder() async throws {
        let (a, b) = (try await TestNode(1).listening(), try TestNode(2))
        b.network.keep([a.address])
        try await b.heard(.connected(a.name))
        for number in 0..<500 { try b.network.send([UInt8(number & 255), UInt8(number >> 8)], to: a.name) }
        try await a.heard.wait { $0.count == 501 }
        #expect(a.heard.value.dropFirst() == (0..<500).map { .frame(b.name, [UInt8($0 & 255), UInt8($0 >> 8)]) }[...])
        await b.network.stop()
        await a.network.stop()
    }

    @Test func aFrameThatIsTooLongIsNotSent() async throws {
        var limits = SessionLimits()
        limits.guests.maximumFrameBytes = 100
        let (a, b) = (try await TestNode(1, limits: limits).listening(), try TestNode(2, limits: limits))
        b.network.keep([a.address])
        try await b.heard(.connected(a.name))
        #expect(throws: SessionError.frameTooLong(bytes: 101)) { try b.network.send([UInt8](repeating: 0, count: 100), to: a.name) }
        let longest = [UInt8](repeating: 0, count: 99)
        try b.network.send(longest, to: a.name)
        try await a.heard(.frame(b.name, longest))
        await b.network.stop()
        await a.network.stop()
    }

    @Test func configuredPeersAreKeptUpWhateverElseIs() async throws {
        let (a, b, c) = (try await TestNode(1).listening(), try await TestNode(2).listening(), try await TestNode(3).listening())
        let nowhere = PeerAddress(name: a.name, host: "127.0.0.1", port: 1)
        let itself = PeerAddress(name: try TestNode.identity(4).name, host: "127.0.0.1", port: a.port)
        let client = try TestNode(4, configured: [a.address, itself])
        #expect(client.network.connectionCount == 0)
        client.network.keep([])
        try await client.heard(.connected(a.name))
        // What the operator wrote comes before what others say of the same peer.
        client.network.keep([nowhere, b.address])
        try await client.heard(.connected(b.name))
        client.network.keep([c.address])
        try await client.heard(.connected(c.name))
        await a.network.stop()
        try await client.heard(.disconnected(a.name))
        let again = try await TestNode(1).listening(at: a.port)
        try await client.heard(.connected(a.name), times: 2)
        await client.network.stop()
        for node in [again, b, c] { await node.network.stop() }
    }

    @Test func whomThisSideDialsMaySendItWhatMembersMayAndNotTheOtherWayRound() async throws {
        var limits = SessionLimits()
        (limits.guests.maximumFrameBytes, limits.members.maximumFrameBytes) = (100, 1000)
        let (a, b) = (try await TestNode(1, limits: limits).listening(), try TestNode(2, limits: limits))
        b.network.keep([a.address])
        try await b.heard(.connected(a.name))
        try await a.heard(.connected(b.name))
        let long = [UInt8](repeating: 7, count: 999)
        try a.network.send(long, to: b.name)
        try await b.heard(.frame(a.name, long))
        #expect(throws: SessionError.frameTooLong(bytes: 1001)) { try a.network.send(long + [7], to: b.name) }
        #expect(throws: SessionError.frameTooLong(bytes: 101)) { try b.network.send([UInt8](repeating: 7, count: 100), to: a.name) }
        await b.network.stop()
        await a.network.stop()
    }

    @Test func stoppingClosesWhatIsAcceptedShakingHandsOrDialled() async throws {
        let silentServer = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
        let node = try await TestNode(1).listening()
        let accepted = try await RawPeer.connect(port: node.port, tls: try HandshakeTests.client(3))
        try await node.heard(.connected(try TestNode.identity(3).name))
        let shaking = try await RawPeer.connect(port: node.port)
        node.network.keep([
            PeerAddress(name: try TestNode.identity(4).name, host: "127.0.0.1", port: silentServer.localAddress?.port ?? 0)
        ])
        try await eventually { node.network.connectionCount == 3 }
        await node.network.stop()
        #expect(node.network.connectionCount == 0)
        await accepted.closed()
        await shaking.closed()
        try await silentServer.close()
    }

    @Test func anEmptySigningContextIsRefused() throws {
        let identity = try TestNode.identity(1)
        #expect(throws: NodeIdentity.Failure.emptyContext) { try identity.sign([1], context: []) }
        #expect(try identity.sign([1], context: [1]).count == 3309)
    }
}

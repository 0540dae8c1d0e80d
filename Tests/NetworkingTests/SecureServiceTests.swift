import NIOPosix
import Networking
import Primitives
import Testing

/// Requests: bounded at the server, answered in any order, and never left hanging.
@Suite(.timeLimit(.minutes(2))) struct SecureServiceTests {
    /// A server whose handler answers `[0]` at once and anything else when its gate opens.
    private struct Gated {
        let server: SecureServer
        let running: Watched<Int>
        let isOpen: Watched<Bool>

        init(_ limits: SessionLimits = .service) async throws {
            let (running, isOpen) = (Watched(0), Watched(false))
            (self.running, self.isOpen) = (running, isOpen)
            server = try await SecureServer.start(
                host: "127.0.0.1", port: 0, identity: try TestNode.identity(1), group: MultiThreadedEventLoopGroup.singleton, limits: limits
            ) { _, bytes in
                guard bytes != [0] else { return [0] }
                running.change { $0 += 1 }
                _ = try? await isOpen.wait { $0 }
                running.change { $0 -= 1 }
                return Array(bytes.reversed())
            }
        }

        func session(_ seed: UInt8 = 2, limits: SessionLimits = .service) async throws -> Session {
            let identity = try TestNode.identity(seed)
            let client = try SecureClient(identity: identity, group: MultiThreadedEventLoopGroup.singleton, limits: limits)
            return try await client.connect(to: PeerAddress(name: try TestNode.identity(1).name, host: "127.0.0.1", port: server.port))
        }
    }

    @Test func aFullServerSaysBusyAndRecovers() async throws {
        var limits = SessionLimits.service
        (limits.maximumServedRequests, limits.maximumGuests) = (1, 2)
        let gated = try await Gated(limits)
        let (one, other) = (try await gated.session(2), try await gated.session(3))
        async let first = one.request([1, 2, 3])
        try await gated.running.wait { $0 == 1 }
        await #expect(throws: SessionError.busy) { try await other.request([0]) }
        await #expect(throws: SessionError.busy) { try await one.request([0]) }
        gated.isOpen.change { $0 = true }
        #expect(try await first == [3, 2, 1])
        #expect(try await other.request([0]) == [0])
        await gated.server.stop()
    }

    @Test func theBytesOfRequestsAreBoundedToo() async throws {
        var limits = SessionLimits.service
        limits.maximumServedBytes = 1000
        let gated = try await Gated(limits)
        let session = try await gated.session()
        await #expect(throws: SessionError.busy) { try await session.request([UInt8](repeating: 1, count: 1001)) }
        async let first = session.request([UInt8](repeating: 1, count: 600))
        try await gated.running.wait { $0 == 1 }
        await #expect(throws: SessionError.busy) { try await session.request([UInt8](repeating: 1, count: 401)) }
        gated.isOpen.change { $0 = true }
        #expect(try await first.count == 600)
        #expect(try await session.request([UInt8](repeating: 1, count: 1000)).count == 1000)
        await gated.server.stop()
    }

    @Test func oneSessionCannotTakeMoreThanItsShare() async throws {
        var limits = SessionLimits.service
        limits.maximumRequestsInFlight = 1
        let gated = try await Gated(limits)
        let (hog, other) = (try await gated.session(2), try await gated.session(3))
        async let first = hog.request([1])
        try await gated.running.wait { $0 == 1 }
        await #expect(throws: SessionError.busy) { try await hog.request([0]) }
        #expect(try await other.request([0]) == [0])
        gated.isOpen.change { $0 = true }
        #expect(try await first == [1])
        await gated.server.stop()
    }

    @Test func sessionsThatAskForEverythingDoNotKeepAnotherOneWaiting() async throws {
        var limits = SessionLimits.service
        (limits.maximumServedRequests, limits.maximumGuests) = (4, 4)
        let gated = try await Gated(limits)
        let hogs = [try await gated.session(2), try await gated.session(3)]
        let asked = hogs.flatMap { hog in (0..<2).map { _ in Task { try await hog.request([1]) } } }
        try await gated.running.wait { $0 == 4 }
        await #expect(throws: SessionError.busy) { try await hogs[0].request([0]) }
        #expect(try await gated.session(4).request([0]) == [0])
        gated.isOpen.change { $0 = true }
        for task in asked { #expect(try await task.value == [1]) }
        await gated.server.stop()
    }

    @Test func theCallersOfOneAddressDoNotKeepAnotherOut() async throws {
        var limits = SessionLimits.service
        limits.maximumGuests = 2
        let gated = try await Gated(limits)
        let hogs = [try await gated.session(2), try await gated.session(3)]
        for hog in hogs { #expect(try await hog.request([0]) == [0]) }
        // There is no place for a third of theirs.
        await #expect(throws: (any Error).self) { try await gated.session(4).request([0]) }
        let tls = try HandshakeTests.client(9)
        let other = try await RawPeer.connect(port: gated.server.port, tls: tls, from: "127.0.0.2")
        other.send(kind: 3, [0, 0, 0, 0, 0, 0, 0, 7, 0])
        let answer = RawPeer.frame(4, [0, 0, 0, 0, 0, 0, 0, 7, 0])
        try await other.received.wait { $0 == answer }
        await other.close()
        await gated.server.stop()
    }

    @Test func aRequestThatTimedOutNoLongerCounts() async throws {
        var limits = SessionLimits.service
        limits.maximumRequestsInFlight = 1
        let gated = try await Gated()
        let session = try await gated.session(limits: limits)
        await #expect(throws: SessionError.timeout) { try await session.request([1], timeoutMilliseconds: 1) }
        #expect(try await session.request([0]) == [0])
        gated.isOpen.change { $0 = true }
        await gated.server.stop()
    }

    @Test func aClientDoesNotSendMoreRequestsThanASessionMayHave() async throws {
        var limits = SessionLimits.service
        limits.maximumRequestsInFlight = 1
        let gated = try await Gated()
        let session = try await gated.session(limits: limits)
        async let first = session.request([1])
        try await gated.running.wait { $0 == 1 }
        await #expect(throws: SessionError.tooManyRequests) { try await session.request([0]) }
        gated.isOpen.change { $0 = true }
        #expect(try await first == [1])
        await gated.server.stop()
    }

    @Test func aCancelledTaskDoesNotWaitForItsAnswer() async throws {
        let gated = try await Gated()
        let session = try await gated.session()
        let task = Task { try await session.request([1]) }
        try await gated.running.wait { $0 == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await session.request([1])
        }
        await #expect(throws: CancellationError.self) { try await late.value }
        gated.isOpen.change { $0 = true }
        #expect(try await session.request([0]) == [0])
        await gated.server.stop()
    }

    @Test func stoppingAServerEndsItsSessions() async throws {
        let gated = try await Gated()
        let session = try await gated.session()
        let first = Task { try await session.request([1]) }
        try await gated.running.wait { $0 == 1 }
        await gated.server.stop()
        await #expect(throws: SessionError.closed) { try await first.value }
        await #expect(throws: SessionError.closed) { try await session.request([0]) }
        gated.isOpen.change { $0 = true }
    }

    @Test func aRequestThatIsTooLongIsNotSent() async throws {
        let gated = try await Gated()
        let session = try await gated.session()
        let size = TrafficLimits.caller.maximumFrameBytes
        await #expect(throws: SessionError.frameTooLong(bytes: size + 1)) {
            try await session.request([UInt8](repeating: 0, count: size - 8))
        }
        #expect(try await session.request([0]) == [0])
        await gated.server.stop()
    }

    @Test func messagesAndGarbageDoNotStopAServer() async throws {
        let gated = try await Gated()
        for bytes in [RawPeer.frame(0, [1]), RawPeer.frame(3, [1]), [0xff, 0xff, 0xff, 0xff]] {
            let raw = try await RawPeer.connect(port: gated.server.port, tls: try HandshakeTests.client(9))
            raw.send(bytes)
            await raw.closed()
        }
        #expect(try await gated.session().request([0]) == [0])
        await gated.server.stop()
    }
}

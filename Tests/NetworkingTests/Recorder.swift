import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Networking
import Primitives
import TestKit

/// Something that tests wait for: they look again whenever it changes, never sleep, and give up after a minute.
final class Watched<Value: Sendable>: Sendable {
    private struct Waiter {
        let number: Int
        let holds: @Sendable (Value) -> Bool
        let promise: EventLoopPromise<Value>
    }

    private struct State {
        var value: Value
        var waiters: [Waiter] = []
        var count = 0
    }

    private let state: NIOLockedValueBox<State>

    init(_ value: Value) { state = NIOLockedValueBox(State(value: value)) }

    var value: Value { state.withLockedValue { $0.value } }

    func change(_ body: (inout Value) -> Void) {
        let (value, ready): (Value, [Waiter]) = state.withLockedValue { state in
            body(&state.value)
            let value = state.value
            let ready = state.waiters.filter { $0.holds(value) }
            state.waiters.removeAll { $0.holds(value) }
            return (value, ready)
        }
        for waiter in ready { waiter.promise.succeed(value) }
    }

    @discardableResult
    func wait(_ holds: @escaping @Sendable (Value) -> Bool) async throws -> Value {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: Value.self)
        let (now, number): (Value?, Int) = state.withLockedValue { state in
            guard !holds(state.value) else { return (state.value, 0) }
            state.count += 1
            state.waiters.append(Waiter(number: state.count, holds: holds, promise: promise))
            return (nil, state.count)
        }
        if let now { promise.succeed(now) }
        let end = loop.scheduleTask(in: .seconds(60)) { self.giveUp(number) }
        defer { end.cancel() }
        return try await promise.futureResult.get()
    }

    private func giveUp(_ number: Int) {
        let late = state.withLockedValue { state -> Waiter? in
            let late = state.waiters.first { $0.number == number }
            state.waiters.removeAll { $0.number == number }
            return late
        }
        late?.promise.fail(NeverHappened(description: "what a test waited for did not come about within a minute"))
    }
}

enum Heard: Hashable, Sendable {
    case connected(Hash)
    case disconnected(Hash)
    case frame(Hash, [UInt8])
}

/// A peer network that writes down what it hears.
final class TestNode: Sendable {
    let identity: NodeIdentity
    let network: PeerNetwork
    let heard: Watched<[Heard]>
    let clock: NIOLockedValueBox<UInt64>
    private let boundPort = NIOLockedValueBox(0)

    init(
        _ seed: UInt8, configured: [PeerAddress] = [], members: Set<Hash> = [], limits: SessionLimits = SessionLimits(),
        alsoDeliver: @escaping @Sendable (PeerEvent) -> Void = { _ in }
    ) throws {
        let (heard, clock) = (Watched<[Heard]>([]), NIOLockedValueBox<UInt64>(1_000_000))
        (self.heard, self.clock) = (heard, clock)
        identity = try Self.identity(seed)
        network = try PeerNetwork(
            identity: identity, configured: configured, members: members, group: MultiThreadedEventLoopGroup.singleton, limits: limits,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { clock.withLockedValue { $0 } }
        ) { event in
            alsoDeliver(event)
            switch event {
            case .connected(let peer): heard.change { $0.append(.connected(peer)) }
            case .disconnected(let peer): heard.change { $0.append(.disconnected(peer)) }
            case .frame(let peer, let frame): heard.change { $0.append(.frame(peer, frame.bytes)) }
            }
        }
    }

    static func identity(_ seed: UInt8) throws -> NodeIdentity { try NodeIdentity(seed: [UInt8](repeating: seed, count: 32)) }

    var name: Hash { identity.name }
    var port: Int { boundPort.withLockedValue { $0 } }
    var address: PeerAddress { PeerAddress(name: name, host: "127.0.0.1", port: port) }

    @discardableResult
    func listening(at port: Int = 0) async throws -> TestNode {
        let bound = try await network.listen(host: "127.0.0.1", port: port)
        boundPort.withLockedValue { $0 = bound }
        return self
    }

    func heard(_ event: Heard, times: Int = 1) async throws {
        try await heard.wait { $0.count { $0 == event } >= times }
    }

    /// Shows that this node still serves a peer with an honest identity.
    func serves(_ seed: UInt8) async throws {
        let honest = try TestNode(seed)
        honest.network.keep([address])
        try await honest.heard(.connected(name))
        try await heard(.connected(honest.name))
        try network.send([1, 2, 3], to: honest.name)
        try await honest.heard(.frame(name, [1, 2, 3]))
        await honest.network.stop()
    }
}

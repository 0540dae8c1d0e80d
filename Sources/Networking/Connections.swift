import NIOConcurrencyHelpers
import NIOCore

/// What a peer is to a node, which decides what it may do and whether there is a place for it.
enum Standing: Hashable, Sendable {
    /// One of the validators.
    case member
    /// Known to the chain otherwise.
    case registered
    case guest
}

/// When a peer last said something of its own accord.
final class Activity: Sendable {
    private let last: NIOLockedValueBox<UInt64>
    /// Milliseconds that never run backwards.
    private let now: @Sendable () -> UInt64

    init(now: @escaping @Sendable () -> UInt64) {
        self.now = now
        last = NIOLockedValueBox(now())
    }

    func touch() { last.withLockedValue { $0 = now() } }
    var idleMilliseconds: UInt64 { now() - min(now(), last.withLockedValue { $0 }) }
}

/// The open connections of an endpoint, from the first packet on, within limits on their number.
final class Connections: Sendable {
    private enum Stage: Hashable { case handshake, dialled, session(Standing) }

    private struct Entry {
        let channel: any Channel
        let address: String
        let number: UInt64
        /// Whether one of this node's own peers is looked for, or has been found, where it comes from.
        let isExpected: Bool
        var stage: Stage
        var activity: Activity?
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var next: UInt64 = 0
        var closed = false
        var rates: HandshakeRates
        /// Addresses at which this node looks for peers.
        var expected: Set<String> = []

        /// Counting anew each time costs little and cannot go wrong.
        func count(_ stage: Stage, _ address: String? = nil) -> Int {
            entries.values.count { $0.stage == stage && (address == nil || $0.address == address) }
        }

        /// Whether this node looks for peers of its own there, or a member or registered node has a session from there.
        func expects(_ address: String) -> Bool {
            expected.contains(address) || hasPeers(address)
        }

        private func hasPeers(_ address: String) -> Bool {
            entries.values.contains { $0.address == address && ($0.stage == .session(.member) || $0.stage == .session(.registered)) }
        }
    }

    private let state: NIOLockedValueBox<State>
    private let limits: SessionLimits
    private let now: @Sendable () -> UInt64

    /// - Parameter now: milliseconds that never run backwards.
    init(_ limits: SessionLimits, now: @escaping @Sendable () -> UInt64) {
        self.limits = limits
        self.now = now
        state = NIOLockedValueBox(State(rates: HandshakeRates(limits, now: now())))
    }

    /// Registers an accepted connection, or returns false when there is no room for it.
    ///
    /// When all places are taken a handshake makes room, so that whoever holds connections open without finishing does not
    /// keep others out: the oldest of a stranger, because however many strangers come, a peer on a slow link must get through.
    func accept(_ channel: any Channel, from address: String) -> Bool {
        let (admitted, evicted): (Bool, (any Channel)?) = state.withLockedValue { state in
            let isExpected = state.expects(address)
            guard !state.closed, state.count(.handshake, address) < limits.maximumHandshakesPerAddress,
                state.rates.take(address, isExpected: isExpected, now: now())
            else { return (false, nil) }
            let full = state.count(.handshake) >= limits.maximumHandshakes
            let handshakes = full ? state.entries.filter { $0.value.stage == .handshake } : [:]
            let first = handshakes.min { ($0.value.isExpected ? 1 : 0, $0.value.number) < ($1.value.isExpected ? 1 : 0, $1.value.number) }
            if let first { state.entries[first.key] = nil }
            add(channel, address, .handshake, isExpected: isExpected, to: &state)
            return (true, first?.value.channel)
        }
        evicted?.abort()
        return admitted
    }

    /// Registers a connection that this side opens; false when everything is being closed.
    func dial(_ channel: any Channel) -> Bool {
        state.withLockedValue { state in
            guard !state.closed else { return false }
            add(channel, "", .dialled, isExpected: true, to: &state)
            return true
        }
    }

    private func add(_ channel: any Channel, _ address: String, _ stage: Stage, isExpected: Bool, to state: inout State) {
        state.next += 1
        state.entries[ObjectIdentifier(channel)] = Entry(
            channel: channel, address: address, number: state.next, isExpected: isExpected, stage: stage)
        channel.closeFuture.whenComplete { [self, id = ObjectIdentifier(channel)] _ in self.state.withLockedValue { $0.entries[id] = nil } }
    }

    /// Whether there is a place for a session whose handshake is over. A guest may get another's (`guestThatMakesRoom`).
    func enter(_ channel: any Channel, as standing: Standing, _ activity: Activity) -> Bool {
        let (admitted, evicted): (Bool, (any Channel)?) = state.withLockedValue { state in
            let id = ObjectIdentifier(channel)
            guard let entry = state.entries[id] else { return (false, nil) }
            guard entry.stage == .handshake else { return (true, nil) }
            var last: (key: ObjectIdentifier, value: Entry)?
            switch standing {
            case .member: break
            case .registered: guard state.count(.session(.registered)) < limits.maximumRegistered else { return (false, nil) }
            case .guest:
                guard state.count(.session(.guest), entry.address) < limits.maximumGuestsPerAddress else { return (false, nil) }
                if state.count(.session(.guest)) >= limits.maximumGuests {
                    last = guestThatMakesRoom(for: entry.address, state)
                    guard last != nil else { return (false, nil) }
                }
            }
            if let last { state.entries[last.key] = nil }
            state.entries[id]?.stage = .session(standing)
            state.entries[id]?.activity = activity
            return (true, last?.value.channel)
        }
        evicted?.abort()
        return admitted
    }

    /// The guest that has been idle for the longest time: of all, where that is long; otherwise of the address with the most
    /// guests, so that no address keeps others out. nil where the newcomer's address would have as many.
    private func guestThatMakesRoom(for address: String, _ state: State) -> (key: ObjectIdentifier, value: Entry)? {
        let guests = state.entries.filter { $0.value.stage == .session(.guest) }
        func longestIdle(_ guests: [ObjectIdentifier: Entry]) -> (key: ObjectIdentifier, value: Entry)? {
            guests.max { ($0.value.activity?.idleMilliseconds ?? 0) < ($1.value.activity?.idleMilliseconds ?? 0) }
        }
        let longest = longestIdle(guests)
        if let longest, longest.value.activity?.idleMilliseconds ?? 0 >= limits.guestIdleSeconds * 1000 { return longest }
        let shares = Dictionary(grouping: guests.values, by: \.address).mapValues(\.count)
        guard let most = shares.max(by: { $0.value < $1.value }), most.value > shares[address, default: 0] + 1 else { return nil }
        return longestIdle(guests.filter { $0.value.address == most.key })
    }

    /// Whether peers of this node's own are there, or may come: such an address is not banned for what others do.
    func expects(_ address: String) -> Bool { state.withLockedValue { $0.expects(address) } }

    /// From now on this node looks for peers at these addresses, and strangers elsewhere do not use up their handshakes.
    func expect(_ addresses: Set<String>) { state.withLockedValue { $0.expected = addresses } }

    /// Closes every connection, lets no more in, and waits until all are closed.
    func closeAll() async {
        let channels = state.withLockedValue { state in
            state.closed = true
            return state.entries.values.map(\.channel)
        }
        for channel in channels { channel.abort() }
        for channel in channels { try? await channel.closeFuture.get() }
    }

    /// Connections in all.
    var count: Int { state.withLockedValue { $0.entries.count } }
}

extension Channel {
    /// Closes at once, without waiting for the peer's end of TLS.
    func abort() {
        eventLoop.execute {
            let tls = try? self.pipeline.syncOperations.context(name: Endpoint.tlsHandler)
            if let tls { tls.close(promise: nil) } else { self.close(promise: nil) }
        }
    }
}

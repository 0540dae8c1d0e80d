import NIOConcurrencyHelpers
import NIOCore

/// The open connections of an endpoint, from the first packet on, within limits on their number.
final class Connections: Sendable {
    private enum Stage { case handshake, guest, member, dialled }

    private struct Entry {
        let channel: any Channel
        let address: String
        let number: UInt64
        var stage: Stage
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var next: UInt64 = 0
        var closed = false

        /// Counting anew each time costs little and cannot go wrong.
        func count(_ stage: Stage, _ address: String? = nil) -> Int {
            entries.values.count { $0.stage == stage && (address == nil || $0.address == address) }
        }
    }

    private let state = NIOLockedValueBox(State())
    private let limits: SessionLimits

    init(_ limits: SessionLimits) { self.limits = limits }

    /// Registers an accepted connection, or returns false when there is no room for it.
    ///
    /// When all places are taken the oldest handshake makes room, so that whoever holds connections open without
    /// finishing does not keep others out.
    func accept(_ channel: any Channel, from address: String) -> Bool {
        let (admitted, evicted): (Bool, (any Channel)?) = state.withLockedValue { state in
            guard !state.closed, state.count(.handshake, address) < limits.maximumHandshakesPerAddress else { return (false, nil) }
            let full = state.count(.handshake) >= limits.maximumHandshakes
            let oldest = full ? state.entries.filter { $0.value.stage == .handshake }.min { $0.value.number < $1.value.number } : nil
            if let oldest { state.entries[oldest.key] = nil }
            add(channel, address, .handshake, to: &state)
            return (true, oldest?.value.channel)
        }
        evicted?.abort()
        return admitted
    }

    /// Registers a connection that this side opens; false when everything is being closed.
    func dial(_ channel: any Channel) -> Bool {
        state.withLockedValue { state in
            guard !state.closed else { return false }
            add(channel, "", .dialled, to: &state)
            return true
        }
    }

    private func add(_ channel: any Channel, _ address: String, _ stage: Stage, to state: inout State) {
        state.next += 1
        state.entries[ObjectIdentifier(channel)] = Entry(channel: channel, address: address, number: state.next, stage: stage)
        channel.closeFuture.whenComplete { [self, id = ObjectIdentifier(channel)] _ in self.state.withLockedValue { $0.entries[id] = nil } }
    }

    /// Whether there is a place for a session whose handshake is over.
    func enter(_ channel: any Channel, asMember isMember: Bool) -> Bool {
        state.withLockedValue { state in
            guard let entry = state.entries[ObjectIdentifier(channel)] else { return false }
            guard entry.stage == .handshake else { return true }
            let hasPlace =
                state.count(.guest) < limits.maximumGuests && state.count(.guest, entry.address) < limits.maximumGuestsPerAddress
            guard isMember || hasPlace else { return false }
            state.entries[ObjectIdentifier(channel)]?.stage = isMember ? .member : .guest
            return true
        }
    }

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

import NIOConcurrencyHelpers
import NIOCore

/// The open connections, so that their number is bounded and stopping closes them.
final class ConnectionRegistry: Sendable {
    private struct Entry {
        let channel: any Channel
        let address: String
        /// Whether the server works for the client, or waits until it takes a reply or asks.
        var isServed = false
        /// Since when; a number that rises.
        var since: UInt64
    }

    private struct State {
        var open: [ObjectIdentifier: Entry] = [:]
        var next: UInt64 = 0
        var isClosed = false

        mutating func tick() -> UInt64 {
            next += 1
            return next
        }
    }

    private let maximum: Int
    private let state = NIOLockedValueBox(State())

    init(maximum: Int) { self.maximum = maximum }

    var count: Int { state.withLockedValue { $0.open.count } }

    /// Keeps the channel until it closes; false when there are too many.
    func admit(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let address = channel.remoteAddress?.ipAddress ?? ""
        let (admitted, evicted): (Bool, (any Channel)?) = state.withLockedValue { state in
            guard !state.isClosed else { return (false, nil) }
            var last: (key: ObjectIdentifier, value: Entry)?
            if state.open.count >= maximum {
                last = whoMakesRoom(for: address, state)
                guard let last else { return (false, nil) }
                state.open[last.key] = nil
            }
            state.open[id] = Entry(channel: channel, address: address, since: state.tick())
            return (true, last?.value.channel)
        }
        evicted?.close(promise: nil)
        if admitted { channel.closeFuture.whenComplete { _ in self.remove(id) } }
        return admitted
    }

    /// Of the address with the most connections the one that has waited for its client for the longest time, so that whoever
    /// holds them open keeps nobody out; where all are being served the first of those, unless the newcomer comes from there
    /// as well. nil where the newcomer's address would have more.
    private func whoMakesRoom(for address: String, _ state: State) -> (key: ObjectIdentifier, value: Entry)? {
        let shares = Dictionary(grouping: state.open.values, by: \.address).mapValues(\.count)
        let (own, most) = (shares[address, default: 0], shares.values.max() ?? 0)
        guard own == most || own + 1 < most else { return nil }
        let candidates = state.open.filter { shares[$0.value.address] == most && (own < most || !$0.value.isServed) }
        return candidates.min { ($0.value.isServed ? 1 : 0, $0.value.since) < ($1.value.isServed ? 1 : 0, $1.value.since) }
    }

    /// From now on the server works for the client of this connection.
    func works(for channel: any Channel) { change(channel, isServed: true) }

    /// From now on the client has to do something: take a reply, or ask.
    func waits(for channel: any Channel) { change(channel, isServed: false) }

    private func change(_ channel: any Channel, isServed: Bool) {
        state.withLockedValue { state in
            let since = state.tick()
            state.open[ObjectIdentifier(channel)]?.isServed = isServed
            state.open[ObjectIdentifier(channel)]?.since = since
        }
    }

    private func remove(_ id: ObjectIdentifier) { state.withLockedValue { _ = $0.open.removeValue(forKey: id) } }

    /// Closes all connections and refuses new ones.
    func closeAll() async {
        let channels = state.withLockedValue { state in
            state.isClosed = true
            return state.open.values.map(\.channel)
        }
        for channel in channels { try? await channel.close() }
    }
}

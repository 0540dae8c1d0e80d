import NIOConcurrencyHelpers
import NIOCore

/// The open connections, so that their number is bounded and stopping closes them.
final class ConnectionRegistry: Sendable {
    private struct State {
        var open: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }

    private let maximum: Int
    private let state = NIOLockedValueBox(State())

    init(maximum: Int) { self.maximum = maximum }

    var count: Int { state.withLockedValue { $0.open.count } }

    /// Keeps the channel until it closes; false when there are too many.
    func admit(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let admitted = state.withLockedValue { state in
            guard !state.isClosed, state.open.count < maximum else { return false }
            state.open[id] = channel
            return true
        }
        if admitted { channel.closeFuture.whenComplete { _ in self.remove(id) } }
        return admitted
    }

    private func remove(_ id: ObjectIdentifier) { state.withLockedValue { _ = $0.open.removeValue(forKey: id) } }

    /// Closes all connections and refuses new ones.
    func closeAll() async {
        let channels = state.withLockedValue { state in
            state.isClosed = true
            return Array(state.open.values)
        }
        for channel in channels { try? await channel.close() }
    }
}

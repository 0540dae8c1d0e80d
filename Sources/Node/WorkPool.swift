import NIOConcurrencyHelpers
import NIOPosix
import Primitives

/// Threads for whatever must not hold the replica up: the most urgent work first, and among equals a piece of each
/// peer's in turn, so that nobody waits behind all that another has sent.
package final class WorkPool: Sendable {
    package typealias Work = @Sendable () -> Void

    /// Most urgent first.
    package enum Urgency: Int, CaseIterable, Sendable {
        /// To verify: votes and proposals.
        case votes
        /// Frames of validators, and of peers that this node has chosen.
        case ownFrames
        /// To verify: certificates, and those of blocks that are fetched.
        case certificates
        /// Questions of the same peers.
        case ownQuestions
        /// To verify: transactions that can pay.
        case transactions
        /// Whatever anyone else sends or asks: on half of the threads at most.
        case guests
    }

    private struct Level {
        var lines: [Hash: Line<Work>] = [:]
        /// Peers whose lines are not empty, the next one first.
        var turns = Line<Hash>()
    }

    private struct State {
        var levels = [Level](repeating: Level(), count: Urgency.allCases.count)
        var runningGuests = 0
        var taken = 0
        var stopped = false
    }

    /// One piece in so many is of the least urgent kind that waits: nothing starves.
    package static let fairness = 8

    private let state = NIOLockedValueBox(State())
    private let threads: NIOThreadPool
    private let maximumGuests: Int

    package init(threads: NIOThreadPool, count: Int) {
        self.threads = threads
        maximumGuests = max(1, count / 2)
    }

    /// Work of other kinds runs on the same threads.
    /// - Parameter limit: pieces of this peer and urgency that may wait.
    /// - Returns: whether it was taken in.
    @discardableResult
    package func submit(_ urgency: Urgency, for peer: Hash, limit: Int = .max, _ work: @escaping Work) -> Bool {
        let isTaken = state.withLockedValue { state in
            let waiting = state.levels[urgency.rawValue].lines[peer]?.count ?? 0
            guard waiting < limit else { return false }
            if waiting == 0 { state.levels[urgency.rawValue].turns.append(peer) }
            state.levels[urgency.rawValue].lines[peer, default: Line()].append(work)
            return true
        }
        guard isTaken else { return false }
        threads.submit { [self] state in
            if case .active = state { run() }
        }
        return true
    }

    /// Begins nothing more.
    package func stop() { state.withLockedValue { $0.stopped = true } }

    /// Works until nothing is left that may run now. Whoever ends a guest's piece sees the next one.
    private func run() {
        while let (urgency, work) = next() {
            work()
            if urgency == .guests { state.withLockedValue { $0.runningGuests -= 1 } }
        }
    }

    private func next() -> (Urgency, Work)? {
        state.withLockedValue { state in
            guard !state.stopped else { return nil }
            state.taken &+= 1
            let order = Urgency.allCases
            for urgency in state.taken % Self.fairness == 0 ? order.reversed() : order {
                if urgency == .guests, state.runningGuests >= maximumGuests { continue }
                guard let work = take(from: &state.levels[urgency.rawValue]) else { continue }
                if urgency == .guests { state.runningGuests += 1 }
                return (urgency, work)
            }
            return nil
        }
    }

    private func take(from level: inout Level) -> Work? {
        guard let peer = level.turns.popFirst(), let work = level.lines[peer]?.popFirst() else { return nil }
        if level.lines[peer]?.isEmpty ?? true { level.lines[peer] = nil } else { level.turns.append(peer) }
        return work
    }
}

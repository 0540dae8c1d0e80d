import NIOConcurrencyHelpers
import Primitives

/// What peers have sent, worked off on the threads of a pool: each peer's in order, one piece at a time, within its
/// budget.
package final class Lanes<Item: Sendable>: Sendable {
    private struct Lane {
        /// Tells a session's lane from that of an earlier one.
        let number: UInt64
        var items = Line<Item>()
        var isBusy = false
        var budget: CostBudget
    }

    private struct State {
        var lanes: [Hash: Lane] = [:]
        var next: UInt64 = 0
    }

    /// How peers are treated.
    package struct Terms: Sendable {
        var urgency: WorkPool.Urgency
        var allowance: CostBudget.Allowance
        /// Items that may wait beside the one in work; more are dropped.
        var limit: Int

        package init(urgency: WorkPool.Urgency, allowance: CostBudget.Allowance, limit: Int) {
            self.urgency = urgency
            self.allowance = allowance
            self.limit = limit
        }
    }

    package typealias Handle = @Sendable (Item, Hash, _ done: @escaping @Sendable (_ cost: Int) -> Void) -> Void

    private let state = NIOLockedValueBox(State())
    private let pool: WorkPool
    private let terms: @Sendable (Hash) -> Terms
    private let now: @Sendable () -> UInt64
    private let later: @Sendable (_ milliseconds: Int, @escaping @Sendable () -> Void) -> Void
    private let handle: Handle

    /// - Parameters:
    ///   - now: milliseconds that never run backwards.
    /// - handle: works on an item, on a thread of the pool, and calls `done` once, on any thread: then the next may
    /// follow.
    package init(
        pool: WorkPool, terms: @escaping @Sendable (Hash) -> Terms, now: @escaping @Sendable () -> UInt64,
        later: @escaping @Sendable (Int, @escaping @Sendable () -> Void) -> Void,
        handle: @escaping Handle
    ) {
        self.pool = pool
        self.terms = terms
        self.now = now
        self.later = later
        self.handle = handle
    }

    /// Begins a peer's lane; what an earlier one still holds is forgotten.
    package func open(_ peer: Hash) {
        let budget = CostBudget(terms(peer).allowance, now: now())
        state.withLockedValue { state in
            state.next += 1
            state.lanes[peer] = Lane(number: state.next, budget: budget)
        }
    }

    package func close(_ peer: Hash) { state.withLockedValue { $0.lanes[peer] = nil } }

    /// Adds an item to the peer's lane. It is dropped where there is no lane, or too much waits in it.
    package func add(_ item: Item, of peer: Hash) {
        let terms = terms(peer)
        let idle: UInt64? = state.withLockedValue { state in
            // Not bound to a name, so that the line is not copied when it changes.
            guard state.lanes[peer]?.items.count ?? .max < terms.limit else { return nil }
            state.lanes[peer]?.items.append(item)
            let wasBusy = state.lanes[peer]?.isBusy ?? true
            state.lanes[peer]?.isBusy = true
            return wasBusy ? nil : state.lanes[peer]?.number
        }
        if let idle { schedule(peer, idle) }
    }

    /// Changes a peer's budget besides what its items cost.
    package func charge(_ cost: Int, to peer: Hash) {
        let now = now()
        state.withLockedValue { $0.lanes[peer]?.budget.charge(cost, now: now) }
    }

    private func schedule(_ peer: Hash, _ number: UInt64) {
        let now = now()
        let wait = state.withLockedValue { state -> Int? in
            guard state.lanes[peer]?.number == number else { return nil }
            return state.lanes[peer]?.budget.wait(now: now)
        }
        guard let wait else { return }
        guard wait == 0 else { return later(wait) { [weak self] in self?.schedule(peer, number) } }
        pool.submit(terms(peer).urgency, for: peer) { [self] in step(peer, number) }
    }

    private func step(_ peer: Hash, _ number: UInt64) {
        let item: Item? = state.withLockedValue { state in
            guard state.lanes[peer]?.number == number else { return nil }
            return state.lanes[peer]?.items.popFirst()
        }
        guard let item else { return }
        handle(item, peer) { [self] cost in done(peer, number, cost) }
    }

    private func done(_ peer: Hash, _ number: UInt64, _ cost: Int) {
        let now = now()
        let goesOn = state.withLockedValue { state -> Bool in
            guard let lane = state.lanes[peer], lane.number == number else { return false }
            state.lanes[peer]?.budget.charge(cost, now: now)
            state.lanes[peer]?.isBusy = !lane.items.isEmpty
            return !lane.items.isEmpty
        }
        if goesOn { schedule(peer, number) }
    }
}

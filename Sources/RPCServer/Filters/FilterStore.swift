import NIOConcurrencyHelpers
import Primitives

/// The filters of all clients (`eth_newFilter` and the like).
///
/// Final blocks never change, so a filter needs no queue of its own: it is a position in the chain, or in the list of
/// transactions that were admitted. What a client does not fetch costs nothing.
final class FilterStore: Sendable {
    enum Kind: Sendable {
        case blocks
        case logs(LogQuery)
        case pending(full: Bool)
    }

    struct Filter: Sendable {
        let kind: Kind
        /// Everything before it has been handed out: a block number, or a place in the list of admitted transactions.
        var position: UInt64
        fileprivate var usedMilliseconds: UInt64

        /// Alternatives beyond the few of a usual filter.
        fileprivate var excess: Int {
            guard case .logs(let query) = kind else { return 0 }
            return max(0, query.filter.size - FilterStore.usualAlternatives)
        }
    }

    static let maximumFilters = 4096
    static let usualAlternatives = 16
    /// Alternatives of all larger filters together, beyond the usual ones: some 60 bytes each.
    static let maximumExcess = 50 * LogFilter.maximumSize
    static let idleMilliseconds: UInt64 = 300_000

    private let maximum: Int
    private let clock: @Sendable () -> UInt64
    private let filters = NIOLockedValueBox<[String: Filter]>([:])
    let admitted = AdmittedLog()

    /// - Parameter clock: milliseconds that only rise.
    init(maximum: Int = FilterStore.maximumFilters, clock: @escaping @Sendable () -> UInt64) {
        (self.maximum, self.clock) = (maximum, clock)
    }

    /// Sets a filter up and gives its id: 128 random bits, so that nobody reads or removes another's.
    func add(_ kind: Kind, at position: UInt64) throws(RPCFailure) -> String {
        let now = clock()
        let id = "0x" + (0..<2).map { _ in Self.padded(UInt64.random(in: .min ... .max)) }.joined()
        let isAdded = filters.withLockedValue { filters in
            filters = filters.filter { !Self.isIdle($0.value, now) }
            let new = Filter(kind: kind, position: position, usedMilliseconds: now)
            let excess = new.excess > 0 ? filters.values.reduce(new.excess) { $0 + $1.excess } : 0
            guard filters.count < maximum, excess <= Self.maximumExcess else { return false }
            filters[id] = new
            return true
        }
        guard isAdded else {
            let message = "too many filters (at most \(maximum), and fewer long ones)"
            throw RPCFailure(code: -32005, message: message, reason: "tooManyFilters")
        }
        return id
    }

    func remove(_ id: String) -> Bool {
        let now = clock()
        return filters.withLockedValue { filters in filters.removeValue(forKey: id).map { !Self.isIdle($0, now) } ?? false }
    }

    func filter(_ id: String) throws(RPCFailure) -> Filter { try change(id) { _ in } }

    /// Moves a filter on, so that no other caller gets the same; gives the filter as it was.
    func claim(_ id: String, before end: UInt64) throws(RPCFailure) -> Filter {
        try change(id) { $0.position = max($0.position, end) }
    }

    /// Takes back what was claimed and not handed out, unless someone has claimed more.
    func giveBack(_ id: String, claimed end: UInt64, from position: UInt64) {
        _ = try? change(id) { if $0.position == end { $0.position = position } }
    }

    /// Changes a filter and gives it as it was. Using a filter keeps it alive.
    private func change(_ id: String, _ body: (inout Filter) -> Void) throws(RPCFailure) -> Filter {
        let now = clock()
        let found = filters.withLockedValue { filters -> Filter? in
            guard var filter = filters[id], !Self.isIdle(filter, now) else {
                filters[id] = nil
                return nil
            }
            let old = filter
            filter.usedMilliseconds = now
            body(&filter)
            filters[id] = filter
            return old
        }
        guard let found else { throw RPCFailure(message: "filter not found", reason: "filterNotFound") }
        return found
    }

    private static func isIdle(_ filter: Filter, _ now: UInt64) -> Bool {
        now > filter.usedMilliseconds && now - filter.usedMilliseconds > idleMilliseconds
    }

    private static func padded(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// Hashes of the transactions that this node admitted, newest kept: filters read it from where they stopped.
final class AdmittedLog: Sendable {
    static let maximumHashes = 16_384

    private struct State {
        var hashes: [Hash] = []
        /// How many came before `hashes`.
        var forgotten: UInt64 = 0
    }

    private let state = NIOLockedValueBox(State())

    /// How many there have been.
    var count: UInt64 { state.withLockedValue { $0.forgotten + UInt64($0.hashes.count) } }

    func append(_ hash: Hash) {
        state.withLockedValue { state in
            state.hashes.append(hash)
            guard state.hashes.count >= 2 * Self.maximumHashes else { return }
            state.hashes.removeFirst(Self.maximumHashes)
            state.forgotten += UInt64(Self.maximumHashes)
        }
    }

    /// The hashes from a place up to another, at most the newest `maximumHashes`.
    func hashes(from first: UInt64, before end: UInt64) -> [Hash] {
        state.withLockedValue { state in
            let known = state.forgotten + UInt64(state.hashes.count)
            let (start, stop) = (max(first, state.forgotten), min(end, known))
            guard start < stop else { return [] }
            return Array(state.hashes[Int(start - state.forgotten)..<Int(stop - state.forgotten)].suffix(Self.maximumHashes))
        }
    }
}

import NIOConcurrencyHelpers

/// A number that only grows.
public final class Counter: Measure {
    private let value = NIOLockedValueBox<UInt64>(0)

    init() {}

    public var current: UInt64 { value.withLockedValue { $0 } }
    public func increment(by amount: UInt64 = 1) { value.withLockedValue { $0 &+= amount } }

    func samples(_ name: String, _ labels: String) -> String { line(name, labels, "\(current)") }
}

/// A number that goes up and down.
public final class Gauge: Measure {
    private let value = NIOLockedValueBox(0.0)

    init() {}

    public var current: Double { value.withLockedValue { $0 } }
    public func set(_ new: Double) { value.withLockedValue { $0 = new } }
    public func set(_ new: some BinaryInteger) { set(Double(new)) }
    public func add(_ amount: Double) { value.withLockedValue { $0 += amount } }

    func samples(_ name: String, _ labels: String) -> String { line(name, labels, written(current)) }
}

/// Counts of observations by upper bound, with their sum.
public final class Histogram: Measure {
    /// From five milliseconds to ten seconds.
    public static let secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1, 1.5, 2.5, 5, 10]

    private struct State {
        var counts: [UInt64]
        var total: UInt64 = 0
        var sum = 0.0
    }

    private let buckets: [Double]
    private let state: NIOLockedValueBox<State>

    init(buckets: [Double]) {
        self.buckets = buckets.sorted()
        state = NIOLockedValueBox(State(counts: Array(repeating: 0, count: buckets.count)))
    }

    public func observe(_ value: Double) {
        guard value.isFinite else { return }
        state.withLockedValue { state in
            state.total += 1
            state.sum += value
            if let bucket = buckets.firstIndex(where: { value <= $0 }) { state.counts[bucket] += 1 }
        }
    }

    func samples(_ name: String, _ labels: String) -> String {
        let state = state.withLockedValue { $0 }
        let prefix = labels.isEmpty ? "" : labels + ","
        var (text, cumulative): (String, UInt64) = ("", 0)
        for (bound, count) in zip(buckets, state.counts) {
            cumulative += count
            text += line(name + "_bucket", "\(prefix)le=\"\(written(bound))\"", "\(cumulative)")
        }
        text += line(name + "_bucket", "\(prefix)le=\"+Inf\"", "\(state.total)")
        return text + line(name + "_sum", labels, written(state.sum)) + line(name + "_count", labels, "\(state.total)")
    }
}

private func line(_ name: String, _ labels: String, _ value: String) -> String {
    labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
}

private func written(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    guard value.isFinite else { return value > 0 ? "+Inf" : "-Inf" }
    return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : value.description
}

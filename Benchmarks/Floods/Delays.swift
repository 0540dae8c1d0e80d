/// Counts by upper bound, as a node's measures show them.
struct Delays {
    private var bounds: [Double] = []
    /// At most as long as each bound.
    private var counts: [Int] = []
    private(set) var total = 0

    init(metrics: String, of name: String) {
        for line in metrics.split(separator: "\n") where line.hasPrefix(name + "_bucket{") {
            let parts = line.split(separator: "\"")
            guard parts.count == 3, let count = Int(parts[2].dropFirst(2)) else { continue }
            if let bound = Double(parts[1]), bound.isFinite {
                bounds.append(bound)
                counts.append(count)
            } else {
                total = count
            }
        }
    }

    func since(_ earlier: Delays) -> Delays {
        var result = self
        result.counts = zip(counts, earlier.counts).map { $0 - $1 }
        result.total = total - earlier.total
        return result
    }

    /// In milliseconds, as if delays were even between two bounds.
    func quantile(_ part: Double) -> String {
        let wanted = part * Double(total)
        guard total > 0 else { return "none" }
        guard let index = counts.firstIndex(where: { Double($0) >= wanted }) else { return "> 10000" }
        let below = index > 0 ? (bounds[index - 1], Double(counts[index - 1])) : (0, 0)
        let share = (wanted - below.1) / max(1, Double(counts[index]) - below.1)
        let milliseconds = (below.0 + share * (bounds[index] - below.0)) * 1000
        return "\((milliseconds * 10).rounded() / 10)"
    }
}

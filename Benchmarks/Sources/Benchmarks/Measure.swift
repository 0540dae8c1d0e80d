/// Runs a body until half a second has passed, three times, and keeps the best rate: noise only slows things down.
struct Measurement {
    let name: String
    /// Bytes per second when the body handles bytes, otherwise calls per second.
    let rate: Double

    init(_ name: String, bytesPerCall: Int = 1, _ body: () throws -> Void) rethrows {
        self.name = name
        let clock = ContinuousClock()
        var best = 0.0
        for _ in 0..<3 {
            let start = clock.now
            var (calls, elapsed) = (0, Duration.zero)
            while elapsed < .milliseconds(500) {
                try body()
                calls += 1
                elapsed = clock.now - start
            }
            best = max(best, Double(calls * bytesPerCall) / (elapsed / .seconds(1)))
        }
        rate = best
    }
}

func rounded(_ value: Double) -> String {
    let scale = value < 10 ? 100.0 : value < 100 ? 10.0 : 1.0
    return "\((value * scale).rounded() / scale)"
}

/// One line: name, value, unit and, where there is one, the ratio to a reference of the same run.
func report(_ measurement: Measurement, unit: String, per scale: Double, reference: Measurement? = nil) {
    let ratio = reference.map { "   \(rounded(measurement.rate / $0.rate)) of \($0.name)" } ?? ""
    let padding = String(repeating: " ", count: max(1, 44 - measurement.name.count))
    print(measurement.name + padding + rounded(measurement.rate / scale) + " " + unit + ratio)
}

/// Keeps a result alive, so that the optimiser cannot drop what made it.
@inline(never) func keep<Value>(_ value: Value) {}

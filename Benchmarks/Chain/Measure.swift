import Dispatch
import Execution
import Foundation

/// As the node runs execution's parallel parts.
struct Threads: Parallel {
    /// Asked for once: the system reads it from a file.
    let width = ProcessInfo.processInfo.activeProcessorCount

    func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in DispatchQueue.concurrentPerform(iterations: count) { body($0) } }
    }
}

/// What a body took over its rounds, in milliseconds.
struct Timing {
    var best: Double
    var median: Double
    /// Of all threads together, at best: on a machine with other work the wall clock says less.
    var processor: Double
}

/// Times several bodies that take turns, so that noise meets all.
func measured(rounds: Int, _ bodies: [() throws -> Void]) throws -> [Timing] {
    var (wall, processor) = ([[Double]](repeating: [], count: bodies.count), [[Double]](repeating: [], count: bodies.count))
    for _ in 0..<rounds {
        for (index, body) in bodies.enumerated() {
            let (start, used) = (ContinuousClock.now, clock())
            try body()
            wall[index].append((ContinuousClock.now - start) / .milliseconds(1))
            processor[index].append(Double(clock() - used) * 1000 / Double(CLOCKS_PER_SEC))
        }
    }
    return zip(wall, processor).map { wall, processor in
        Timing(best: wall.min() ?? 0, median: wall.sorted()[wall.count / 2], processor: processor.min() ?? 0)
    }
}

func rounded(_ value: Double) -> String {
    let scale = value < 10 ? 100.0 : value < 100 ? 10.0 : 1.0
    return "\((value * scale).rounded() / scale)"
}

import Dispatch
import Execution
import Foundation

/// Runs execution's parallel parts on as many threads as the machine has cores.
struct ThreadPool: Parallel {
    /// Asked for once: the system reads it from a file.
    let width = ProcessInfo.processInfo.activeProcessorCount

    func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
        withoutActuallyEscaping(body) { body in DispatchQueue.concurrentPerform(iterations: count) { body($0) } }
    }
}

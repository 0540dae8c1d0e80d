import Consensus
import Primitives

/// What happens in a cluster, by time and then by order of scheduling.
struct Happenings {
    enum What {
        case event(Simplex.Event, to: Int, life: Int)
        case build(view: UInt64, parent: Hash, by: Int, life: Int)
        case status(Int)
        case crash
        case restart(Int)
    }

    private var heap: [(time: UInt64, order: UInt64, what: What)] = []
    private var order: UInt64 = 0

    mutating func add(at time: UInt64, _ what: What) {
        order += 1
        heap.append((time, order, what))
        var child = heap.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (time: UInt64, what: What)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return (first.time, first.what) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) { least = child }
            guard least != parent else { return (first.time, first.what) }
            heap.swapAt(least, parent)
            parent = least
        }
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool { (heap[a].time, heap[a].order) < (heap[b].time, heap[b].order) }
}

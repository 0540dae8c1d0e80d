/// Scheduled happenings, earliest first; those of one moment in the order in which they were added.
struct EventQueue {
    private var heap: [Cluster.Scheduled] = []
    private var order: UInt64 = 0

    mutating func add(at time: UInt64, _ what: Cluster.Happening) {
        order += 1
        heap.append(Cluster.Scheduled(time: time, order: order, what: what))
        var child = heap.count - 1
        while child > 0, precedes(child, (child - 1) / 2) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func pop() -> Cluster.Scheduled? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { precedes($0, $1) }), precedes(least, parent) else { return first }
            heap.swapAt(least, parent)
            parent = least
        }
    }

    private func precedes(_ a: Int, _ b: Int) -> Bool { (heap[a].time, heap[a].order) < (heap[b].time, heap[b].order) }
}

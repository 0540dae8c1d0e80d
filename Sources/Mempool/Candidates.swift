import ChainTypes
import Execution
import HeapModule
import Primitives

/// Transactions for a block, one after another: those of blocks that came to nothing last, else the best tip first, and
/// each sender's in order of nonces.
public struct Candidates: Sequence, IteratorProtocol, Sendable {
    private struct Queue {
        let entries: [Run.Entry]
        var position: Int
    }

    /// A sender's next transaction. Ties go by hash, so that every node agrees.
    private struct Head: Comparable {
        let setbacks: Int
        let tip: UInt256
        let hash: Hash
        let queue: Int

        init?(_ queue: Queue, number: Int, baseFee: UInt256) {
            guard queue.position < queue.entries.count else { return nil }
            let entry = queue.entries[queue.position]
            guard let tip = entry.offer.tip(baseFee: baseFee) else { return nil }
            setbacks = entry.setbacks
            self.tip = tip
            hash = entry.hash
            self.queue = number
        }

        static func < (a: Head, b: Head) -> Bool { (b.setbacks, a.tip, b.hash) < (a.setbacks, b.tip, a.hash) }
    }

    private var queues: [Queue] = []
    private var heads = Heap<Head>()
    private let baseFee: UInt256

    /// - Parameter nonces: of senders that have transactions in blocks which are not final yet.
    init(_ runs: some Sequence<Run>, baseFee: UInt256, nonces: [Address: UInt64]) {
        self.baseFee = baseFee
        var first: [Head] = []
        for run in runs {
            var queue = Queue(entries: run.entries, position: 0)
            if !nonces.isEmpty, let nonce = nonces[run.sender] {
                guard let index = run.index(of: nonce) else { continue }
                queue.position = index
            }
            guard let head = Head(queue, number: queues.count, baseFee: baseFee) else { continue }
            queues.append(queue)
            first.append(head)
        }
        heads = Heap(first)
    }

    public static let empty = Candidates([Run](), baseFee: .zero, nonces: [:])

    public var isEmpty: Bool { heads.isEmpty }

    public mutating func next() -> SignedTransaction? {
        guard let best = heads.popMax() else { return nil }
        let entry = queues[best.queue].entries[queues[best.queue].position]
        queues[best.queue].position += 1
        if let next = Head(queues[best.queue], number: best.queue, baseFee: baseFee) { heads.insert(next) }
        return entry.transaction.signed
    }
}

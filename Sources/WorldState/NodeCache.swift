import Primitives
import Synchronization
import Trie

/// Stored trie nodes that have been read: the upper ones are on the way to every key, and the next root needs those again that
/// execution has read. Nodes are named by their hash, so this changes no result, and states of one chain may share it: what a
/// block does not change is the same in the next. Copies are one cache.
public struct NodeCache: Sendable {
    /// A part with a lock of its own: threads that run transactions at once seldom meet.
    private final class Part: Sendable {
        let nodes = Mutex([Hash: [UInt8]]())
    }

    private static let partCount = 16
    /// Together about 35 MB of full branches; more than a block can read within its gas limit.
    private static let maximumCount = (1 << 16) / partCount

    private let parts = (0..<partCount).map { _ in Part() }

    public init() {}

    func node(_ hash: Hash, _ load: () throws(TrieError) -> [UInt8]?) throws(TrieError) -> [UInt8]? {
        let part = parts[Int(truncatingIfNeeded: hash.number.limb0) & (Self.partCount - 1)]
        if let known = part.nodes.withLock({ $0[hash] }) { return known }
        guard let bytes = try load() else { return nil }
        part.nodes.withLock { nodes in
            // Forgetting everything now and then costs less than keeping an order of use.
            if nodes.count >= Self.maximumCount { nodes = [:] }
            nodes[hash] = bytes
        }
        return bytes
    }
}

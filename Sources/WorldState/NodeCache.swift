import Primitives
import Synchronization
import Trie

/// Stored trie nodes that have been read: the upper ones are on the way to every key, and the next root needs those again that
/// execution has read. Nodes are named by their hash, so this changes no result, and states of one chain may share it: what a
/// block does not change is the same in the next. Copies are one cache.
public struct NodeCache: Sendable {
    /// A part with a lock of its own: threads that run transactions at once seldom meet.
    private final class Part: Sendable {
        let nodes = Mutex(Generations())
    }

    private static let partCount = 16
    /// Together about 35 MB of full branches; more than a block can read within its gas limit.
    private static let maximumCount = 1 << 16

    private let parts: [Part]
    /// Of one generation of one part.
    private let generationCount: Int

    public init() { self.init(maximumCount: Self.maximumCount) }

    package init(maximumCount: Int) {
        parts = (0..<Self.partCount).map { _ in Part() }
        generationCount = maximumCount / (2 * Self.partCount)
    }

    func node(_ hash: Hash, _ load: () throws(TrieError) -> [UInt8]?) throws(TrieError) -> [UInt8]? {
        let part = parts[Int(truncatingIfNeeded: hash.number.limb0) & (Self.partCount - 1)]
        if let known = part.nodes.withLock({ $0.find(hash, generationCount) }) { return known }
        guard let bytes = try load() else { return nil }
        part.nodes.withLock { $0.insert(hash, bytes, generationCount) }
        return bytes
    }

    /// How many nodes it holds.
    package var count: Int { parts.reduce(0) { $0 + $1.nodes.withLock { $0.count } } }
}

/// Nodes that were used since the last change of generations, and those used in the generation before that. What is used again
/// stays; the rest goes all at once, which costs less than keeping an order of use.
private struct Generations {
    private var young: [Hash: [UInt8]] = [:]
    private var old: [Hash: [UInt8]] = [:]

    var count: Int { young.count + old.count }

    mutating func find(_ hash: Hash, _ maximum: Int) -> [UInt8]? {
        if let known = young[hash] { return known }
        guard let known = old.removeValue(forKey: hash) else { return nil }
        insert(hash, known, maximum)
        return known
    }

    mutating func insert(_ hash: Hash, _ bytes: [UInt8], _ maximum: Int) {
        if young.count >= maximum { (old, young) = (young, [:]) }
        young[hash] = bytes
    }
}

import ChainTypes
import Execution
import Primitives
import StoreAPI
import SystemContracts
import Trie
import WorldState

/// A block whose execution here gave what its header says.
public struct ExecutedBlock: Sendable {
    public let block: Block
    public let receipts: [Receipt]
    public let overlay: StateOverlay
    /// Of all transactions together; the next base fee follows it.
    public let witnessBytes: Int
    /// The epoch of the next block.
    public let nextEpoch: Epoch

    public var id: Hash { block.id }

    /// Whether it is the last block of its epoch.
    public var endsEpoch: Bool { nextEpoch.number != block.envelope.epoch }

    package init(block: Block, receipts: [Receipt], overlay: StateOverlay, witnessBytes: Int, nextEpoch: Epoch) {
        (self.block, self.receipts, self.overlay) = (block, receipts, overlay)
        (self.witnessBytes, self.nextEpoch) = (witnessBytes, nextEpoch)
    }
}

/// The newest final block and the executed blocks above it.
struct BlockTree: Sendable {
    private(set) var finalized: ExecutedBlock
    private var blocks: [Hash: ExecutedBlock] = [:]
    /// Of blocks that became final since the last `settled`, newest first: they may not be on disk yet.
    private var unsettled: [StateOverlay] = []
    let store: any KeyValueReader
    /// Shared by the states of all blocks.
    private let cache = NodeCache()

    init(finalized: ExecutedBlock, store: any KeyValueReader) {
        (self.finalized, self.store) = (finalized, store)
    }

    subscript(_ id: Hash) -> ExecutedBlock? { id == finalized.id ? finalized : blocks[id] }

    /// A transaction of an unfinalised block.
    func transaction(_ hash: Hash) -> SignedTransaction? {
        for block in blocks.values {
            if let found = block.block.transactions.first(where: { $0.hash == hash }) { return found }
        }
        return finalized.block.transactions.first { $0.hash == hash }
    }

    var pendingCount: Int { blocks.count }

    mutating func insert(_ block: ExecutedBlock) { blocks[block.id] = block }

    /// Blocks from just above the final one to `id`, lowest first; nil when they do not connect.
    func branch(to id: Hash) -> [ExecutedBlock]? {
        var (branch, next): ([ExecutedBlock], Hash) = ([], id)
        while next != finalized.id {
            guard let block = blocks[next] else { return nil }
            branch.append(block)
            next = block.block.envelope.parent
        }
        return branch.reversed()
    }

    /// The state after a block.
    func state(after id: Hash) -> TrieState? {
        guard let block = self[id], let branch = branch(to: id) else { return nil }
        let overlays = branch.reversed().map(\.overlay) + finalOverlays
        return TrieState(root: block.block.header.stateRoot, nodes: StateNodes(overlays: overlays, store: store, cache: cache))
    }

    /// The state after the newest final block.
    var finalState: TrieState {
        TrieState(root: finalized.block.header.stateRoot, nodes: StateNodes(overlays: finalOverlays, store: store, cache: cache))
    }

    /// Nodes of final blocks that may still be on their way to disk.
    var finalOverlays: [StateOverlay] { unsettled.isEmpty ? [finalized.overlay] : unsettled }

    /// Everything that was final before is on disk now.
    mutating func settled() { unsettled = [] }

    /// Moves the final block up; returns the newly final blocks, lowest first, and those that lost their parent's place.
    mutating func finalize(_ id: Hash) -> (final: [ExecutedBlock], dropped: [ExecutedBlock])? {
        guard let branch = branch(to: id), let last = branch.last else { return nil }
        for block in branch { blocks[block.id] = nil }
        unsettled = branch.reversed().map(\.overlay) + finalOverlays
        finalized = last
        let dropped = blocks.values.filter { $0.block.number <= last.block.number }.sorted { $0.id < $1.id }
        for block in dropped { blocks[block.id] = nil }
        return (branch, dropped)
    }
}

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

/// The newest final block and the blocks above it that this replica has verified: their transactions' signatures as well as
/// what their execution gives. Blocks that are only known to be final do not pass through here.
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
        return nil
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
    func state(after id: Hash) -> TrieState? { branch(to: id).map { state(after: $0) } }

    /// The state after blocks that stand on the newest final one, lowest first; they need not be in the tree.
    func state(after run: [ExecutedBlock]) -> TrieState {
        let overlays = run.reversed().map(\.overlay) + finalOverlays
        let root = (run.last ?? finalized).block.header.stateRoot
        return TrieState(root: root, nodes: StateNodes(overlays: overlays, store: store, cache: cache))
    }

    /// The state after the newest final block.
    var finalState: TrieState { state(after: []) }

    /// Nodes of final blocks that may still be on their way to disk.
    var finalOverlays: [StateOverlay] { unsettled.isEmpty ? [finalized.overlay] : unsettled }

    /// Everything that was final before is on disk now.
    mutating func settled() { unsettled = [] }

    /// Moves the final block up over blocks that stand on it, lowest first. What lost its place beside them is dropped.
    mutating func finalize(_ run: [ExecutedBlock]) {
        guard let last = run.last else { return }
        unsettled = run.reversed().map(\.overlay) + finalOverlays
        finalized = last
        blocks = blocks.filter { $0.value.block.number > last.block.number }
    }

    /// Drops blocks of views before one, except certain ones and what these stand on.
    mutating func prune(keeping kept: [Hash], fromView view: UInt64) {
        let open = blocks.values.filter { $0.block.envelope.view >= view }.map(\.id)
        let needed = Set((kept + open).flatMap { branch(to: $0)?.map(\.id) ?? [] })
        blocks = blocks.filter { needed.contains($0.key) }
    }
}

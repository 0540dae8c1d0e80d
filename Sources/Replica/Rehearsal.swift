import ChainTypes
import Execution
import Primitives
import SystemContracts
import WorldState

/// The end of a block that may come soon, gone through beforehand. Where an epoch or a reward period ends with it, it reads
/// thousands of entries: they lie in the node's cache then, and the block itself does not wait for the disk. What it gives is
/// thrown away.
public struct Rehearsal: Sendable {
    /// How far ahead. Each block begins a rehearsal of its own, so it must be longer than the first one takes.
    static let aheadMilliseconds: UInt64 = 10_000

    private let facts: BlockFacts
    private let state: TrieState

    fileprivate init(_ facts: BlockFacts, _ state: TrieState) { (self.facts, self.state) = (facts, state) }

    /// Takes as long as the end of any block where nothing ends soon, else milliseconds; seconds where everything is on a
    /// disk that nobody has read. Runs on any thread. What fails here is noticed where it counts.
    public func run() {
        var world = WorldState(reader: state)
        guard (try? Economy.endBlock(facts, in: &world)) != nil else { return }
        _ = world.endTransaction()
        _ = try? state.applying(world.changes())
    }
}

extension BlockBuilder {
    /// What a block does at its end that comes a while after another.
    package func rehearsal(after parent: ExecutedBlock, state: TrieState) -> Rehearsal {
        let (before, epoch) = (parent.block.envelope, parent.nextEpoch)
        let facts = BlockFacts(
            number: parent.block.number &+ 1, epoch: epoch.state, epochMilliseconds: parameters.epochMilliseconds,
            timeMilliseconds: before.timeMilliseconds &+ Rehearsal.aheadMilliseconds, parentTimeMilliseconds: before.timeMilliseconds,
            genesisTimeMilliseconds: genesisTimeMilliseconds, proposer: epoch.leader(of: before.view &+ 1).address, missed: [],
            reveal: .zero, commitment: .zero, genesis: genesis)
        return Rehearsal(facts, state)
    }
}

import ChainTypes
import Primitives
import Replica
import SystemContracts
import Testing
import WorldState

struct RehearsalTests {
    private let chain: TestChain
    /// Five seconds before the epoch ends.
    private let parent: ExecutedBlock
    private let closingTime: UInt64

    init() throws {
        chain = try TestChain()
        let end = chain.spec.genesisTimeMilliseconds + chain.spec.parameters.epochMilliseconds
        closingTime = end + 1000
        parent = try chain.builder.build(
            on: chain.head, state: chain.state, candidates: [], view: 1, numbers: RandomNumbers(seed: [7]), timeMilliseconds: end - 5000
        ).block
    }

    private func state(_ store: CountingStore) -> TrieState {
        TrieState(root: parent.block.header.stateRoot, nodes: StateNodes(overlays: [parent.overlay], store: store, cache: NodeCache()))
    }

    private func closing(_ state: TrieState) throws -> ExecutedBlock {
        try chain.builder.build(
            on: parent, state: state, candidates: [], view: parent.block.envelope.view + 1, numbers: RandomNumbers(seed: [7]),
            timeMilliseconds: closingTime
        ).block
    }

    @Test func theEndOfARehearsedEpochReadsNothingFromDisk() throws {
        let store = CountingStore(chain.state.nodes.store)
        let state = state(store)
        chain.builder.rehearsal(after: parent, state: state).run()
        let rehearsed = store.reads
        #expect(rehearsed > 10)
        var world = WorldState(reader: state)
        let facts = BlockFacts(
            number: parent.block.number + 1, epoch: parent.nextEpoch.state, epochMilliseconds: chain.spec.parameters.epochMilliseconds,
            timeMilliseconds: closingTime, parentTimeMilliseconds: parent.block.envelope.timeMilliseconds,
            genesisTimeMilliseconds: chain.spec.genesisTimeMilliseconds, proposer: TestChain.proposer, missed: [], reveal: .zero,
            commitment: .zero)
        #expect(facts.endsEpoch)
        _ = try Economy.endBlock(facts, in: &world)
        _ = world.endTransaction()
        _ = try state.applying(world.changes())
        #expect(store.reads == rehearsed)
    }

    @Test func aRehearsalChangesNoBlock() throws {
        let fresh = try closing(state(CountingStore(chain.state.nodes.store)))
        #expect(fresh.endsEpoch)
        let state = state(CountingStore(chain.state.nodes.store))
        for _ in 0..<2 { chain.builder.rehearsal(after: parent, state: state).run() }
        let ready = try closing(state)
        #expect(ready.id == fresh.id && ready.nextEpoch.state == fresh.nextEpoch.state)
    }

    /// What a node cannot read stops the block, not the rehearsal.
    @Test func aRehearsalOfAnUnreadableStateIsLeftOut() throws {
        // The nodes of the parent's own changes are missing.
        let nodes = StateNodes(overlays: [], store: CountingStore(chain.state.nodes.store))
        let nothing = TrieState(root: parent.block.header.stateRoot, nodes: nodes)
        chain.builder.rehearsal(after: parent, state: nothing).run()
        #expect(throws: (any Error).self) { try closing(nothing) }
    }
}

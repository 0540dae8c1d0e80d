import ChainTypes
import Cryptography
import Primitives
import StoreAPI
import Testing
import Trie
import WorldState

/// Which codes a block stores follows from what its accounts have in the end: not from what was read meanwhile, nor in which order.
@Suite struct StoredCodesTests {
    private let code: [UInt8] = [0x60, 0x00, 0x00]
    private let old = Address(low: 1)
    private let new = Address(low: 2)

    /// One account has the code already.
    private func state() throws -> WorldState {
        let store = MemoryStore()
        let empty = TrieState(root: MerklePatriciaTrie.emptyRoot, nodes: StateNodes(overlays: [], store: store))
        var state = WorldState(reader: empty)
        try state.setCode(old, code)
        let (root, overlay) = try empty.applying(state.changes())
        var batch = WriteBatch()
        overlay.write(to: &batch)
        try store.commit(batch, durable: false)
        return WorldState(reader: TrieState(root: root, nodes: StateNodes(overlays: [], store: store)))
    }

    @Test func readingACodeFirstChangesNothing() throws {
        var (plain, reading) = (try state(), try state())
        _ = reading.code(reading.index(old))
        try plain.setCode(new, code)
        try reading.setCode(new, code)
        #expect(plain.changes().codes.map(\.hash) == [Keccak256.hash(code)])
        #expect(reading.changes().codes.map(\.bytes) == plain.changes().codes.map(\.bytes))
    }

    @Test func whatWasUndoneOrHadBeforeIsNotStored() throws {
        var state = try state()
        let checkpoint = state.checkpoint()
        try state.setCode(new, [0x01])
        state.revert(to: checkpoint)
        try state.setCode(old, [0x02])
        try state.setCode(old, code)
        #expect(state.changes().codes.isEmpty)
        try state.setCode(old, [0x03])
        #expect(state.changes().codes.map(\.bytes) == [[0x03]])
    }
}

import Primitives
import StoreAPI
import Testing
import WorldState

struct NodeCacheTests {
    private let cache = NodeCache(maximumCount: 512)
    private let store: CountingStore
    private let nodes: StateNodes

    init() throws {
        let memory = MemoryStore()
        var batch = WriteBatch()
        for number in 0..<5000 { batch.put(.trieNode, Self.hash(number).bytes, Self.hash(number + 1).bytes) }
        try memory.commit(batch, durable: false)
        store = CountingStore(memory)
        nodes = StateNodes(overlays: [], store: store, cache: cache)
    }

    private static func hash(_ number: Int) -> Hash { Hash(UInt256(UInt64(number))) }

    private func read(_ number: Int) throws { #expect(try nodes.node(Self.hash(number)) == Self.hash(number + 1).bytes) }

    @Test func whatIsUsedAgainAndAgainStays() throws {
        for number in 1..<5000 {
            if number % 64 == 1 { try read(0) }
            try read(number)
        }
        #expect(store.reads(of: Self.hash(0).bytes) == 1)
    }

    @Test func whatNobodyUsesGoesAndIsReadAgain() throws {
        try read(0)
        for number in 1..<2000 { try read(number) }
        try read(0)
        #expect(store.reads(of: Self.hash(0).bytes) == 2)
    }

    @Test func itNeverHoldsMoreThanItsBound() throws {
        for number in 0..<5000 {
            try read(number)
            // Taken over from the old generation.
            try read(number / 2)
            #expect(cache.count <= 512)
        }
    }

    @Test func aMissingNodeIsAskedForAgain() throws {
        #expect(try nodes.node(Self.hash(9000)) == nil)
        #expect(try nodes.node(Self.hash(9000)) == nil)
        #expect(store.reads(of: Self.hash(9000).bytes) == 2 && cache.count == 0)
    }
}

import StoreAPI
import Testing

struct MemoryStoreTests {
    private func commit(_ store: MemoryStore, _ number: UInt8, durable: Bool) throws {
        var batch = WriteBatch()
        batch.put(.wal, [number], [number])
        batch.put(.meta, [0], [number])
        try store.commit(batch, durable: durable)
    }

    private func survivors(_ store: MemoryStore) throws -> [UInt8] {
        try store.scan(.wal, limit: 99).flatMap(\.value)
    }

    @Test func aCrashKeepsWhatWasDurableAndAPrefixOfTheRest() throws {
        let store = MemoryStore()
        for number in 1...6 as ClosedRange<UInt8> { try commit(store, number, durable: number == 3) }
        #expect(store.unsyncedCount == 3)
        #expect(try survivors(store.crash()) == [1, 2, 3])
        #expect(try survivors(store.crash(keeping: 2)) == [1, 2, 3, 4, 5])
        #expect(try survivors(store.crash(keeping: 9)) == [1, 2, 3, 4, 5, 6])
        #expect(try survivors(store) == [1, 2, 3, 4, 5, 6])
        #expect(try store.crash().get(.meta, [0]) == [3])
    }

    @Test func aTornCommitIsHalfThere() throws {
        let store = MemoryStore()
        try commit(store, 1, durable: true)
        try commit(store, 2, durable: false)
        let torn = store.crash(tearing: 1)
        #expect(try survivors(torn) == [1, 2])
        #expect(try torn.get(.meta, [0]) == [1])
    }

    @Test func columnValuesAreDense() {
        #expect(Column.allCases.map { Int($0.rawValue) } == Array(0..<Column.allCases.count))
    }
}

import Foundation
import Storage
import StoreAPI
import TestKit
import Testing

/// What every store must do, for the one in memory and the one on disk alike.
struct StoreRulesTests {
    enum Kind: CaseIterable { case memory, rocks }

    private func withStore(_ kind: Kind, _ body: (any KeyValueStore) throws -> Void) throws {
        switch kind {
        case .memory: try body(MemoryStore())
        case .rocks: try withScratch { try body(try RocksStore(path: $0)) }
        }
    }

    private func put(_ store: any KeyValueStore, _ keys: [[UInt8]], _ column: Column = .local) throws {
        var batch = WriteBatch()
        for key in keys { batch.put(column, key, [UInt8](key.reversed())) }
        try store.commit(batch, durable: false)
    }

    @Test(arguments: Kind.allCases) func columnsAreSeparate(kind: Kind) throws {
        try withStore(kind) { store in
            for column in Column.allCases {
                var batch = WriteBatch()
                batch.put(column, [1], [column.rawValue])
                try store.commit(batch, durable: false)
            }
            for column in Column.allCases { #expect(try store.get(column, [1]) == [column.rawValue]) }
        }
    }

    @Test(arguments: Kind.allCases) func laterOperationsOfABatchWin(kind: Kind) throws {
        try withStore(kind) { store in
            var batch = WriteBatch()
            batch.put(.local, [1], [1])
            batch.put(.local, [2], [])
            batch.delete(.local, [1])
            batch.put(.local, [3], [3])
            batch.put(.local, [3], [4])
            batch.put(.local, [], [9])
            try store.commit(batch, durable: true)
            #expect(try store.get(.local, [1]) == nil)
            #expect(try store.get(.local, [2]) == [])
            #expect(try store.get(.local, [3]) == [4])
            #expect(try store.get(.local, []) == [9])
            #expect(store.approximateBytes > 0)
        }
    }

    @Test(arguments: Kind.allCases) func scansRespectPrefixStartLimitAndDirection(kind: Kind) throws {
        try withStore(kind) { store in
            try put(store, [[0], [1], [1, 0], [1, 0xff], [1, 0xff, 0xff], [2], [0xff], [0xff, 0xff], [0xff, 0xff, 1]])
            func keys(_ from: [UInt8], _ prefix: [UInt8], _ limit: Int = 99, reverse: Bool = false) throws -> [[UInt8]] {
                try store.scan(.local, from: from, prefix: prefix, limit: limit, reverse: reverse).map(\.key)
            }
            #expect(try keys([], [1]) == [[1], [1, 0], [1, 0xff], [1, 0xff, 0xff]])
            #expect(try keys([], [1], reverse: true) == [[1, 0xff, 0xff], [1, 0xff], [1, 0], [1]])
            #expect(try keys([1, 1], [1]) == [[1, 0xff], [1, 0xff, 0xff]])
            #expect(try keys([1, 0xff], [1], reverse: true) == [[1, 0xff], [1, 0], [1]])
            #expect(try keys([0], [1]).count == 4)
            #expect(try keys([3], [1]).isEmpty)
            #expect(try keys([2], [1], 1, reverse: true) == [[1, 0xff, 0xff]])
            #expect(try keys([0], [1], reverse: true).isEmpty)
            #expect(try keys([], [0xff], 2, reverse: true) == [[0xff, 0xff, 1], [0xff, 0xff]])
            #expect(try keys([], [], 2) == [[0], [1]])
            #expect(try keys([1], [], 2, reverse: true) == [[1], [0]])
            #expect(try keys([], [], 0).isEmpty)
            #expect(try keys([], [], -1).isEmpty)
        }
    }

    @Test(arguments: Kind.allCases) func snapshotsDoNotMove(kind: Kind) throws {
        try withStore(kind) { store in
            try put(store, [[1], [2]])
            let before = try store.snapshot()
            var batch = WriteBatch()
            batch.delete(.local, [1])
            batch.put(.local, [2], [0])
            batch.put(.local, [3], [3])
            try store.commit(batch, durable: true)
            #expect(try before.get(.local, [1]) == [1])
            #expect(try before.scan(.local, limit: 9).map(\.value) == [[1], [2]])
            #expect(try store.scan(.local, limit: 9).map(\.value) == [[0], [3]])
        }
    }

    /// Random batches, reads and scans against a sorted dictionary.
    @Test(arguments: Kind.allCases, 0..<6 as Range<UInt64>) func randomUseEqualsAModel(kind: Kind, seed: UInt64) throws {
        try withStore(kind) { store in
            var random = SeededGenerator(seed: seed)
            var model: [[UInt8]: [UInt8]] = [:]
            for _ in 0..<300 {
                var batch = WriteBatch()
                for _ in 0..<Int.random(in: 0...20, using: &random) {
                    let key = random.bytes(0...3).map { [0, 1, 0x7f, 0xff][Int($0 & 3)] as UInt8 }
                    if Int.random(in: 0..<3, using: &random) == 0 {
                        batch.delete(.share, key)
                        model[key] = nil
                    } else {
                        let value = random.bytes(0...9)
                        batch.put(.share, key, value)
                        model[key] = value
                    }
                }
                try store.commit(batch, durable: false)
                try Self.compare(store, model, &random)
            }
        }
    }

    private static func compare(_ store: any KeyValueStore, _ model: [[UInt8]: [UInt8]], _ random: inout SeededGenerator) throws {
        let from = random.bytes(0...3).map { [0, 1, 0x7f, 0xff][Int($0 & 3)] as UInt8 }
        let prefix = Array(from.prefix(Int.random(in: 0...2, using: &random)))
        let (limit, reverse) = (Int.random(in: 0...10, using: &random), Bool.random(using: &random))
        var expected = model.filter { $0.key.starts(with: prefix) }.sorted { $0.key.lexicographicallyPrecedes($1.key) }
        if reverse { expected.reverse() }
        expected.removeAll { entry in
            reverse ? !from.isEmpty && from.lexicographicallyPrecedes(entry.key) : entry.key.lexicographicallyPrecedes(from)
        }
        let found = try store.scan(.share, from: from, prefix: prefix, limit: limit, reverse: reverse)
        try #require(found.map(\.key) == expected.prefix(limit).map(\.key))
        try #require(found.map(\.value) == expected.prefix(limit).map(\.value))
        try #require(try store.get(.share, from) == model[from])
    }
}

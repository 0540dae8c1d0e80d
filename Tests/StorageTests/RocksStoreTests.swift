import Foundation
import Storage
import StoreAPI
import Testing

struct RocksStoreTests {
    private func writeSchema(_ path: String, _ bytes: [UInt8]) throws {
        var batch = WriteBatch()
        batch.put(.meta, RocksStore.schemaKey, bytes)
        try RocksStore(path: path).commit(batch, durable: true)
    }

    @Test func reopeningFindsWhatWasCommitted() throws {
        try withScratch { path in
            var batch = WriteBatch()
            for column in Column.allCases { batch.put(column, [7], [column.rawValue]) }
            try RocksStore(path: path).commit(batch, durable: false)
            let reopened = try RocksStore(path: path)
            for column in Column.allCases { #expect(try reopened.get(column, [7]) == [column.rawValue]) }
            #expect(try reopened.get(.meta, RocksStore.schemaKey) == [0, 0, 0, 1])
        }
    }

    @Test func aNewerSchemaIsRefusedWithAMessage() throws {
        try withScratch { path in
            try writeSchema(path, [0, 0, 0, 2])
            let expected = StoreError.newerSchema(found: 2, supported: 1)
            #expect(throws: expected) { try RocksStore(path: path) }
            #expect(expected.description.contains("schema 2"))
        }
    }

    @Test func aMalformedSchemaIsRefused() throws {
        try withScratch { path in
            try writeSchema(path, [1])
            #expect(throws: StoreError.corrupted("the schema version has 1 bytes")) { try RocksStore(path: path) }
        }
    }

    @Test func aDirectoryInUseIsRefused() throws {
        try withScratch { path in
            let holder = try RocksStore(path: path)
            #expect {
                try RocksStore(path: path)
            } throws: { error in
                if case .unavailable = error as? StoreError { true } else { false }
            }
            #expect(try holder.get(.local, [1]) == nil)
        }
    }

    @Test func aPathThatIsAFileIsRefused() throws {
        try withScratch { path in
            let file = path + "/file"
            try Data().write(to: URL(filePath: file))
            #expect(throws: StoreError.self) { try RocksStore(path: file) }
        }
    }

    @Test func aDamagedDatabaseIsRefused() throws {
        try withScratch { path in
            try writeSchema(path, [0, 0, 0, 1])
            let manifest = try #require(try FileManager.default.contentsOfDirectory(atPath: path).first { $0.hasPrefix("MANIFEST") })
            try Data(repeating: 0xee, count: 4_000).write(to: URL(filePath: path + "/" + manifest))
            #expect {
                try RocksStore(path: path)
            } throws: { error in
                if case .corrupted = error as? StoreError { true } else { false }
            }
        }
    }

    @Test func aSnapshotKeepsTheDatabaseOpen() throws {
        try withScratch { path in
            var reader: (any KeyValueReader)?
            do {
                let store = try RocksStore(path: path)
                reader = try store.snapshot()
            }
            #expect(try reader?.get(.meta, RocksStore.schemaKey) == [0, 0, 0, 1])
            #expect(throws: StoreError.self) { try RocksStore(path: path) }
            reader = nil
            #expect(throws: Never.self) { try RocksStore(path: path) }
        }
    }

    @Test func readersAndAWriterShareIt() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            let path = FileManager.default.temporaryDirectory.appending(path: "qustream-storage-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: path) }
            let store = try RocksStore(path: path)
            group.addTask {
                for number in 1...500 as ClosedRange<UInt16> {
                    var batch = WriteBatch()
                    for column in [Column.block, .header] { batch.put(column, [0], [UInt8(number >> 8), UInt8(number & 255)]) }
                    try store.commit(batch, durable: false)
                }
            }
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<500 {
                        let view = try store.snapshot()
                        #expect(try view.get(.block, [0]) == view.get(.header, [0]))
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

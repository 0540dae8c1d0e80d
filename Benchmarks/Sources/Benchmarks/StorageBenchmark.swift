import Foundation
import Storage
import StoreAPI

/// Synced batches of puts, and random gets, of 32-byte keys and 100-byte values.
func benchmarkStorage() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "qustream-bench-\(UUID().uuidString.prefix(8))")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try RocksStore(path: folder.path)
    let (count, value) = (500_000, bytes(100))
    func key(_ index: Int) -> [UInt8] {
        // Multiplication by an odd number keeps keys apart and out of order.
        let mixed = UInt64(index) &* 0x9e37_79b9_7f4a_7c15
        return (0..<32).map { UInt8(truncatingIfNeeded: mixed >> (UInt64($0 % 8) * 8)) }
    }
    for batchSize in [100, 2_000] {
        let total = batchSize == 100 ? 50_000 : count
        let start = ContinuousClock.now
        for first in stride(from: 0, to: total, by: batchSize) {
            var batch = WriteBatch()
            for index in first..<first + batchSize { batch.put(.trieNode, key(index), value) }
            try store.commit(batch, durable: true)
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        print("RocksDB puts in synced batches of \(batchSize): \(rounded(Double(total) / seconds))/s, \(rounded(Double(total / batchSize) / seconds)) commits/s")
    }
    var found = 0
    let start = ContinuousClock.now
    for index in 0..<200_000 where try store.get(.trieNode, key(index &* 7919 % count)) != nil { found += 1 }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    precondition(found == 200_000, "every key was stored")
    print("RocksDB random gets: \(rounded(200_000 / seconds))/s")
}

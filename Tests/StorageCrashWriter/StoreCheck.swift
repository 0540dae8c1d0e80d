import Foundation
import Storage
import StoreAPI

/// The write-ahead log that the database appends to now, and its length.
func newestLog(in path: String) -> (name: String, bytes: Int)? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    guard let name = names.filter({ $0.hasSuffix(".log") }).max() else { return nil }
    let attributes = try? FileManager.default.attributesOfItem(atPath: path + "/" + name)
    return (attributes?[.size] as? Int).map { (name, $0) }
}

/// Looks whether a store holds the writer's batches 1 to some number, each with all its entries in every column.
struct StoreCheck {
    let path: String

    var verdict: String {
        do {
            let store = try RocksStore(path: path, memoryBytes: 8 << 20)
            let numbers = try store.scan(.wal, limit: .max).map { Self.number($0.key) }
            let last = UInt64(numbers.count)
            guard numbers.elementsEqual(1..<(last + 1)) else { return "wrong: a batch is missing below \(numbers.last ?? 0)" }
            let nodes = try store.scan(.trieNode, limit: .max)
            guard nodes.count == 32 * numbers.count else { return "wrong: \(nodes.count) nodes in \(last) batches" }
            for (index, node) in nodes.enumerated() {
                guard Self.number(node.key.prefix(8)) == UInt64(index / 32 + 1), node.key.last == UInt8(index % 32),
                    node.value == [UInt8](repeating: UInt8(index % 32), count: 512)
                else { return "wrong: node \(index)" }
            }
            let recorded = Self.number(try store.get(.meta, Array("last".utf8)) ?? [])
            return recorded == last ? "whole \(last)" : "wrong: \(recorded) is recorded as last, not \(last)"
        } catch {
            return "refused \(error)"
        }
    }

    private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}

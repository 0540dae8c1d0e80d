import Foundation
import GasKit
import Storage
import StoreAPI
import SystemContracts

/// How much gas a core works off in a second, of each native function, precompile and opcode at its worst; the slowest first.
/// The state lies in RocksDB. Cold cases begin with a state of which nothing has been read.
func benchmarkGas() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "qustream-gas-\(UUID().uuidString.prefix(8))")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try RocksStore(path: folder.path)
    let world = try World(.large, in: store)
    // The next batch makes RocksDB move what it still holds in memory, all the codes, to files.
    var batch = WriteBatch()
    batch.put(.local, [0], [0])
    try store.commit(batch, durable: true)
    try benchmarkQueries(of: world)
    let cases = try world.ethereumCases() + world.nativeCases(cuts: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])
    var keccak = try world.keccak.rate(slices: 5, seconds: 0.02)
    var rows: [(rate: Double, item: GasCase)] = []
    for (index, item) in cases.enumerated() {
        rows.append((try item.rate(slices: 3, seconds: 0.01), item))
        if index.isMultiple(of: 20) { keccak = max(keccak, try world.keccak.rate(slices: 1, seconds: 0.01)) }
    }
    rows.sort { $0.rate < $1.rate }
    print("KECCAK256 of 64 KiB: \(rounded(keccak)) Mgas/s; \(rows.count) cases")
    for (name, isOwn, aim) in [("Ethereum's prices", false, 30.0), ("our prices", true, 100.0)] {
        let all = rows.filter { $0.item.kind.isOwn == isOwn }
        let below = all.filter { $0.rate < aim }
        print("\n\(name): \(all.count) cases, \(below.count) below \(rounded(aim)) Mgas/s")
        for row in all.prefix(max(below.count, 40)) { print("| \(row.item.name) | \(rounded(row.rate)) | \(rounded(row.rate / keccak)) |") }
    }
}

/// What the largest transaction takes that asks a system contract again and again.
private func benchmarkQueries(of world: World) throws {
    let name = ABI.call("bounds(string)", values: [.text("communityAdmissionMilliseconds")])
    let long = ABI.call("count()") + [UInt8](repeating: 0, count: 1 << 19)
    for (label, input) in [("bounds(string)", name), ("count() with 512 KiB", long)] {
        let sample = try world.callsUntilOutOfGas(to: Parameters.address, input, gas: 16_777_216)
        print("16.7 Mgas of \(label): \(rounded(1000 * sample.seconds)) ms of a core")
    }
}

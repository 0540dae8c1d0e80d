import Foundation
import Storage
import StoreAPI

// Commits numbered batches to the store at a path until it is killed, and writes each number once its commit has returned.
// Every fourth batch is durable: its line also says which log it is in and how long that log was, all of it synced.
//
// `check PATH` opens the store instead and says what is there: `whole LAST` (every batch up to LAST, none in parts),
// `refused REASON` (a typed error) or `wrong WHAT`.
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "check" {
    print(StoreCheck(path: arguments.last ?? "").verdict)
    exit(0)
}

let path = arguments.first ?? ""
let store = try RocksStore(path: path, memoryBytes: 8 << 20)
let last = try store.scan(.wal, limit: 1, reverse: true).first?.key
var number = (last ?? []).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
while true {
    number += 1
    let key = withUnsafeBytes(of: number.bigEndian) { Array($0) }
    var batch = WriteBatch()
    batch.put(.wal, key, key)
    // Enough bytes that logs roll over and tables are written while the process dies.
    for index in 0..<UInt8(32) { batch.put(.trieNode, key + [index], [UInt8](repeating: index, count: 512)) }
    batch.put(.meta, Array("last".utf8), key)
    let isDurable = number.isMultiple(of: 4)
    try store.commit(batch, durable: isDurable)
    let synced = isDurable ? newestLog(in: path).map { " \($0.name) \($0.bytes)" } ?? "" : ""
    FileHandle.standardOutput.write(Data("\(number)\(synced)\n".utf8))
}

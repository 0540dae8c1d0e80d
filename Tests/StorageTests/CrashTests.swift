import Foundation
import Storage
import StoreAPI
import TestKit
import Testing

/// A process that commits numbered batches is killed again and again, always at another moment of a commit.
struct CrashTests {
    @Test func killedWriterLosesNothingItReportedAndTearsNothing() throws {
        try withScratch { path in
            var random = SeededGenerator(seed: 11)
            var reported: UInt64 = 0
            for _ in 0..<10 {
                reported = try max(reported, Self.runAndKill(path, afterLines: Int.random(in: 1...150, using: &random)))
                let found = try Self.checkWhole(path)
                #expect(found >= reported, "batch \(reported) was reported, the last one there is \(found)")
            }
            #expect(reported > 0)
        }
    }

    /// Starts the writer, kills it when it has reported so many batches; the last number it reported.
    private static func runAndKill(_ path: String, afterLines lines: Int) throws -> UInt64 {
        let writer = Process()
        writer.executableURL = try writerURL()
        writer.arguments = [path]
        let pipe = Pipe()
        writer.standardOutput = pipe
        try writer.run()
        var output: [UInt8] = []
        while output.count(where: { $0 == 0x0a }) < lines {
            let data = pipe.fileHandleForReading.availableData
            guard !data.isEmpty else { break }
            output.append(contentsOf: data)
        }
        kill(writer.processIdentifier, SIGKILL)
        output.append(contentsOf: pipe.fileHandleForReading.readDataToEndOfFile())
        writer.waitUntilExit()
        #expect(writer.terminationReason == .uncaughtSignal, "the writer ended by itself")
        // The last line may be cut off.
        let whole = output.prefix(through: output.lastIndex(of: 0x0a) ?? -1)
        return whole.split(separator: 0x0a).last.flatMap { UInt64(String(decoding: $0, as: UTF8.self)) } ?? 0
    }

    /// Every batch up to the last is there with all its entries, in every column; the last one's number.
    private static func checkWhole(_ path: String) throws -> UInt64 {
        let store = try RocksStore(path: path)
        let numbers = try store.scan(.wal, limit: .max).map { $0.key.reduce(0 as UInt64) { $0 << 8 | UInt64($1) } }
        let last = UInt64(numbers.count)
        #expect(numbers == Array(1..<(last + 1)))
        let nodes = try store.scan(.trieNode, limit: .max)
        #expect(nodes.count == 32 * numbers.count)
        #expect(nodes.allSatisfy { $0.value == [UInt8](repeating: $0.key.last ?? 0, count: 512) })
        let recorded = try store.get(.meta, Array("last".utf8)) ?? []
        #expect(recorded.reduce(0 as UInt64) { $0 << 8 | UInt64($1) } == last)
        return last
    }

    /// The writer stands beside the test bundle.
    private static func writerURL() throws -> URL {
        let name = "StorageCrashWriter"
        let folders = [Bundle.main.bundleURL, URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()]
            + Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
        let found = folders.map { $0.appending(path: name) }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
        return try #require(found, "no \(name) beside the tests")
    }
}

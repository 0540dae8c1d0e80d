import Foundation
import TestKit
import Testing

/// The process that writes until it is killed, and the one that looks at what it left.
enum CrashWriter {
    /// What a killed writer had reported.
    struct Reported {
        /// The last batch whose commit had returned.
        var last: UInt64 = 0
        /// The last durable one of them.
        var durable: UInt64 = 0
        /// The log that the durable batch ended in, and the length up to its end.
        var log: (name: String, syncedBytes: Int)?
    }

    /// What is in a store.
    enum Verdict: Hashable {
        /// Every batch up to this one, none in parts.
        case whole(UInt64)
        /// A typed error.
        case refused(String)
        /// The state is wrong and nothing said so.
        case wrong(String)
        /// The database's own assertions stopped the process.
        case stopped
    }

    /// Starts the writer and kills it when it has reported so many batches.
    static func runAndKill(_ path: String, afterLines lines: Int) throws -> Reported {
        let (writer, pipe) = try start([path])
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
        return parse(output.prefix(through: output.lastIndex(of: 0x0a) ?? -1))
    }

    private static func parse(_ output: ArraySlice<UInt8>) -> Reported {
        var reported = Reported()
        for line in output.split(separator: 0x0a) {
            let words = String(decoding: line, as: UTF8.self).split(separator: " ")
            reported.last = words.first.flatMap { UInt64($0) } ?? reported.last
            guard words.count == 3, let bytes = Int(words[2]) else { continue }
            (reported.durable, reported.log) = (reported.last, (String(words[1]), bytes))
        }
        return reported
    }

    /// Looks into a store in a process of its own: a damaged one may stop it.
    static func check(_ path: String) throws -> Verdict {
        let (checker, pipe) = try start(["check", path])
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).trimmingCharacters(in: .newlines)
        checker.waitUntilExit()
        guard checker.terminationReason == .exit, checker.terminationStatus == 0 else { return .stopped }
        if text.hasPrefix("whole "), let last = UInt64(text.dropFirst(6)) { return .whole(last) }
        return text.hasPrefix("refused ") ? .refused(text) : .wrong(text)
    }

    private static func start(_ arguments: [String]) throws -> (Process, Pipe) {
        let (process, pipe) = (Process(), Pipe())
        process.executableURL = try executable()
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        return (process, pipe)
    }

    /// It stands beside the test bundle.
    private static func executable() throws -> URL {
        let name = "StorageCrashWriter"
        let folders = [Bundle.main.bundleURL, URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()]
            + Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
        let found = folders.map { $0.appending(path: name) }.first { FileManager.default.isExecutableFile(atPath: $0.path) }
        return try #require(found, "no \(name) beside the tests")
    }
}

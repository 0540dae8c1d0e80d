import Foundation
import Logging
import NIOConcurrencyHelpers

/// Writes log records as JSON lines to a file that is rotated at a size: `node.log`, the one before as `node.log.1`.
public struct JSONLog: LogHandler {
    public var logLevel: Logger.Level = .info
    public var metadata: Logger.Metadata = [:]
    private let label: String
    private let file: RotatingFile

    public init(label: String, file: RotatingFile) { (self.label, self.file) = (label, file) }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    public func log(event: LogEvent) {
        var record: [String: String] = [
            "time": Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)),
            "level": event.level.rawValue, "node": label, "message": "\(event.message)",
        ]
        for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) { record[key] = "\(value)" }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if let line = try? encoder.encode(record) { file.append(line + [0x0a]) }
    }
}

/// A file that starts anew when it is full, keeping one older part.
public final class RotatingFile: Sendable {
    private struct State {
        var handle: FileHandle
        var size: UInt64
    }

    private let path: String
    private let maximumBytes: UInt64
    private let state: NIOLockedValueBox<State>

    public init(path: String, maximumBytes: UInt64 = 32 << 20) throws {
        (self.path, self.maximumBytes) = (path, maximumBytes)
        state = NIOLockedValueBox(try Self.open(path))
    }

    private static func open(_ path: String) throws -> State {
        if !FileManager.default.fileExists(atPath: path) { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        return State(handle: handle, size: try handle.seekToEnd())
    }

    func append(_ line: Data) {
        state.withLockedValue { state in
            if state.size > maximumBytes { rotate(&state) }
            try? state.handle.write(contentsOf: line)
            state.size += UInt64(line.count)
        }
    }

    private func rotate(_ state: inout State) {
        let old = path + ".1"
        try? FileManager.default.removeItem(atPath: old)
        try? FileManager.default.moveItem(atPath: path, toPath: old)
        if let fresh = try? Self.open(path) {
            try? state.handle.close()
            state = fresh
        }
    }
}

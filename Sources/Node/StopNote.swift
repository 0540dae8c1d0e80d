import Foundation

/// Why a node ended by itself: a file in its home, `node.stopped`, that is there until its next start succeeds.
public struct StopNote: Codable, Hashable, Sendable {
    public var reason: String
    /// Of the newest final block; nil where the node had not come so far.
    public var height: UInt64?
    /// Seconds since 1970.
    public var time: UInt64

    public init(reason: String, height: UInt64?, time: UInt64 = WallClock.milliseconds / 1000) {
        self.reason = reason
        self.height = height
        self.time = time
    }

    private static func file(_ home: URL) -> URL { home.appending(path: "node.stopped") }

    /// nil where there is none that can be read.
    public init?(home: URL) {
        guard let bytes = try? Data(contentsOf: Self.file(home)), let note = try? JSONDecoder().decode(Self.self, from: bytes) else {
            return nil
        }
        self = note
    }

    /// Best effort: where the disk is full there may be no room for this either; the process's exit code and stderr remain.
    public func leave(in home: URL) {
        if let bytes = try? JSONEncoder().encode(self) { try? bytes.write(to: Self.file(home), options: .atomic) }
    }

    public static func remove(from home: URL) { try? FileManager.default.removeItem(at: file(home)) }
}

import Foundation

/// Files that survive a crash at any instruction.
public enum DurableFile {
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        public let description: String
    }

    /// Replaces a file whole: written beside it, synced, renamed, and the folder synced. Mode 0600.
    public static func replace(_ file: URL, with bytes: Data) throws {
        let temporary = file.path + ".new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { throw failure("open \(temporary)") }
        defer { close(descriptor) }
        try writeAll(bytes, to: descriptor)
        guard fsync(descriptor) == 0, rename(temporary, file.path) == 0 else { throw failure("replace \(file.path)") }
        try syncFolder(of: file)
    }

    /// Appends bytes and returns once they are on disk. Creates the file with mode 0600.
    public static func append(_ bytes: Data, to file: URL) throws {
        let isNew = !FileManager.default.fileExists(atPath: file.path)
        let descriptor = open(file.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw failure("open \(file.path)") }
        defer { close(descriptor) }
        try writeAll(bytes, to: descriptor)
        guard fsync(descriptor) == 0 else { throw failure("sync \(file.path)") }
        if isNew { try syncFolder(of: file) }
    }

    private static func writeAll(_ bytes: Data, to descriptor: Int32) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else { throw failure("write") }
            rest = rest.dropFirst(written)
        }
    }

    private static func syncFolder(of file: URL) throws {
        let descriptor = open(file.deletingLastPathComponent().path, O_RDONLY)
        guard descriptor >= 0 else { throw failure("open the folder of \(file.path)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync the folder of \(file.path)") }
    }

    private static func failure(_ what: String) -> Failure { Failure(description: "\(what): \(String(cString: strerror(errno)))") }
}

import Foundation

/// Whole small files that are either old or new, never half of one, and readable by their owner only.
public enum DurableFile {
    public static let maximumBytes = 1 << 24

    /// Replaces the file: writes beside it, forces that to disk, renames, forces the directory to disk.
    public static func write(_ bytes: [UInt8], to path: String) throws(SignerError) {
        let temporary = path + ".new"
        unlink(temporary)
        let file = try SystemFile(temporary, flags: O_WRONLY | O_CREAT | O_EXCL)
        try file.write(bytes, at: 0)
        try file.synchronize()
        guard rename(temporary, path) == 0 else { throw SystemFile.failure(path) }
        try synchronizeDirectory(of: path)
    }

    public static func read(_ path: String) throws(SignerError) -> [UInt8] {
        try SystemFile(path, flags: O_RDONLY).readAll(atMost: maximumBytes)
    }

    /// Reads a file with secrets: fails if the group or others have any right to it.
    public static func readSecret(_ path: String) throws(SignerError) -> [UInt8] {
        let file = try SystemFile(path, flags: O_RDONLY)
        guard try file.status.st_mode & 0o077 == 0 else { throw .tooOpen(path: path) }
        return try file.readAll(atMost: maximumBytes)
    }

    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Makes the directory and those above it, for the owner only.
    public static func makeDirectory(_ path: String) throws(SignerError) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .file(path: path, reason: error.localizedDescription)
        }
    }

    /// Fails if others than the owner can put files into the directory in place of its own.
    public static func checkDirectory(_ path: String) throws(SignerError) {
        guard try SystemFile(path, flags: O_RDONLY | O_DIRECTORY).status.st_mode & 0o022 == 0 else { throw .directoryTooOpen(path: path) }
    }

    /// Forces a file's entry in its directory to disk.
    static func synchronizeDirectory(of path: String) throws(SignerError) {
        let directory = URL(filePath: path).deletingLastPathComponent().path
        try SystemFile(directory, flags: O_RDONLY | O_DIRECTORY).synchronize()
    }
}

/// Holds a path for one process at a time, from `init` until it is released.
public final class FileLock: Sendable {
    private let file: SystemFile

    /// Throws `.locked` when another holder lives longer than the patience lasts.
    public init(_ path: String, patienceMilliseconds: Int = 0) throws(SignerError) {
        file = try SystemFile.locked(path, patienceMilliseconds: patienceMilliseconds)
    }
}

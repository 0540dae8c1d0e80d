import Foundation
import Primitives
import Signer

/// What is to be stored, read once from its start, of the size that it had when it was opened.
///
/// A pipe, a device or standard input says nothing of its size, which stands in the request of the key: it is read into a file without
/// a name first.
package final class InputFile {
    /// The path that stands for standard input.
    package static let standard = "-"

    package let size: UInt64
    package let name: String
    private let descriptor: Int32
    private let path: String

    package init(_ path: String, name: String? = nil) throws(VaultError) {
        self.path = path
        self.name = name ?? (path == Self.standard ? "standard input" : URL(filePath: path).lastPathComponent)
        let opened = path == Self.standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { throw .file("\(path): \(SystemError.words(errno))") }
        var status = stat()
        guard fstat(opened, &status) == 0 else { throw .file("\(path): \(SystemError.words(errno))") }
        switch status.st_mode & S_IFMT {
        case S_IFREG where path != Self.standard: descriptor = opened
        case S_IFDIR:
            Glibc.close(opened)
            throw .file("\(path) is a folder")
        default:
            defer { Glibc.close(opened) }
            descriptor = try Self.spooled(opened, path)
        }
        guard fstat(descriptor, &status) == 0, let size = UInt64(exactly: status.st_size) else { throw .file("\(path): \(SystemError.words(errno))") }
        self.size = size
    }

    /// All that comes, in a file that no other process can open and that is gone with this one.
    private static func spooled(_ source: Int32, _ path: String) throws(VaultError) -> Int32 {
        var template = Array((NSTemporaryDirectory() + "/qustream-XXXXXX").utf8CString)
        let file = mkstemp(&template)
        guard file >= 0 else { throw .file("no temporary file for \(path): \(SystemError.words(errno))") }
        unlink(template)
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = Glibc.read(source, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0, writeAll(buffer[..<max(0, count)], to: file) else {
                let reason = SystemError.words(errno)
                Glibc.close(file)
                throw .file("\(path): \(reason)")
            }
            guard count > 0 else { break }
        }
        lseek(file, 0, SEEK_SET)
        return file
    }

    /// The next `count` bytes.
    package func read(_ count: Int) throws(VaultError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress.map { $0 + filled }, count - filled) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw .file("\(path): \(SystemError.words(errno))") }
            guard got > 0 else { throw .fileChanged }
            filled += got
        }
        return bytes
    }

    /// Throws when the file has grown.
    package func expectEnd() throws(VaultError) {
        var byte: UInt8 = 0
        guard Glibc.read(descriptor, &byte, 1) == 0 else { throw .fileChanged }
    }

    package func close() { Glibc.close(descriptor) }
}

/// Where a file is written to: a regular one appears under its name only when it is whole, also behind a link; a device, a pipe or
/// standard output gets the bytes as they come.
package final class OutputFile {
    /// The path that stands for standard output.
    package static let standard = "-"

    private let path: String
    private let descriptor: Int32
    /// What is to be renamed to what; nil for a stream.
    private let names: (temporary: String, final: String)?
    private var isDone = false

    package init(_ path: String) throws(VaultError) {
        self.path = path
        var status = stat()
        if path == Self.standard {
            (descriptor, names) = (dup(STDOUT_FILENO), nil)
        } else if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            guard status.st_mode & S_IFMT != S_IFDIR else { throw .file("\(path) is a folder") }
            (descriptor, names) = (open(path, O_WRONLY | O_CLOEXEC), nil)
        } else {
            let final = try Self.target(of: path)
            let temporary = final + ".\(ProcessInfo.processInfo.processIdentifier).part"
            (descriptor, names) = (open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600), (temporary, final))
        }
        guard descriptor >= 0 else { throw .file("\(path): \(SystemError.words(errno))") }
    }

    /// Where a path leads through links, though nothing may be there yet.
    private static func target(of path: String) throws(VaultError) -> String {
        var path = path
        // As the system does.
        for _ in 0..<40 {
            guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return path }
            path = next.hasPrefix("/") ? next : URL(filePath: path).deletingLastPathComponent().appending(path: next).path
        }
        throw .file("\(path): \(SystemError.words(ELOOP))")
    }

    package func write(_ bytes: [UInt8]) throws(VaultError) {
        guard writeAll(bytes[...], to: descriptor) else { throw .file("\(path): \(SystemError.words(errno))") }
    }

    /// Gives the file its name.
    package func finish() throws(VaultError) {
        if let names {
            guard fsync(descriptor) == 0, rename(names.temporary, names.final) == 0 else { throw .file("\(path): \(SystemError.words(errno))") }
        }
        isDone = true
    }

    /// Removes what is not whole.
    package func close() {
        Glibc.close(descriptor)
        if !isDone, let names { unlink(names.temporary) }
    }
}

/// Writes all of it; false where the system refuses, with `errno`.
private func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 || errno == EINTR else { return false }
        rest = rest.dropFirst(max(0, count))
    }
    return true
}

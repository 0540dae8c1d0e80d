import Foundation
import Primitives

/// A regular file read once from its start, of the size it had when it was opened.
final class InputFile {
    let size: UInt64
    let name: String
    private let handle: FileHandle

    init(_ path: String) throws(VaultError) {
        let url = URL(filePath: path)
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: url.resolvingSymlinksInPath().path),
            attributes[.type] as? FileAttributeType == .typeRegular, let size = (attributes[.size] as? NSNumber)?.uint64Value
        else { throw .file("\(path) is no readable file") }
        do { handle = try FileHandle(forReadingFrom: url) } catch { throw .file("\(path) cannot be read") }
        self.size = size
        name = String(decoding: Array(url.lastPathComponent.utf8).prefix(255), as: UTF8.self)
    }

    /// The next `count` bytes.
    func read(_ count: Int) throws(VaultError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            guard let part = try? handle.read(upToCount: count - bytes.count), !part.isEmpty else { throw .fileChanged }
            bytes += part
        }
        return bytes
    }

    /// Throws when the file has grown.
    func expectEnd() throws(VaultError) {
        if let more = try? handle.read(upToCount: 1), !more.isEmpty { throw .fileChanged }
    }

    func close() { try? handle.close() }
}

/// A file that appears under its name only when it is whole.
final class OutputFile {
    private let path: String
    private let temporary: String
    private let handle: FileHandle
    private var isDone = false

    init(_ path: String) throws(VaultError) {
        self.path = path
        temporary = path + ".\(ProcessInfo.processInfo.processIdentifier).part"
        guard FileManager.default.createFile(atPath: temporary, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: temporary)
        else { throw .file("\(path) cannot be written") }
        self.handle = handle
    }

    func write(_ bytes: [UInt8]) throws(VaultError) {
        do { try handle.write(contentsOf: bytes) } catch { throw .file("\(path) cannot be written: \(error)") }
    }

    /// Gives the file its name.
    func finish() throws(VaultError) {
        do { try handle.synchronize() } catch { throw .file("\(path) cannot be written: \(error)") }
        guard rename(temporary, path) == 0 else { throw .file("\(path) cannot be written") }
        isDone = true
    }

    /// Removes what is not whole.
    func close() {
        try? handle.close()
        if !isDone { unlink(temporary) }
    }
}

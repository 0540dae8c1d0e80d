import Foundation
import Primitives

/// An append-only file of records. `append` returns when the record is on disk.
///
/// A record is length ‖ complement of the length ‖ CRC-32 of the payload (4 bytes each, big-endian) ‖ payload. What a
/// crash in the middle of an append leaves is cut off on opening; damage anywhere else is an error, because what follows
/// it may be promises.
public struct RecordLog: Sendable {
    public static let maximumRecordBytes = 1 << 20
    public static let maximumFileBytes = 1 << 28
    private static let headerBytes = 12

    /// How far a file has been read. Holds the file, so that no other file is taken for it.
    public struct Mark: Sendable {
        fileprivate let file: SystemFile
        fileprivate let byteCount: Int
    }

    public let path: String
    public private(set) var byteCount: Int
    private var file: SystemFile

    /// Opens or makes the file and takes it for this process.
    /// - Parameter patienceMilliseconds: how long to wait while another holder has it, before throwing `.locked`.
    /// - Returns: the log and its records, oldest first.
    public static func open(
        _ path: String, patienceMilliseconds: Int = 0
    ) throws(SignerError) -> (log: RecordLog, records: [[UInt8]]) {
        let (log, records, _) = try open(path, after: nil, patienceMilliseconds: patienceMilliseconds)
        return (log, records)
    }

    /// Opens as `open` does, and reads what was appended since the mark.
    /// - Returns: the log, its records and whether they are only those after the mark: not where another file has the name by now.
    public static func open(
        _ path: String, after mark: Mark?, patienceMilliseconds: Int = 0
    ) throws(SignerError) -> (log: RecordLog, records: [[UInt8]], areNew: Bool) {
        let isNew = !DurableFile.exists(path)
        let file = try SystemFile.locked(path, patienceMilliseconds: patienceMilliseconds)
        if isNew { try DurableFile.synchronizeDirectory(of: path) }
        var start = 0
        if let mark, try file.isSame(as: mark.file), try file.status.st_size >= mark.byteCount { start = mark.byteCount }
        let bytes = try file.readAll(from: start, atMost: maximumFileBytes)
        let (records, end) = try parse(bytes, path: path, start: start)
        if end < bytes.count {
            try file.truncate(to: start + end)
            try file.synchronize()
        }
        return (RecordLog(path: path, byteCount: start + end, file: file), records, start > 0)
    }

    /// What is in the file now, for opening it again.
    public func mark() throws(SignerError) -> Mark { Mark(file: try SystemFile(path, flags: O_RDONLY), byteCount: byteCount) }

    public mutating func append(_ record: [UInt8]) throws(SignerError) {
        let bytes = try Self.framed(record)
        do {
            try file.write(bytes, at: byteCount)
            try file.synchronize()
        } catch {
            // Whatever part of it is there, the next append overwrites it.
            try? file.truncate(to: byteCount)
            throw error
        }
        byteCount += bytes.count
    }

    /// Replaces all records at once. The new file is taken before it has the name, so that no other process gets between.
    public mutating func rewrite(_ records: [[UInt8]]) throws(SignerError) {
        var bytes: [UInt8] = []
        for record in records { bytes += try Self.framed(record) }
        let temporary = path + ".new"
        unlink(temporary)
        let replacement = try SystemFile(temporary, flags: O_RDWR | O_CREAT | O_EXCL)
        try replacement.lock()
        try replacement.write(bytes, at: 0)
        try replacement.synchronize()
        guard rename(temporary, path) == 0 else { throw SystemFile.failure(path) }
        try DurableFile.synchronizeDirectory(of: path)
        (file, byteCount) = (replacement, bytes.count)
    }

    private static func framed(_ record: [UInt8]) throws(SignerError) -> [UInt8] {
        guard record.count <= maximumRecordBytes else { throw .recordTooLong(maximumBytes: maximumRecordBytes) }
        var bytes: [UInt8] = []
        bytes.append(bigEndian: UInt32(record.count))
        bytes.append(bigEndian: ~UInt32(record.count))
        bytes.append(bigEndian: CRC32.of(record))
        return bytes + record
    }

    private static func parse(_ bytes: [UInt8], path: String, start: Int) throws(SignerError) -> (records: [[UInt8]], end: Int) {
        var (records, rest) = ([[UInt8]](), bytes[...])
        while !rest.isEmpty {
            let header = [0, 4, 8].map { offset in rest.dropFirst(offset).prefix(4).reduce(0 as UInt32) { $0 << 8 | UInt32($1) } }
            let isWhole = rest.count >= headerBytes && header[0] == ~header[1] && header[0] <= UInt32(maximumRecordBytes)
            let payload = rest.dropFirst(headerBytes).prefix(Int(isWhole ? header[0] : 0))
            if isWhole, payload.count == Int(header[0]), CRC32.of(payload) == header[2] {
                records.append(Array(payload))
                rest = rest[payload.endIndex...]
                continue
            }
            // Torn: the file ends inside the record or with it, or was extended but not yet filled, maybe up to a boundary of
            // the disk's blocks inside the header.
            let endsHere = rest.count < headerBytes || (isWhole && rest.count <= headerBytes + Int(header[0]))
            guard endsHere || rest.dropFirst(headerBytes).allSatisfy({ $0 == 0 }) else {
                throw .corrupt(path: path, offset: start + rest.startIndex)
            }
            break
        }
        return (records, rest.startIndex)
    }
}

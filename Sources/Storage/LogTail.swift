import Foundation

/// What stands behind the first damaged record of a write-ahead log.
///
/// RocksDB's log is blocks of 32 KiB with records of masked CRC-32C (4 bytes), length (2) and type (1), little-endian, and
/// the payload (rocksdb/db/log_format.h). What a crash tears was never synced and has nothing whole behind it; a record
/// behind damage shows that the damaged part was on disk once, so that what is lost may have been reported durable.
enum LogTail {
    static let blockBytes = 32_768
    private static let headerBytes = 7
    /// Full, first, middle, last. Zero is room that was never written; higher ones are for logs that are used again.
    private static let plainTypes: ClosedRange<UInt8> = 1...4

    /// Whether damage in the newest log of a database is only what a crash leaves.
    static func isTorn(databaseAt path: String) -> Bool {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path),
            let newest = names.filter({ $0.hasSuffix(".log") }).max(),
            let data = try? Data(contentsOf: URL(filePath: path + "/" + newest), options: .alwaysMapped)
        else { return false }
        return isTorn(Array(data))
    }

    /// Whether the log ends in zeros, which file systems show where data was never written, and no whole record begins
    /// behind the first damaged one. False where nothing is damaged, and where other bytes than zeros stand in for the end:
    /// that may be the last promise gone bad.
    static func isTorn(_ log: [UInt8]) -> Bool {
        guard log.suffix(16).allSatisfy({ $0 == 0 }) else { return false }
        var offset = 0
        while let next = end(ofRecordAt: offset, in: log) { offset = next }
        guard offset < log.count else { return false }
        // Lengths can be damaged too: look at every place of the block, and then where blocks begin.
        let blockEnd = min((offset / blockBytes + 1) * blockBytes, log.count)
        for place in offset..<blockEnd where end(ofRecordAt: place, in: log) != nil && log[place + 6] != 0 { return false }
        for place in stride(from: blockEnd, to: log.count, by: blockBytes) where end(ofRecordAt: place, in: log) != nil { return false }
        return true
    }

    /// Where the next record begins, or nil unless a whole one stands here.
    private static func end(ofRecordAt offset: Int, in log: [UInt8]) -> Int? {
        let blockEnd = (offset / blockBytes + 1) * blockBytes
        // The rest of a block is too short for a header: it is filled up.
        if blockEnd - offset < headerBytes { return blockEnd < log.count ? blockEnd : nil }
        guard offset + headerBytes <= log.count else { return nil }
        let length = Int(log[offset + 4]) | Int(log[offset + 5]) << 8
        let end = offset + headerBytes + length
        guard plainTypes.contains(log[offset + 6]), end <= min(blockEnd, log.count) else { return nil }
        let stored = log[offset..<offset + 4].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
        return CRC32C.masked(log[(offset + 6)..<end]) == stored ? end : nil
    }
}

/// The Castagnoli checksum (RFC 3720, appendix B.4), masked as in RocksDB's and LevelDB's files.
enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
    }

    static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }

    static func masked(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        let crc = of(bytes)
        return (crc >> 15 | crc << 17) &+ 0xa282_ead8
    }
}

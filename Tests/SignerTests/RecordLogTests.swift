import Foundation
import Signer
import Testing

@Suite struct RecordLogTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func write(_ records: [[UInt8]]) throws {
        var (log, _) = try RecordLog.open(scratch.file("log"))
        for record in records { try log.append(record) }
    }

    private func read() throws -> [[UInt8]] { try RecordLog.open(scratch.file("log")).records }

    @Test func recordsComeBackInOrder() throws {
        let records: [[UInt8]] = [[1], [], Array(repeating: 7, count: 5000)]
        try write(records)
        #expect(try read() == records)
        #expect(try scratch.permissions("log") == 0o600)
    }

    @Test func tornTailIsCutOffAtEveryLengthAndAppendingGoesOn() throws {
        try write([[1, 2, 3], [4, 5, 6]])
        let whole = try scratch.bytes("log")
        for length in 15..<whole.count {
            try scratch.put(Array(whole.prefix(length)), in: "log")
            #expect(try read() == [[1, 2, 3]])
            try write([[9]])
            #expect(try read() == [[1, 2, 3], [9]])
        }
    }

    @Test func tailThatWasExtendedButNotFilledIsCutOff() throws {
        try write([[1, 2, 3], [4, 5, 6]])
        let whole = try scratch.bytes("log")
        try scratch.put(whole + [UInt8](repeating: 0, count: 100), in: "log")
        #expect(try read() == [[1, 2, 3], [4, 5, 6]])
        try scratch.put(Array(whole.dropLast(3)) + [0, 0, 0], in: "log")
        #expect(try read() == [[1, 2, 3]])
    }

    @Test func damageBeforeTheLastRecordIsAnErrorWhereverItIs() throws {
        try write([[1, 2, 3], [4, 5, 6]])
        let whole = try scratch.bytes("log")
        for place in 0..<15 {
            var damaged = whole
            damaged[place] ^= 0x10
            try scratch.put(damaged, in: "log")
            #expect(throws: SignerError.corrupt(path: scratch.file("log"), offset: 0)) { try read() }
        }
    }

    @Test func rewriteReplacesAllRecordsAndKeepsTheLock() throws {
        var (log, _) = try RecordLog.open(scratch.file("log"))
        try log.append([1])
        try log.rewrite([[2], [3]])
        try log.append([4])
        #expect(throws: SignerError.locked(path: scratch.file("log"))) { try read() }
        #expect(log.byteCount == 39)
    }

    @Test func recordIsBounded() throws {
        var (log, _) = try RecordLog.open(scratch.file("log"))
        #expect(throws: SignerError.self) { try log.append([UInt8](repeating: 0, count: RecordLog.maximumRecordBytes + 1)) }
    }

    @Test func onlyWhatIsNewIsReadAgain() throws {
        let path = scratch.file("log")
        try write([[1], [2]])
        var mark = try RecordLog.open(path).log.mark()
        try write([[3]])
        do {
            let (log, records, areNew) = try RecordLog.open(path, after: mark)
            #expect(records == [[3]] && areNew && log.byteCount == 39)
            mark = try log.mark()
        }
        // A torn tail is cut off here as well, and damage is named by its place in the file.
        let whole = try scratch.bytes("log")
        try scratch.put(whole + [0, 0], in: "log")
        #expect(try RecordLog.open(path, after: mark).records.isEmpty)
        #expect(try scratch.bytes("log") == whole)
        try scratch.put(whole + [UInt8](repeating: 9, count: 40), in: "log")
        #expect(throws: SignerError.corrupt(path: path, offset: 39)) { try RecordLog.open(path, after: mark) }
    }

    /// Two files made anew, the second of which may well have the first one's number on the disk.
    @Test func aFileThatWasReplacedIsReadWhole() throws {
        let path = scratch.file("log")
        try write([[1], [2]])
        let mark = try RecordLog.open(path).log.mark()
        for first in [7, 8] as [UInt8] {
            do {
                var (log, _) = try RecordLog.open(path)
                try log.rewrite([[first], [first], [first]])
            }
            let (_, records, areNew) = try RecordLog.open(path, after: mark)
            #expect(records == [[first], [first], [first]] && !areNew)
        }
        try FileManager.default.removeItem(atPath: path)
        let (_, records, areNew) = try RecordLog.open(path, after: mark)
        #expect(records.isEmpty && !areNew)
    }
}

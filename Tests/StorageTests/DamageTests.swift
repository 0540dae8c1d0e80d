import Foundation
import TestKit
import Testing

/// Writers are killed, and what a disk can do to their files is done to copies: tails that were never synced are lost or
/// torn, synced bytes are changed. Replay a campaign with `QUSTREAM_CRASH_SEED` and `QUSTREAM_CRASH_ROUNDS`.
@Suite(.serialized) struct DamageTests {
    static let environment = ProcessInfo.processInfo.environment
    static let seed = environment["QUSTREAM_CRASH_SEED"].flatMap { UInt64($0) } ?? 1
    static let rounds = environment["QUSTREAM_CRASH_ROUNDS"].flatMap { Int($0) } ?? 4
    /// Damages to copies of what each killed writer left.
    static let copies = 4

    struct Totals: CustomStringConvertible {
        var whole = 0, refused = 0, stopped = 0
        var description: String { "\(whole) whole, \(refused) refused with an error, \(stopped) stopped by RocksDB's assertions" }
    }

    /// Damages copies of killed writers' stores and hands each verdict to the rule.
    private func campaign(
        _ name: String, _ damage: (_ copy: URL, CrashWriter.Reported, inout SeededGenerator) throws -> String?,
        rule: (CrashWriter.Verdict, CrashWriter.Reported) -> Bool
    ) throws {
        var (random, totals) = (SeededGenerator(seed: Self.seed), Totals())
        for round in 0..<Self.rounds {
            try withScratch { path in
                let store = path + "/store"
                let reported = try CrashWriter.runAndKill(store, afterLines: Int.random(in: 4...200, using: &random))
                for index in 0..<Self.copies {
                    let copy = URL(filePath: path + "/copy\(index)")
                    try FileManager.default.copyItem(at: URL(filePath: store), to: copy)
                    guard let done = try damage(copy, reported, &random) else { continue }
                    let verdict = try CrashWriter.check(copy.path)
                    switch verdict {
                    case .whole: totals.whole += 1
                    case .refused: totals.refused += 1
                    case .stopped: totals.stopped += 1
                    case .wrong: break
                    }
                    #expect(
                        rule(verdict, reported),
                        "seed \(Self.seed) round \(round) copy \(index): \(done) gave \(verdict), durable was \(reported.durable)")
                }
            }
        }
        print("crash campaign: \(name), seed \(Self.seed), \(Self.rounds) killed writers: \(totals)")
    }

    /// The log that the last durable batch is in, and how much of it is synced; nil where a newer log has taken over.
    private func log(_ copy: URL, _ reported: CrashWriter.Reported) throws -> (file: URL, bytes: [UInt8], synced: Int)? {
        guard let log = reported.log else { return nil }
        let file = copy.appending(path: log.name)
        let newest = try FileManager.default.contentsOfDirectory(atPath: copy.path).filter { $0.hasSuffix(".log") }.max()
        guard newest == log.name else { return nil }
        return (file, Array(try Data(contentsOf: file)), log.syncedBytes)
    }

    private static func holdsDurable(_ verdict: CrashWriter.Verdict, _ reported: CrashWriter.Reported) -> Bool {
        if case .whole(let last) = verdict { last >= reported.durable } else { false }
    }

    @Test func lostTailThatWasNeverSyncedLosesNothingDurable() throws {
        try campaign("lost tails") { copy, reported, random in
            guard let (file, bytes, synced) = try log(copy, reported) else { return nil }
            let kept = Int.random(in: synced...bytes.count, using: &random)
            try Data(bytes.prefix(kept)).write(to: file)
            return "cutting the log from \(bytes.count) to \(kept) bytes, \(synced) of them synced,"
        } rule: { Self.holdsDurable($0, $1) }
    }

    @Test func tailThatWasExtendedButNotFilledLosesNothingDurable() throws {
        try campaign("tails of zeros") { copy, reported, random in
            guard let (file, bytes, synced) = try log(copy, reported) else { return nil }
            let kept = Int.random(in: synced...bytes.count, using: &random)
            let zeros = [UInt8](repeating: 0, count: bytes.count - kept + Int.random(in: 0...100_000, using: &random))
            try Data(bytes.prefix(kept) + zeros).write(to: file)
            return "zeros from byte \(kept) of the log on, \(synced) of them synced,"
        } rule: { Self.holdsDurable($0, $1) }
    }

    @Test func tornTailIsEitherCutOffOrRefused() throws {
        try campaign("torn tails") { copy, reported, random in
            guard let (file, intact, synced) = try log(copy, reported), synced < intact.count else { return nil }
            var bytes = intact
            let start = Int.random(in: synced..<bytes.count, using: &random)
            for place in start..<min(start + 4096, bytes.count) { bytes[place] = UInt8.random(in: .min ... .max, using: &random) }
            try Data(bytes).write(to: file)
            return "noise from byte \(start) of the log on"
        } rule: { verdict, reported in
            if case .refused = verdict { true } else { Self.holdsDurable(verdict, reported) }
        }
    }

    @Test func changedByteOfTheSyncedLogIsNoticed() throws {
        try campaign("changed bytes in synced logs") { copy, reported, random in
            guard let (file, intact, synced) = try log(copy, reported), synced > 0 else { return nil }
            var bytes = intact
            let place = Int.random(in: 0..<synced, using: &random)
            bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            try Data(bytes).write(to: file)
            return "changing byte \(place) of \(synced) synced ones of \(bytes.count)"
        } rule: { verdict, reported in
            // Bytes between records mean nothing; a change there may pass.
            if case .wrong = verdict { return false }
            if case .whole = verdict { return Self.holdsDurable(verdict, reported) }
            return true
        }
    }

    @Test func changedByteOfAnyOtherFileIsNoticed() throws {
        try campaign("changed bytes in tables and manifests") { copy, reported, random in
            let names = try FileManager.default.contentsOfDirectory(atPath: copy.path).sorted()
            let files = names.filter { $0.hasSuffix(".sst") || $0.hasPrefix("MANIFEST") || $0 == "CURRENT" }
            guard let name = files.randomElement(using: &random) else { return nil }
            let file = copy.appending(path: name)
            var bytes = Array(try Data(contentsOf: file))
            guard let place = bytes.indices.randomElement(using: &random) else { return nil }
            bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            try Data(bytes).write(to: file)
            return "changing byte \(place) of \(name)"
        } rule: { verdict, reported in
            if case .wrong = verdict { return false }
            if case .whole = verdict { return Self.holdsDurable(verdict, reported) }
            return true
        }
    }
}

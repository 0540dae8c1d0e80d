import ChainTypes
import Cryptography
import Foundation
import Primitives
import Signer
import TestKit
import Testing

/// What a signer promised is on disk whatever a crash does to the end of the file. Replay with `QUSTREAM_CRASH_SEED` and
/// `QUSTREAM_CRASH_ROUNDS`.
@Suite struct TornPromisesTests {
    static let environment = ProcessInfo.processInfo.environment
    static let seed = environment["QUSTREAM_CRASH_SEED"].flatMap { UInt64($0) } ?? 1
    static let rounds = 50 * (environment["QUSTREAM_CRASH_ROUNDS"].flatMap { Int($0) } ?? 4)

    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Random records, and the file's length after each.
    private func write(_ random: inout SeededGenerator) throws -> (records: [[UInt8]], ends: [Int]) {
        try? FileManager.default.removeItem(atPath: scratch.file("log"))
        var (log, _) = try RecordLog.open(scratch.file("log"))
        var (records, ends): ([[UInt8]], [Int]) = ([], [])
        for _ in 0..<Int.random(in: 2...12, using: &random) {
            records.append(random.bytes(0...Int.random(in: 0...600, using: &random)))
            try log.append(records[records.count - 1])
            ends.append(log.byteCount)
        }
        return (records, ends)
    }

    @Test func interruptedAppendKeepsEveryRecordBeforeIt() throws {
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<Self.rounds {
            let (records, ends) = try write(&random)
            let whole = try scratch.bytes("log")
            // The last append has not returned: any part of it may be there, or room for it.
            let start = ends[ends.count - 2]
            let cut = Int.random(in: start..<whole.count, using: &random)
            let room = Bool.random(using: &random) ? [UInt8](repeating: 0, count: whole.count - cut) : []
            try scratch.put(Array(whole.prefix(cut)) + room, in: "log")
            let found = try RecordLog.open(scratch.file("log")).records
            // Zeros that the record ends in may be there already by chance.
            #expect(found == records.dropLast() || found == records, "seed \(Self.seed) round \(round)")
        }
        print("crash campaign: interrupted record logs, seed \(Self.seed): \(Self.rounds) whole")
    }

    @Test func noiseInAnInterruptedAppendIsCutOffOrRefused() throws {
        var (random, refused) = (SeededGenerator(seed: Self.seed), 0)
        for round in 0..<Self.rounds {
            let (records, ends) = try write(&random)
            var bytes = try scratch.bytes("log")
            let place = Int.random(in: ends[ends.count - 2]..<bytes.count, using: &random)
            for index in place..<bytes.count { bytes[index] = UInt8.random(in: .min ... .max, using: &random) }
            try scratch.put(bytes, in: "log")
            do {
                let found = try RecordLog.open(scratch.file("log")).records
                #expect(found == records.dropLast() || found == records, "seed \(Self.seed) round \(round)")
            } catch SignerError.corrupt { refused += 1 }
        }
        print("crash campaign: noisy record logs, seed \(Self.seed): \(Self.rounds - refused) whole, \(refused) refused")
    }

    @Test func changedByteBeforeTheLastRecordIsRefused() throws {
        var random = SeededGenerator(seed: Self.seed)
        for round in 0..<Self.rounds {
            let (_, ends) = try write(&random)
            var bytes = try scratch.bytes("log")
            let place = Int.random(in: 0..<ends[ends.count - 2], using: &random)
            bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            try scratch.put(bytes, in: "log")
            #expect("seed \(Self.seed) round \(round) byte \(place)") {
                try RecordLog.open(scratch.file("log"))
            } throws: { error in
                if case SignerError.corrupt = error { true } else { false }
            }
        }
        print("crash campaign: damaged record logs, seed \(Self.seed): \(Self.rounds) refused")
    }

    @Test func validatorThatCrashedWhileSigningContradictsNoVoteItGave() throws {
        var random = SeededGenerator(seed: Self.seed)
        let key = try MLDSAPrivateKey(suite: .mldsa65, seed: random.bytes(32))
        let path = scratch.file("votes")
        var given: [Ballot] = []
        for round in 0..<Self.rounds / 10 {
            var length = 0
            do {
                let signer = try ConsensusSigner(key: key, genesis: Hash(1, 2, 3, 4), path: path)
                for ballot in given {
                    var rival = ballot
                    rival.block = Hash(9, 9, 9, ballot.view)
                    #expect(throws: SignerError.conflict(ballot), "seed \(Self.seed) round \(round)") { try signer.sign(rival, as: 0) }
                }
                for _ in 0..<3 {
                    let ballot = Ballot(epoch: 0, view: UInt64(given.count + 1 + round), kind: .notarize, block: Hash(1, 1, 1, 1))
                    length = try scratch.bytes("votes").count
                    _ = try signer.sign(ballot, as: 0)
                    given.append(ballot)
                }
            }
            // The crash comes while the last of them is written, so nobody has it.
            given.removeLast()
            let bytes = try scratch.bytes("votes")
            try scratch.put(Array(bytes.prefix(Int.random(in: length..<bytes.count, using: &random))), in: "votes")
        }
    }
}

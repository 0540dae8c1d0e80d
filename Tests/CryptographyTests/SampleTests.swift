import Cryptography
import Foundation
import Primitives
import TestKit
import Testing

/// Published vectors. Every file in the folder goes through exactly one check, and every check has its file.
@Suite struct SampleTests {
    typealias Check = @Sendable (_ name: String) throws -> Int

    /// The check for each file; it answers how many tests it did.
    static let checks: [String: Check] = [
        "SHA3_256LongMsg.rsp": digests { SHA3_256.hash($0).bytes },
        "SHA3_256ShortMsg.rsp": digests { SHA3_256.hash($0).bytes },
        "SHA3_512ShortMsg.rsp": digests { SHA3_512.hash($0) },
        "SHAKE128ShortMsg.rsp": digests(field: "Output") { SHAKE128.squeeze(count: 16, from: $0) },
        "SHAKE256ShortMsg.rsp": digests(field: "Output") { SHAKE256.squeeze(count: 32, from: $0) },
        "SHAKE128VariableOut.rsp": outputs(SHAKE128.self),
        "SHAKE256VariableOut.rsp": outputs(SHAKE256.self),
        "ShortMsgKAT_256.txt": digests { Keccak256.hash($0).bytes },
        "ShortMsgKAT_SHAKE128.txt": digests { SHAKE128.squeeze(count: 512, from: $0) },
        "ShortMsgKAT_SHAKE256.txt": digests { SHAKE256.squeeze(count: 512, from: $0) },
        "bip39.json": RecoveryPhraseTests.check,
        "hpke-pq-xwing.json": KeyEncapsulationTests.checkXWing,
        "kat_MLDSA_65_det_pure.rsp": SignatureTests.checkKeys(.mldsa65),
        "kat_MLDSA_87_det_pure.rsp": SignatureTests.checkKeys(.mldsa87),
        "kat_MLKEM_1024.rsp": KeyEncapsulationTests.check,
        "mldsa_65_verify_test.json": SignatureTests.checkVerification(.mldsa65),
        "mldsa_87_verify_test.json": SignatureTests.checkVerification(.mldsa87),
    ]

    @Test func everyFileHasItsCheckAndEveryCheckItsFile() {
        #expect(Samples.names == Self.checks.keys.sorted())
    }

    @Test(arguments: Samples.names) func vectorsHold(file: String) throws {
        let check = try #require(Self.checks[file])
        #expect(try check(file) > 0)
    }

    private static func digests(field: String = "MD", _ hash: @escaping @Sendable ([UInt8]) -> [UInt8]) -> Check {
        { name in
            let records = try Samples.records(name).filter { (try? $0.text("Msg")) != nil }
            for record in records { #expect(hash(try record.message()) == (try record.bytes(field))) }
            return records.count
        }
    }

    private static func outputs(_ function: (some ExtendableOutput).Type) -> Check {
        { name in
            let records = try Samples.records(name).filter { (try? $0.text("Msg")) != nil }
            for record in records {
                let count = try #require(try record.int("Outputlen")) / 8
                #expect(function.squeeze(count: count, from: try record.message()) == (try record.bytes("Output")))
            }
            return records.count
        }
    }
}

/// The Keccak team's whole files, where the official data sets are.
@Suite(.enabled(if: Vectors.isExpected, "the official vectors are not here")) struct OfficialKeccakTests {
    @Test func keccak256OfOfficialMessages() throws {
        var names: [String] = []
        for file in try Vectors.files(under: "evm/keccak", extension: "txt") where file.lastPathComponent.contains("MsgKAT") {
            names.append(file.lastPathComponent)
            for record in try Record.all(in: file) {
                let digest = try record.bytes("MD")
                if let repeats = try record.int("Repeat") {
                    let text = Array(try record.text("Text").utf8)
                    var sponge = Keccak256.sponge
                    // A gibibyte of text, taken in 1024 copies at a time.
                    let piece = (0..<1024).flatMap { _ in text }
                    for _ in 0..<repeats / 1024 { sponge.absorb(piece) }
                    #expect(sponge.hash.bytes == digest)
                } else if let bits = try record.int("Len"), bits.isMultiple(of: 8) {
                    #expect(Keccak256.hash(try record.message()).bytes == digest)
                }
            }
        }
        #expect(names == ["ExtremelyLongMsgKAT_256.txt", "LongMsgKAT_256.txt", "ShortMsgKAT_256.txt"])
    }
}

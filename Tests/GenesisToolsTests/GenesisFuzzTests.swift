import ChainTypes
import GenesisTools
import Primitives
import TestKit
import Testing

@Suite struct GenesisFuzzTests {
    /// What is read must come back; whatever it says, judging it must end.
    private static func tryOut(_ bytes: [UInt8], files: [UInt8] = []) {
        guard let document = try? GenesisReader.read(bytes, file: { _ in files }) else { return }
        _ = document.findings(now: Fixture.now)
        let again = try? GenesisReader.read(Array(document.json.utf8)) { _ in nil }
        #expect(again == document, "\(String(decoding: bytes, as: UTF8.self))")
    }

    @Test func changedDocumentsNeverTrap() {
        // Short keys would not be read; long ones would take most of the changes.
        var small = Fixture.document()
        (small.validators, small.encryptionNodes) = ([], [])
        small.supply = QST.one * 12
        var generator = SeededGenerator(seed: 20817)
        let originals = [Array(small.json.utf8), Array(Fixture.document().json.utf8)]
        let tokens = ["\"rest\"", "[", "]", "{", "}", ",", "-1", "1e309", "99999999999999999999", "\"\\ud800\"", "null", "true", "\"0x\"", "0"]
        for round in 0..<4000 {
            var bytes = originals[round % 8 == 0 ? 1 : 0]
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: bytes.removeSubrange(index..<min(bytes.count, index + Int.random(in: 1...40, using: &generator)))
                case 2: bytes.insert(contentsOf: tokens.randomElement(using: &generator).map { Array($0.utf8) } ?? [], at: index)
                default: bytes[index] = UInt8(ascii: "0") + UInt8.random(in: 0..<10, using: &generator)
                }
                if bytes.isEmpty { bytes = [0x7b] }
            }
            Self.tryOut(bytes)
        }
    }

    @Test func noiseNeverTraps() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 { Self.tryOut(generator.bytes(0...200)) }
        let head = #"{"name": "a", "chainId": 1, "time": "0", "allocationFiles": ["a.csv"]}"#
        let cells = Array("0123456789abcdefx,,,\n\n.#dh rest".utf8)
        for _ in 0..<2000 {
            Self.tryOut(Array(head.utf8), files: (0..<120).map { _ in cells.randomElement(using: &generator) ?? 0 })
        }
    }

    @Test func extremeNumbersOfAFileAreShownAndJudged() throws {
        var document = Fixture.document()
        document.validators[0].stake?.commission = .max
        document.validators[0].stake?.maximumDailyChange = .max
        document.allocations[0].balance = .max
        document.vesting[0] = VestingAllocation(
            beneficiary: .zero, amount: .max, lockMilliseconds: .max, vestingMilliseconds: .max)
        (document.timeMilliseconds, document.chainID) = (.max, .max)
        document.parameters.viewTimeoutMilliseconds = .max
        document.parameters.keyRequestFee = .max
        let spec = try #require(document.spec)
        #expect(try ChainSpec(rlp: spec.rlp) == spec)
        #expect(try Fixture.read(GenesisDocument(spec).json).spec == spec)
        #expect(!document.findings(now: nil).faults.isEmpty)
    }

    @Test func deepNestingIsRefused() {
        #expect(throws: Faults.self) { try Fixture.read(String(repeating: "[", count: 100_000)) }
    }
}

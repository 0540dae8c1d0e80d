import Crypto
import Foundation
import Precompiles
import Primitives
import TestKit
import Testing

/// go-ethereum's and c-kzg's vectors: outputs, exact gas, and that one gas less is too little.
@Suite(.enabled(if: Vectors.isExpected)) struct OfficialVectorTests {
    @Test func everyFileIsInTheTable() throws {
        let found = try Vectors.files(under: "evm/precompiles/geth").map { $0.deletingPathExtension().lastPathComponent }
        #expect(found.sorted() == GethFile.all.map(\.name).sorted())
        #expect(GethFile.all.map(\.count).reduce(0, +) == 1883)
    }

    @Test(arguments: GethFile.all) func everyCaseOfTheFile(_ file: GethFile) throws {
        let cases = try file.cases()
        #expect(cases.count == file.count)
        for test in cases {
            let input = try bytes(test.input)
            guard let expected = test.expected, let gas = test.gas else {
                #expect(file.name.hasPrefix("fail-"))
                #expect(run(file.number, input, fork: file.fork) == .failure, "\(test.name)")
                continue
            }
            let outcome = PrecompileOutcome.success(gasUsed: gas, output: try bytes(expected))
            #expect(run(file.number, input, gas: gas, fork: file.fork) == outcome, "\(test.name)")
            #expect(gas == 0 || run(file.number, input, gas: gas - 1, fork: file.fork) == .failure, "\(test.name)")
        }
    }

    /// The three prices of one computation.
    @Test func modExpComputesTheSameAtEveryPrice() throws {
        for name in ["modexp", "modexp_eip2565"] {
            let file = try #require(GethFile.all.first { $0.name == name })
            for test in try file.cases() {
                let (input, expected) = (try bytes(test.input), try bytes(test.expected ?? ""))
                #expect(output(0x05, input, fork: .byzantium) == expected, "\(test.name)")
                #expect(output(0x05, input, fork: .cancun) == expected, "\(test.name)")
            }
        }
    }

    @Test func everyKZGProof() throws {
        let files = try Vectors.files(under: "evm/precompiles/kzg/verify_kzg_proof", extension: "yaml")
        #expect(files.count == 122)
        var verdicts: [String: Int] = [:]
        for file in files {
            let fields = try Self.fields(file)
            let verdict = try #require(fields["output"])
            verdicts[verdict, default: 0] += 1
            let commitment = try bytes(fields["commitment"] ?? "")
            let hash = [0x01] + Array(SHA256.hash(data: commitment)).dropFirst()
            let input = try hash + bytes(fields["z"] ?? "") + bytes(fields["y"] ?? "") + commitment + bytes(fields["proof"] ?? "")
            #expect((output(0x0a, input) != nil) == (verdict == "true"), "\(file.deletingLastPathComponent().lastPathComponent)")
        }
        #expect(verdicts == ["true": 54, "false": 48, "null": 20])
    }

    /// The flat subset of YAML that the files use: `name: 'value'` or `name: value`.
    private static func fields(_ file: URL) throws -> [String: String] {
        var fields: [String: String] = [:]
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " '")) }
            if parts.count == 2 { fields[parts[0]] = parts[1] }
        }
        return fields
    }
}

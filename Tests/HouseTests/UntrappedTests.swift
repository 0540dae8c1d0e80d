import Foundation
import Testing

/// What system contracts compute, they compute at the ends of blocks too, on every node at once.
@Suite struct UntrappedTests {
    /// Concatenations, gas of calls, and constants.
    private static let harmless = [
        ".bytes +", "+ [", "] +", "methods = ", "charge(", "storeGas", "settled + new", "chosen +=", "data +=", "365 * ", "NativeGas.",
    ]
    /// Divisors that are never zero: literals, constants, and what is made at least one.
    private static let divisors = "[0-9]|parts|max\\(1,|UInt256\\([0-9y]"

    private static func faults(_ line: Substring) -> Bool {
        let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false).first ?? line
        if code.contains(#/\b(precondition|assert|fatalError)\b|try!|as!/#) { return true }
        guard let division = try? Regex(" [/%] (?!\(divisors))"), !code.contains(division) else { return true }
        return code.contains(#/[ ][-+*][ ]|[^&][-+*]=[ ]/#) && !harmless.contains { code.contains($0) }
    }

    @Test func systemContractsUseNoOperatorThatTraps() throws {
        let others = ["/Checks/", "/EconomyView", "/Calldata.swift", "/ABI.swift"]
        let files = HouseTests.swiftFiles("Sources/SystemContracts").filter { file in !others.contains { file.path.contains($0) } }
        #expect(files.count > 30)
        for file in files {
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
            for (number, line) in lines.enumerated() where Self.faults(line) {
                Issue.record("\(file.lastPathComponent):\(number + 1) may trap; use Storage/Arithmetic.swift: \(line)")
            }
        }
    }

    @Test(arguments: [
        "        try record.set(.pool, pool - given, &hook)", "given = given + part", "index += 1", "let half = wei / all",
        "precondition(given <= pool)", "return delivered * QST.one",
    ])
    func theRuleSeesWhatTraps(line: String) { #expect(Self.faults(line[...])) }

    @Test(arguments: [
        "index &+= 1", "let next = last &+ 1", "time / 1000", "// pool - given", "-> UInt64 {", "words[1].bytes + words[0].bytes",
    ])
    func theRuleLetsOthersPass(line: String) { #expect(!Self.faults(line[...])) }
}

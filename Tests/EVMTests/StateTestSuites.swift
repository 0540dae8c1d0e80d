import Dispatch
import EthereumFixtures
import Foundation
import TestKit
import Testing

/// Ethereum's official state tests, all that there are, checked against the manifest of what there must be.
@Suite(.serialized, .enabled(if: Vectors.isExpected, "no official vectors"))
struct StateTestSuites {
    /// A folder of state tests, with how many files and cases it holds.
    struct Folder: Hashable, Sendable, CustomTestStringConvertible {
        var path: String
        var files: Int
        var cases: Int
        var testDescription: String { path }
    }

    static let manifest: [Folder] = {
        let file = Bundle.module.url(forResource: "manifest", withExtension: "txt")
        let text = file.flatMap { try? String(contentsOf: $0, encoding: .utf8) } ?? ""
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 3, let files = Int(words[1]), let cases = Int(words[2]) else { return nil }
            return Folder(path: String(words[0]), files: files, cases: cases)
        }
    }()

    static func folders() throws -> [String] {
        let files = try ["GeneralStateTests", "eest-state-tests", "evm-benchmarks"].flatMap { suite in
            try Vectors.files(under: "evm/\(suite)").map { file in
                let parts = file.pathComponents
                let start = parts.lastIndex(of: suite) ?? 0
                return parts[start..<min(start + 2, parts.count - 1)].joined(separator: "/")
            }
        }
        return Set(files).sorted()
    }

    @Test func everyFolderIsInTheManifest() throws {
        #expect(try Self.folders() == Self.manifest.map(\.path).sorted())
        #expect(Self.manifest.reduce(0) { $0 + $1.cases } > 20_000)
    }

    @Test(arguments: manifest) func everyCasePasses(_ folder: Folder) async throws {
        let files = try Vectors.files(under: "evm/\(folder.path)")
        // On threads of their own, so that tests that wait for answers find a free one.
        let results = try await withCheckedThrowingContinuation { done in
            DispatchQueue.global().async { done.resume(with: Result { try StateTests.runAll(paths: files.map(\.path)) }) }
        }
        #expect(files.count == folder.files)
        #expect(results.count == folder.cases)
        for result in results {
            let isDisputed = DisputedCases.contains(result.name)
            if (result.failure != nil) != isDisputed { Issue.record("\(result.name): \(result.failure ?? "no longer disputed")") }
        }
    }
}

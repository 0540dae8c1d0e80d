import Foundation
import Testing

/// The rules of the house, read from the repository itself.
@Suite struct HouseTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    static func text(_ path: String) throws -> String { try String(contentsOf: root.appending(path: path), encoding: .utf8) }

    static func swiftFiles(_ folder: String) -> [URL] {
        let all = FileManager.default.enumerator(at: root.appending(path: folder), includingPropertiesForKeys: nil)?.allObjects ?? []
        return all.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }.sorted { $0.path < $1.path }
    }

    /// Target to allowed imports, from the table in docs/architecture.
    static func table() throws -> [String: Set<String>] {
        var rows: [String: Set<String>] = [:]
        for line in try text("docs/architecture/README.md").split(separator: "\n") where line.hasPrefix("| ") {
            let cells = line.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 6, Int(cells[1]) != nil else { continue }
            let allowed = cells[4].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            rows[cells[2].replacing("`", with: "")] = Set(allowed)
        }
        return rows
    }

    static func imports(of file: URL) throws -> [String] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").drop { $0.hasPrefix("@") || $0 == "public" || $0 == "package" }
            guard words.first == "import", let name = words.last else { return nil }
            return String(name.split(separator: ".")[0])
        }
    }

    @Test func everyImportIsInTheTable() throws {
        let table = try Self.table()
        #expect(table.count > 20)
        for target in try FileManager.default.contentsOfDirectory(atPath: Self.root.appending(path: "Sources").path).sorted() {
            let files = Self.swiftFiles("Sources/\(target)")
            guard !files.isEmpty else { continue }
            let allowed = try #require(table[target], "\(target) has no row in docs/architecture")
            guard !allowed.contains("*") else { continue }
            for file in files {
                for name in try Self.imports(of: file) {
                    let matches = allowed.contains(name) || (name.hasPrefix("NIO") && allowed.contains("NIO*"))
                    #expect(matches, "\(target)/\(file.lastPathComponent) imports \(name)")
                }
            }
        }
    }

    @Test func everyRowIsATarget() throws {
        for target in try Self.table().keys {
            #expect(FileManager.default.fileExists(atPath: Self.root.appending(path: "Sources/\(target)").path), "\(target)")
        }
    }

    @Test func filesStaySmall() throws {
        for file in Self.swiftFiles("Sources") where !file.lastPathComponent.contains("WordList") {
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines <= 401, "\(file.lastPathComponent) has \(lines) lines")
        }
    }

    @Test func theReadmeIsShortAndNamesItsCommands() throws {
        let readme = try Self.text("README.md")
        #expect(readme.split(separator: "\n", omittingEmptySubsequences: false).count <= 151)
        #expect(readme.contains("make devnet") && readme.contains("make test"))
    }

    @Test func claimsStandBesideTheirModel() throws {
        let folders = ["README.md"] + (FileManager.default.subpaths(atPath: Self.root.appending(path: "docs").path) ?? []).map { "docs/\($0)" }
        for path in folders where path.hasSuffix(".md") {
            let text = try Self.text(path).lowercased()
            for word in ["unbreakable", "unhackable", "quantum-proof", "military-grade"] {
                #expect(!text.contains(word), "\(path) says \(word)")
            }
            for paragraph in text.split(separator: "\n\n") where paragraph.contains("504") && paragraph.contains("bit") {
                #expect(paragraph.contains("ideal-permutation"), "\(path): \(paragraph)")
            }
        }
    }
}

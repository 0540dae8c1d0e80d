import Foundation
import Primitives
import TestKit

/// The small vector files of this folder. Their README names the sources.
enum Samples {
    static let folder = Bundle.module.resourceURL!.appending(path: "Vectors")

    /// Every vector file, by name, sorted.
    static let names: [String] = {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return all.filter { $0 != "README.md" }.sorted()
    }()

    static func records(_ name: String) throws -> [Record] { try Record.all(in: folder.appending(path: name)) }

    static func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
    }
}

/// One test of a file in NIST's response format: lines `name = value`, tests apart by blank lines.
struct Record {
    struct Missing: Error { let field: String }

    private var fields: [String: String] = [:]

    static func all(in file: URL) throws -> [Record] {
        var records = [Record()]
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false) {
            let line = line.trimmingCharacters(in: .whitespaces)
            if line.isEmpty { records.append(Record()) }
            let parts = line.components(separatedBy: " = ")
            if parts.count == 2, !line.hasPrefix("#"), !line.hasPrefix("[") { records[records.count - 1].fields[parts[0]] = parts[1] }
        }
        return records.filter { !$0.fields.isEmpty }
    }

    func text(_ field: String) throws -> String {
        guard let value = fields[field] else { throw Missing(field: field) }
        return value
    }

    func int(_ field: String) throws -> Int? { fields[field].flatMap { Int($0) } }

    func bytes(_ field: String) throws -> [UInt8] {
        guard let bytes = Hex.decode(try text(field).lowercased()) else { throw Missing(field: field) }
        return bytes
    }

    /// The message: `Len` bits of `Msg` (which is `00` where there are none).
    func message() throws -> [UInt8] {
        let bytes = try bytes("Msg")
        return try int("Len").map { Array(bytes.prefix($0 / 8)) } ?? bytes
    }
}

extension SeededGenerator {
    mutating func words(_ count: Int) -> [UInt64] { (0..<count).map { _ in next() } }
}

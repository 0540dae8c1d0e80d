import Cryptography
import Foundation
import Primitives
import TestKit
import Testing
import Trie

@Suite(.enabled(if: Vectors.isExpected, "no official vectors"))
struct OfficialTrieTests {
    /// Files whose names say so hash their keys.
    private static func isSecure(_ file: URL) -> Bool { file.lastPathComponent.lowercased().contains("secure") }

    @Test func everyFileIsKnown() throws {
        #expect(try Vectors.files(under: "evm/TrieTests").map(\.lastPathComponent) == [
            "hex_encoded_securetrie_test.json", "trieanyorder.json", "trieanyorder_secureTrie.json",
            "trietest.json", "trietest_secureTrie.json", "trietestnextprev.json",
        ])
    }

    @Test func rootsAgree() throws {
        var cases = 0
        for file in try Vectors.files(under: "evm/TrieTests") where !file.lastPathComponent.contains("nextprev") {
            for (name, value) in try Vectors.object(file) {
                let test = try #require(value as? [String: Any])
                let root = try #require(test["root"] as? String)
                let expected = try #require(Hash(hex: root))
                let changes = try Self.changes(test["in"], isSecure: Self.isSecure(file))
                try Self.check(changes, expected, anyOrder: test["in"] is [String: Any], "\(file.lastPathComponent) \(name)")
                cases += 1
            }
        }
        #expect(cases == 25)
    }

    /// One batch, one change at a time, and (where order is free) a build from scratch.
    private static func check(
        _ changes: [(key: [UInt8], value: [UInt8]?)], _ expected: Hash, anyOrder: Bool, _ name: String
    ) throws {
        #expect(try MerklePatriciaTrie().updating(changes, from: NodeTable()).root == expected, "\(name)")
        var kept = KeptTrie()
        for change in changes { try kept.apply([change]) }
        #expect(kept.trie.root == expected, "\(name), one at a time")
        guard anyOrder else { return }
        #expect(MerklePatriciaTrie.root(of: changes.map { ($0.key, $0.value ?? []) }) == expected, "\(name), from scratch")
        var reversed = KeptTrie()
        for change in changes.reversed() { try reversed.apply([change]) }
        #expect(reversed.trie.root == expected, "\(name), reversed")
    }

    private static func changes(_ input: Any?, isSecure: Bool) throws -> [(key: [UInt8], value: [UInt8]?)] {
        let pairs: [(String, String?)]
        if let table = input as? [String: String] {
            pairs = table.map { ($0, $1) }
        } else {
            pairs = try #require(input as? [[Any]]).map { ($0.first as? String ?? "", $0.last as? String) }
        }
        return try pairs.map { key, value in
            let key = try bytes(key)
            return (isSecure ? Keccak256.hash(key).bytes : key, try value.map(bytes))
        }
    }

    private static func bytes(_ text: String) throws -> [UInt8] {
        text.hasPrefix("0x") ? try #require(Hex.decode(text)) : Array(text.utf8)
    }

    @Test func neighboursAgree() throws {
        let files = try Vectors.files(under: "evm/TrieTests").filter { $0.lastPathComponent.contains("nextprev") }
        #expect(files.count == 1)
        for case let test as [String: Any] in try files.flatMap({ try Vectors.object($0).values }) {
            var kept = KeptTrie()
            let keys = try #require(test["in"] as? [String])
            try kept.apply(keys.map { (Array($0.utf8), [1]) })
            for row in try #require(test["tests"] as? [[String]]) {
                let key = Array(row[0].utf8)
                func neighbour(reverse: Bool) throws -> String {
                    let near = try kept.trie.entries(startingAt: key, limit: 2, reverse: reverse, from: kept.table)
                    return String(decoding: near.first { $0.key != key }?.key ?? [], as: UTF8.self)
                }
                #expect(try neighbour(reverse: true) == row[1], "before \(row[0])")
                #expect(try neighbour(reverse: false) == row[2], "after \(row[0])")
            }
        }
    }
}

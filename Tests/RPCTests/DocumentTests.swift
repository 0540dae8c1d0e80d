import Foundation
import RPCServer
import Testing

/// docs/rpc.md and the method table say the same.
@Suite struct DocumentTests {
    /// The names in the first cells of the document's tables: `` | `eth_call` | … ``.
    static func documented() throws -> [String] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/rpc.md"), encoding: .utf8)
        return text.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { line in
            let cell = line.dropFirst(2).prefix { $0 != "|" }
            return cell.split(separator: "`").map(String.init).filter { $0.contains("_") && !$0.contains(" ") }
        }
    }

    @Test func everyMethodIsDocumentedOnceAndNoOther() throws {
        let (offered, documented) = (RPCMethodTable.names, try Self.documented())
        #expect(Set(documented).count == documented.count)
        #expect(Set(offered).subtracting(documented).sorted() == [], "not in docs/rpc.md")
        #expect(Set(documented).subtracting(offered).sorted() == [], "not offered")
    }
}

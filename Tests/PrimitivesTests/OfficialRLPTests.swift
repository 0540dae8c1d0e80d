import Foundation
import Primitives
import TestKit
import Testing

@Suite(.enabled(if: Vectors.isExpected, "no official vectors"))
struct OfficialRLPTests {
    @Test func everyFileAgrees() throws {
        var (valid, invalid, files) = (0, 0, [String]())
        for file in try Vectors.files(under: "evm/RLPTests") {
            files.append(file.lastPathComponent)
            for (name, value) in try Vectors.object(file) {
                let test = try #require(value as? [String: Any])
                let text = try #require(test["out"] as? String)
                let bytes = try #require(Hex.decode(text))
                if test["in"] as? String == "INVALID" {
                    #expect(throws: RLPError.self, "\(name)") { try Item(rlp: bytes) }
                    invalid += 1
                } else {
                    let item = try Item(rlp: bytes)
                    #expect(item.rlp == bytes, "\(name)")
                    if test["in"] as? String != "VALID" { #expect(try Self.item(test["in"]) == item, "\(name)") }
                    valid += 1
                }
            }
        }
        #expect(files == ["example.json", "invalidRLPTest.json", "rlptest.json"])
        #expect(valid == 29)
        #expect(invalid == 26)
    }

    /// A string, a number, a decimal with `#` in front, or a list of such.
    private static func item(_ value: Any?) throws -> Item {
        switch value {
        case let list as [Any]: .list(try list.map { try item($0) })
        case let number as Int: .bytes(UInt256(UInt64(number)).minimalBytes)
        case let text as String where text.hasPrefix("#"): .bytes(bytes(ofDecimal: text.dropFirst()))
        case let text as String: .bytes(Array(text.utf8))
        default: throw CocoaError(.fileReadCorruptFile)
        }
    }

    /// Big-endian bytes of any size: one of the numbers is 2^256.
    private static func bytes(ofDecimal text: Substring) -> [UInt8] {
        var littleEndian: [UInt8] = []
        for digit in text.utf8 {
            var carry = Int(digit) - 0x30
            for index in littleEndian.indices {
                carry += 10 * Int(littleEndian[index])
                littleEndian[index] = UInt8(carry & 0xff)
                carry >>= 8
            }
            if carry > 0 { littleEndian.append(UInt8(carry)) }
        }
        return littleEndian.reversed()
    }
}

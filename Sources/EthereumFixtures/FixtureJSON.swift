import Foundation
import Primitives

/// A test file's value, read with Ethereum's conventions: numbers are hexadecimal strings.
struct FixtureJSON {
    let value: Any?
    let path: String

    init(_ value: Any?, path: String = "") { (self.value, self.path) = (value, path) }

    static func load(_ url: URL) throws -> FixtureJSON {
        FixtureJSON(try JSONSerialization.jsonObject(with: Data(contentsOf: url)), path: url.lastPathComponent)
    }

    subscript(key: String) -> FixtureJSON { FixtureJSON((value as? [String: Any])?[key], path: "\(path).\(key)") }

    var exists: Bool { value != nil && !(value is NSNull) }
    var keys: [String] { ((value as? [String: Any])?.keys).map { $0.sorted() } ?? [] }
    var items: [FixtureJSON] { ((value as? [Any]) ?? []).map { FixtureJSON($0, path: "\(path)[]") } }

    func text() throws(FixtureError) -> String {
        guard let text = value as? String else { throw FixtureError("\(path) is not text") }
        return text
    }

    func number() throws(FixtureError) -> UInt256 {
        let text = try text()
        if !text.hasPrefix("0x"), let number = UInt256(decimal: text) { return number }
        // Some files mark numbers that are too big on purpose.
        let digits = text.replacingOccurrences(of: "0x:bigint ", with: "").replacingOccurrences(of: "0x", with: "")
        guard let bytes = Hex.decode(digits.count % 2 == 0 ? digits : "0" + digits),
            let number = UInt256(bigEndian: bytes.drop { $0 == 0 })
        else { throw FixtureError("\(path) is not a number of 256 bits: \(text)") }
        return number
    }

    func small() throws(FixtureError) -> UInt64 {
        guard let number = try number().asUInt64 else { throw FixtureError("\(path) has more than 64 bits") }
        return number
    }

    func index() throws(FixtureError) -> Int {
        guard let number = value as? Int else { throw FixtureError("\(path) is not an index") }
        return number
    }

    func bytes() throws(FixtureError) -> [UInt8] {
        guard let bytes = Hex.decode(try text()) else { throw FixtureError("\(path) is not hexadecimal") }
        return bytes
    }

    func address() throws(FixtureError) -> Address {
        guard let address = Address(try bytes()) else { throw FixtureError("\(path) is not an address") }
        return address
    }

    func hash() throws(FixtureError) -> Hash { Hash(try number()) }
}

/// A test file that cannot be read, or a transaction that the rules refuse.
public struct FixtureError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

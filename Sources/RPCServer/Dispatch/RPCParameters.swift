import ChainTypes
import Primitives

/// The parameters of one call, read by position. Every reader throws geth's `invalid argument N`.
package struct RPCParameters: Sendable {
    package let values: [JSONValue]
    /// How long the call may still take. Whatever loops over blocks looks at it.
    var time = ReadTime.unbounded

    /// Positional parameters only, as all of Ethereum's methods have; absent ones are none.
    package init(_ value: JSONValue?) throws(RPCFailure) {
        switch value {
        case nil, .null: values = []
        case .array(let items): values = items
        default: throw .invalidParameters("non-array args")
        }
    }

    /// The value, or nil for a missing or null one.
    package func optional(_ index: Int) -> JSONValue? {
        guard values.indices.contains(index), values[index] != .null else { return nil }
        return values[index]
    }

    package func required(_ index: Int) throws(RPCFailure) -> JSONValue {
        guard let value = optional(index) else { throw .invalidParameters("missing value for required argument \(index)") }
        return value
    }

    func address(_ index: Int) throws(RPCFailure) -> Address { try Field.address(try required(index), "argument \(index)") }
    func hash(_ index: Int) throws(RPCFailure) -> Hash { try Field.hash(try required(index), "argument \(index)") }
    func data(_ index: Int) throws(RPCFailure) -> [UInt8] { try Field.data(try required(index), "argument \(index)") }
    func number(_ index: Int) throws(RPCFailure) -> UInt64 { try Field.number(try required(index), "argument \(index)") }

    func flag(_ index: Int) throws(RPCFailure) -> Bool {
        switch optional(index) {
        case nil: return false
        case .bool(let flag): return flag
        default: throw .invalidParameters("invalid argument \(index): expected a boolean")
        }
    }
}

/// Readers of Ethereum's JSON forms; `name` tells the caller which field is wrong.
package enum Field {
    package static func text(_ value: JSONValue, _ name: String) throws(RPCFailure) -> String {
        guard let text = value.asString else { throw .invalidParameters("invalid \(name): expected a string") }
        return text
    }

    package static func data(_ value: JSONValue, _ name: String) throws(RPCFailure) -> [UInt8] {
        let text = try text(value, name)
        guard text.hasPrefix("0x") else { throw withoutPrefix(text, name) }
        guard text.utf8.count.isMultiple(of: 2) else { throw .invalidParameters("invalid \(name): hex string of odd length") }
        guard let bytes = Hex.decode(text) else { throw .invalidParameters("invalid \(name): invalid hex string") }
        return bytes
    }

    package static func fixed<Value: FixedBytes>(_ value: JSONValue, _ name: String) throws(RPCFailure) -> Value {
        let bytes = try data(value, name)
        guard let fixed = Value(bytes) else {
            throw .invalidParameters("invalid \(name): hex string has length \(2 * bytes.count), want \(2 * Value.byteCount)")
        }
        return fixed
    }

    package static func address(_ value: JSONValue, _ name: String) throws(RPCFailure) -> Address { try fixed(value, name) }
    package static func hash(_ value: JSONValue, _ name: String) throws(RPCFailure) -> Hash { try fixed(value, name) }

    package static func quantity(_ value: JSONValue, _ name: String) throws(RPCFailure) -> UInt256 {
        let text = try text(value, name)
        guard text.hasPrefix("0x") else { throw withoutPrefix(text, name) }
        guard let number = Hex.decodeQuantity(text) else {
            let digits = text.utf8.dropFirst(2)
            if digits.isEmpty { throw .invalidParameters("invalid \(name): hex string \"0x\"") }
            if digits.first == UInt8(ascii: "0") { throw .invalidParameters("invalid \(name): hex number with leading zero digits") }
            throw .invalidParameters("invalid \(name): \(digits.count > 64 ? "hex number > 256 bits" : "invalid hex string")")
        }
        return number
    }

    private static func withoutPrefix(_ text: String, _ name: String) -> RPCFailure {
        .invalidParameters("invalid \(name): \(text.isEmpty ? "empty hex string" : "hex string without 0x prefix")")
    }

    package static func number(_ value: JSONValue, _ name: String) throws(RPCFailure) -> UInt64 {
        guard let number = try quantity(value, name).asUInt64 else { throw .invalidParameters("invalid \(name): hex number > 64 bits") }
        return number
    }

    /// A storage key: at most 32 bytes of hexadecimal, also shortened, as geth takes them.
    static func storageKey(_ value: JSONValue) throws(RPCFailure) -> Hash {
        let text = try text(value, "storage key")
        let digits = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
        guard digits.utf8.count <= 64 else {
            throw .invalidParameters("storage key too long (want at most 32 bytes): \"\(text)\"")
        }
        let padded = String(repeating: "0", count: 64 - digits.utf8.count) + digits
        guard let key = Hash(hex: padded) else { throw .invalidParameters("invalid hex in storage key: \"\(text.prefix(80))\"") }
        return key
    }

    /// EIP-2930's list of addresses and slots.
    package static func accessList(_ value: JSONValue, _ name: String) throws(RPCFailure) -> [AccessListEntry] {
        let invalid = RPCFailure.invalidParameters("invalid \(name)")
        guard let entries = value.asArray, entries.count <= 1024 else { throw invalid }
        var list: [AccessListEntry] = []
        for entry in entries {
            guard let address = entry["address"], let keys = (entry["storageKeys"] ?? []).asArray else { throw invalid }
            var slots: [Hash] = []
            for key in keys { slots.append(try hash(key, name)) }
            list.append(AccessListEntry(address: try self.address(address, name), slots: slots))
        }
        return list
    }
}

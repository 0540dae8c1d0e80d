import ContractABI
import Cryptography
import Primitives

/// Writes values as `ArgumentReader` reads them.
public enum ValueWriter {
    public static func text(_ value: ABIValue, _ type: ABIType) -> String {
        switch (type, value) {
        case (.signed, .number(let number)) where number >> 255 == .one: "-\(UInt256.zero &- number)"
        case (_, .number(let number)): number.description
        case (_, .address(let address)): address.checksummed
        case (_, .bool(let flag)): flag ? "true" : "false"
        case (_, .bytes(let bytes)): Hex.encode(bytes)
        case (_, .string(let text)): text.printable
        case (.tuple(let members), .list(let items)):
            "(" + zip(items, members).map { nested($0, $1) }.joined(separator: ",") + ")"
        case (.array(let element), .list(let items)), (.fixedArray(let element, _), .list(let items)):
            "[" + items.map { nested($0, element) }.joined(separator: ",") + "]"
        case (_, .list(let items)): "[\(items.count) values]"
        }
    }

    private static func nested(_ value: ABIValue, _ type: ABIType) -> String {
        if case .string(let text) = value { return "\"\(text.printable)\"" }
        return text(value, type)
    }

    /// For JSON: numbers and bytes as text, lists as lists.
    public static func json(_ value: ABIValue, _ type: ABIType) -> Any {
        switch (type, value) {
        case (_, .bool(let flag)): flag
        case (_, .string(let text)): text
        case (.tuple(let members), .list(let items)): zip(items, members).map { json($0, $1) }
        case (.array(let element), .list(let items)), (.fixedArray(let element, _), .list(let items)):
            items.map { json($0, element) }
        default: text(value, type)
        }
    }
}

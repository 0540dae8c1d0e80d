/// Hexadecimal text, lower case, with or without the `0x` prefix.
public enum Hex {
    /// Encodes bytes as lower-case hexadecimal.
    /// - Parameter prefix: whether `0x` stands in front.
    public static func encode(_ bytes: some Collection<UInt8>, prefix: Bool = true) -> String {
        var text: [UInt8] = prefix ? [0x30, 0x78] : []
        text.reserveCapacity(text.count + 2 * bytes.count)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Decodes hexadecimal of even length, with or without `0x`; nil for anything else.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var utf8 = Array(text.utf8)[...]
        if utf8.starts(with: [0x30, 0x78]) { utf8 = utf8.dropFirst(2) }
        guard utf8.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count / 2)
        var index = utf8.startIndex
        while index < utf8.endIndex {
            guard let high = value(utf8[index]), let low = value(utf8[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
            index += 2
        }
        return bytes
    }

    /// Decodes an Ethereum JSON-RPC quantity (`0x0`, `0x1f`; no leading zeros); nil for anything else.
    public static func decodeQuantity(_ text: some StringProtocol) -> UInt256? {
        let utf8 = Array(text.utf8)
        guard utf8.count >= 3, utf8.count <= 66, utf8[0] == 0x30, utf8[1] == 0x78 else { return nil }
        guard utf8[2] != 0x30 || utf8.count == 3 else { return nil }
        var result = UInt256.zero
        for character in utf8[2...] {
            guard let digit = value(character) else { return nil }
            result = result << 4 | UInt256(UInt64(digit))
        }
        return result
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x66: character - 0x61 + 10
        case 0x41...0x46: character - 0x41 + 10
        default: nil
        }
    }
}

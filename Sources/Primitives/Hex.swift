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
        // One pass over contiguous bytes: transactions arrive as 10 kB of this.
        if let bytes = text.utf8.withContiguousStorageIfAvailable({ decode(utf8: $0) }) { return bytes }
        return Array(text.utf8).withUnsafeBufferPointer { decode(utf8: $0) }
    }

    private static func decode(utf8 text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var text = text[...]
        if text.count >= 2, text[0] == 0x30, text[1] == 0x78 { text = text.dropFirst(2) }
        guard text.count.isMultiple(of: 2) else { return nil }
        var failed: UInt8 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 2) { buffer, count in
            var index = text.startIndex
            while index < text.endIndex {
                let (high, low) = (values[Int(text[index])], values[Int(text[index + 1])])
                failed |= high | low
                buffer[count] = high << 4 | low & 15
                count += 1
                index += 2
            }
        }
        return failed > 15 ? nil : bytes
    }

    /// What each character stands for; 255 for none.
    private static let values = (0...255).map { value(UInt8($0)) ?? 255 }

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

import Primitives

/// An address with capitals that do not fit it: a letter or a digit was mistyped (EIP-55).
public struct MistypedAddress: Error, Hashable, Sendable, CustomStringConvertible {
    public let text: String
    public var description: String { "\(text) is mistyped: its capitals are a checksum that does not fit (EIP-55)" }
}

/// Addresses as people type and read them.
extension Address {
    /// With a checksum in the letters' case (EIP-55).
    public var checksummed: String {
        let digits = hex.utf8.dropFirst(2)
        let digest = Keccak256.hash(Array(digits)).bytes
        let text = zip(digits, 0...).map { digit, place in
            let nibble = place % 2 == 0 ? digest[place / 2] >> 4 : digest[place / 2] & 15
            return digit > 0x60 && nibble > 7 ? digit - 0x20 : digit
        }
        return "0x" + String(decoding: text, as: UTF8.self)
    }

    /// Reads 40 hexadecimal digits with or without `0x`: all small, all capitals, or with the right checksum; nil where it is something else.
    public static func typed(_ text: String) throws(MistypedAddress) -> Address? {
        guard let address = Address(hex: text) else { return nil }
        let letters = text.hasPrefix("0x") ? text.dropFirst(2) : text[...]
        let isMixed = letters.contains(where: \.isUppercase) && letters.contains(where: \.isLowercase)
        guard !isMixed || address.checksummed.dropFirst(2) == letters else { throw MistypedAddress(text: text) }
        return address
    }

    /// The same; nil for a mistyped one as well.
    public init?(typed text: String) {
        guard let address = try? Address.typed(text) else { return nil }
        self = address
    }
}

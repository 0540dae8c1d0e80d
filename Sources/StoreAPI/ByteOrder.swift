/// The order of keys: unsigned bytes, a prefix before its extensions.
public enum ByteOrder {
    /// The smallest key above every key with the prefix; nil when there is none (a prefix of only 0xff, or empty).
    public static func successor(ofPrefix prefix: [UInt8]) -> [UInt8]? {
        guard let index = prefix.lastIndex(where: { $0 != 0xff }) else { return nil }
        return prefix[..<index] + [prefix[index] + 1]
    }
}

extension [UInt8] {
    static func < (a: [UInt8], b: [UInt8]) -> Bool { a.lexicographicallyPrecedes(b) }
}

/// Paths as nibbles (one a byte), and their compact form (Yellow Paper, appendix C).
enum HexPrefix {
    static func nibbles(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 2 * bytes.count) { buffer, count in
            for (index, byte) in bytes.enumerated() {
                buffer[2 * index] = byte >> 4
                buffer[2 * index + 1] = byte & 15
            }
            count = 2 * bytes.count
        }
    }

    /// Whole bytes of an even number of nibbles.
    static func bytes(_ nibbles: [UInt8]) -> [UInt8] {
        stride(from: 0, to: nibbles.count - 1, by: 2).map { nibbles[$0] << 4 | nibbles[$0 + 1] }
    }

    static func encode(_ nibbles: ArraySlice<UInt8>, isLeaf: Bool) -> [UInt8] {
        let flag: UInt8 = isLeaf ? 0x20 : 0
        var rest = nibbles
        var bytes: [UInt8] = []
        bytes.reserveCapacity(nibbles.count / 2 + 1)
        if nibbles.count.isMultiple(of: 2) { bytes.append(flag) } else { bytes.append(flag | 0x10 | (rest.popFirst() ?? 0)) }
        while let high = rest.popFirst(), let low = rest.popFirst() { bytes.append(high << 4 | low) }
        return bytes
    }

    /// - Throws: `malformedNode` unless flag and padding are exactly as `encode` writes them.
    static func decode(_ bytes: ArraySlice<UInt8>) throws(TrieError) -> (nibbles: [UInt8], isLeaf: Bool) {
        guard let first = bytes.first, first < 0x40 else { throw .malformedNode }
        let isOdd = first & 0x10 != 0
        guard isOdd || first & 0x0f == 0 else { throw .malformedNode }
        var nibbles: [UInt8] = []
        nibbles.reserveCapacity(2 * bytes.count)
        if isOdd { nibbles.append(first & 0x0f) }
        for byte in bytes.dropFirst() {
            nibbles.append(byte >> 4)
            nibbles.append(byte & 15)
        }
        return (nibbles, first & 0x20 != 0)
    }

    static func commonPrefixCount(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
        zip(a, b).prefix { $0 == $1 }.count
    }
}

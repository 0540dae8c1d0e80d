import Primitives

/// Branches as they are stored, for lookups that need one child of sixteen: making all of them costs more than finding one.
enum BranchBytes {
    /// What a stored branch has under a nibble. nil where the bytes are not a branch whose children are all absent or stored
    /// by hash and that has no value of its own, which is what large tries consist of; then `TrieNode(decoding:)` says what
    /// they are. Takes nothing that it would refuse.
    static func child(_ nibble: UInt8, in bytes: [UInt8]) -> TrieNode? {
        bytes.withUnsafeBufferPointer { bytes in
            guard var place = payloadStart(bytes) else { return nil }
            var (found, occupied): (TrieNode, Int) = (.empty, 0)
            for index in 0..<16 as Range<UInt8> {
                guard place < bytes.count else { return nil }
                if bytes[place] == 0x80 {
                    place += 1
                } else {
                    guard bytes[place] == 0xa0, place + 32 < bytes.count else { return nil }
                    if index == nibble {
                        guard let hash = Hash(bytes[place + 1...place + 32]) else { return nil }
                        found = .stored(hash)
                    }
                    occupied += 1
                    place += 33
                }
            }
            // The value comes last.
            guard place == bytes.count - 1, bytes[place] == 0x80, occupied >= 2 else { return nil }
            return found
        }
    }

    /// Where the items of a long list begin that takes up all the bytes.
    private static func payloadStart(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard bytes.count > 3 else { return nil }
        switch bytes[0] {
        case 0xf8: return bytes[1] > 55 && Int(bytes[1]) == bytes.count - 2 ? 2 : nil
        case 0xf9: return bytes[1] > 0 && Int(bytes[1]) << 8 | Int(bytes[2]) == bytes.count - 3 ? 3 : nil
        default: return nil
        }
    }
}

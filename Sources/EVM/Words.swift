import Primitives

// Reading and writing words as the EVM's memory has them: 32 bytes, most significant first.

extension UnsafeRawPointer {
    @inline(__always) func loadWord(at offset: Int) -> UInt256 {
        UInt256(
            limbs: UInt64(bigEndian: loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self)),
            UInt64(bigEndian: loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self)),
            UInt64(bigEndian: loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)),
            UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }
}

extension UnsafeMutableRawPointer {
    @inline(__always) func storeWord(_ word: UInt256, at offset: Int) {
        storeBytes(of: word.limb3.bigEndian, toByteOffset: offset, as: UInt64.self)
        storeBytes(of: word.limb2.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
        storeBytes(of: word.limb1.bigEndian, toByteOffset: offset + 16, as: UInt64.self)
        storeBytes(of: word.limb0.bigEndian, toByteOffset: offset + 24, as: UInt64.self)
    }
}

extension UInt256 {
    /// Whether the value is below 2^64.
    @inline(__always) var isSmall: Bool { limb1 | limb2 | limb3 == 0 }

    /// The value, or the largest Int where it does not fit.
    @inline(__always) var clampedInt: Int { isSmall && limb0 < UInt64(Int.max) ? Int(limb0) : .max }

    @inline(__always) init(_ flag: Bool) { self.init(flag ? 1 as UInt64 : 0) }

    @inline(__always) init(_ address: Address) { self = address.padded.number }
}

extension Address {
    /// The low 20 bytes of a word.
    @inline(__always) init(word: UInt256) { self.init(lastBytesOf: Hash(word)) }
}

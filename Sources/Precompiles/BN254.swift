import CBN254

/// `0x06`–`0x08`: addition, multiplication and pairing check on alt_bn128 (EIP-196, EIP-197, EIP-1108).
enum BN254 {
    static let pairBytes = 192

    static func pairingGas(_ input: PrecompileInput, _ fork: Fork) -> UInt64 {
        let pairs = UInt64(input.count / pairBytes)
        return fork >= .istanbul ? 45_000 + 34_000 * pairs : 100_000 + 80_000 * pairs
    }

    static func add(_ input: PrecompileInput) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: 64)
        return cbn254_add(input.padded(0, 128), &output) == 1 ? output : nil
    }

    static func multiply(_ input: PrecompileInput) -> [UInt8]? {
        var output = [UInt8](repeating: 0, count: 64)
        return cbn254_multiply(input.padded(0, 96), &output) == 1 ? output : nil
    }

    static func pairing(_ input: PrecompileInput) -> [UInt8]? {
        guard input.count % pairBytes == 0 else { return nil }
        guard let start = input.bytes.baseAddress, input.count > 0 else { return word(1) }
        var isOne: Int32 = 0
        let bytes = start.assumingMemoryBound(to: UInt8.self)
        guard cbn254_pairing_is_one(bytes, input.count / pairBytes, &isOne) == 1 else { return nil }
        return word(UInt8(isOne))
    }
}

/// A small number in 32 bytes.
func word(_ value: UInt8) -> [UInt8] { [UInt8](repeating: 0, count: 31) + [value] }

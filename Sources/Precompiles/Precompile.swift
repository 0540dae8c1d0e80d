import Primitives

/// The precompiles by the number that is their address.
enum Precompile: UInt16, CaseIterable {
    case ecRecover = 0x01, sha256, ripemd160, identity, modExp, bn254Add, bn254Multiply, bn254Pairing, blake2F
    case pointEvaluation = 0x0a
    case g1Add, g1MultiExp, g2Add, g2MultiExp, blsPairing, mapToG1, mapToG2
    case p256Verify = 0x100
    case mldsa65Verify = 0x901, mldsa87Verify, sha3_256, sha3_512, shake256

    static let firstOfQuStream: UInt16 = 0x901

    /// The fork that brought it.
    var introduced: Fork {
        switch self {
        case .ecRecover, .sha256, .ripemd160, .identity: .frontier
        case .modExp, .bn254Add, .bn254Multiply, .bn254Pairing: .byzantium
        case .blake2F: .istanbul
        case .pointEvaluation: .cancun
        case .g1Add, .g1MultiExp, .g2Add, .g2MultiExp, .blsPairing, .mapToG1, .mapToG2: .prague
        case .p256Verify: .osaka
        case .mldsa65Verify, .mldsa87Verify, .sha3_256, .sha3_512, .shake256: .frontier
        }
    }

    /// The precompile at the address, nil where there is none.
    init?(_ address: Address, _ fork: Fork, _ set: PrecompileSet) {
        let number = address.padded.number
        // Nearly every address ends here.
        guard number.limb1 | number.limb2 | number.limb3 == 0, number.limb0 < 0x1000 else { return nil }
        guard let found = Precompile(rawValue: UInt16(number.limb0)), fork >= found.introduced else { return nil }
        if set == .ethereum, found.rawValue >= Self.firstOfQuStream { return nil }
        self = found
    }
}

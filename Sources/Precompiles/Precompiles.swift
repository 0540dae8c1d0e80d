import Primitives

/// The contracts that the machine itself computes: Ethereum's through Osaka, and QuStream's for post-quantum
/// signatures and hashes.
///
/// | Address | Input | Output | Gas |
/// |---|---|---|---|
/// | `0x01`–`0x11`, `0x100` | as Ethereum's EIPs say | | by fork |
/// | `0x901` ML-DSA-65 | message (32) ‖ signature (3,309) ‖ public key (1,952) | 1 or 0 in 32 bytes | 24,000 |
/// | `0x902` ML-DSA-87 | message (32) ‖ signature (4,627) ‖ public key (2,592) | 1 or 0 in 32 bytes | 36,000 |
/// | `0x903` SHA3-256 | any | 32 bytes | 60 + 12 a word |
/// | `0x904` SHA3-512 | any | 64 bytes | 60 + 24 a word |
/// | `0x905` SHAKE256 | length of the output (32) ‖ any | that many bytes, at most 65,536 | 60 + 12 a word of data and output |
public enum Precompiles {
    /// Whether a precompile lives at the address. Costs a few nanoseconds, as every call in the machine asks.
    public static func exists(_ address: Address, _ fork: Fork, set: PrecompileSet = .quStream) -> Bool {
        Precompile(address, fork, set) != nil
    }

    /// Every address with a precompile, in ascending order (EIP-2929 has them warm from the start).
    public static func addresses(_ fork: Fork, set: PrecompileSet = .quStream) -> [Address] {
        Precompile.allCases.map { Address(low: UInt32($0.rawValue)) }.filter { exists($0, fork, set: set) }
    }

    /// Runs the precompile at the address on `input` with at most `gas`; fails where there is none.
    /// Never traps, whatever the input; costs time about in proportion to the gas that is used.
    public static func run(
        _ address: Address, input: UnsafeRawBufferPointer, gas: UInt64, fork: Fork, set: PrecompileSet = .quStream
    ) -> PrecompileOutcome {
        guard let precompile = Precompile(address, fork, set) else { return .failure }
        let input = PrecompileInput(input)
        guard let gasUsed = precompile.gas(input, fork), gasUsed <= gas, let output = precompile.output(input, fork) else {
            return .failure
        }
        return .success(gasUsed: gasUsed, output: output)
    }

    /// Runs the precompile at the address on `input` with at most `gas`; fails where there is none.
    public static func run(
        _ address: Address, input: [UInt8], gas: UInt64, fork: Fork, set: PrecompileSet = .quStream
    ) -> PrecompileOutcome {
        input.withUnsafeBytes { run(address, input: $0, gas: gas, fork: fork, set: set) }
    }
}

extension Precompile {
    /// The price of the input; nil where no gas is enough.
    func gas(_ input: PrecompileInput, _ fork: Fork) -> UInt64? {
        switch self {
        case .ecRecover: 3000
        case .sha256: input.gas(base: 60, perWord: 12)
        case .ripemd160: input.gas(base: 600, perWord: 120)
        case .identity: input.gas(base: 15, perWord: 3)
        case .modExp: ModExp(input).gas(fork)
        case .bn254Add: fork >= .istanbul ? 150 : 500  // EIP-1108
        case .bn254Multiply: fork >= .istanbul ? 6000 : 40_000
        case .bn254Pairing: BN254.pairingGas(input, fork)
        case .blake2F: Blake2F.gas(input)
        case .pointEvaluation: 50_000
        case .g1Add: 375
        case .g2Add: 600
        case .g1MultiExp: BLSGas.multiExp(input, G1.self)
        case .g2MultiExp: BLSGas.multiExp(input, G2.self)
        case .blsPairing: BLSGas.pairing(input)
        case .mapToG1: 5500
        case .mapToG2: 23_800
        case .p256Verify: 6900
        case .mldsa65Verify: 24_000
        case .mldsa87Verify: 36_000
        case .sha3_256: input.gas(base: 60, perWord: 12)
        case .sha3_512: input.gas(base: 60, perWord: 24)
        case .shake256: PostQuantum.shakeGas(input)
        }
    }

    /// The result; nil where the precompile rejects the input.
    func output(_ input: PrecompileInput, _ fork: Fork) -> [UInt8]? {
        switch self {
        case .ecRecover: ECRecover.run(input)
        case .sha256: Hashing.sha256(input)
        case .ripemd160: Hashing.ripemd160(input)
        case .identity: input.all
        case .modExp: ModExp(input).run()
        case .bn254Add: BN254.add(input)
        case .bn254Multiply: BN254.multiply(input)
        case .bn254Pairing: BN254.pairing(input)
        case .blake2F: Blake2F.run(input)
        case .pointEvaluation: PointEvaluation.run(input)
        case .g1Add: BLS.add(input, G1.self)
        case .g2Add: BLS.add(input, G2.self)
        case .g1MultiExp: BLS.multiExp(input, G1.self)
        case .g2MultiExp: BLS.multiExp(input, G2.self)
        case .blsPairing: BLS.pairing(input)
        case .mapToG1: BLS.map(input, G1.self)
        case .mapToG2: BLS.map(input, G2.self)
        case .p256Verify: P256Verify.run(input)
        case .mldsa65Verify: PostQuantum.verify(.mldsa65, input)
        case .mldsa87Verify: PostQuantum.verify(.mldsa87, input)
        case .sha3_256: PostQuantum.sha3_256(input)
        case .sha3_512: PostQuantum.sha3_512(input)
        case .shake256: PostQuantum.shake256(input)
        }
    }
}

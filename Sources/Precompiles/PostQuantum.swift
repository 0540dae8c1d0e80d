import Cryptography
import Primitives

/// `0x901`–`0x905`: what contracts need for post-quantum signatures. EIP-8051's draft covers ML-DSA-44 only, with an
/// expanded public key at `0x12`; its order of input, its output and its 32-byte message are kept, the key is FIPS 204's.
enum PostQuantum {
    static let longestOutput = 65_536

    /// ML-DSA (FIPS 204, algorithm 3) with an empty context, which no transaction of the chain is signed under.
    /// Anything that is not a valid signature gives zero, a wrong length included.
    static func verify(_ suite: SignatureSuite, _ input: PrecompileInput) -> [UInt8] {
        let keyStart = 32 + suite.signatureBytes
        guard input.count == keyStart + suite.publicKeyBytes else { return word(0) }
        let holds = MLDSA.verify(
            suite: suite, publicKey: input.present(keyStart, suite.publicKeyBytes), message: input.present(0, 32), context: [],
            signature: input.present(32, suite.signatureBytes))
        return word(holds ? 1 : 0)
    }

    static func sha3_256(_ input: PrecompileInput) -> [UInt8] { SHA3_256.hash(input.bytes).bytes }

    static func sha3_512(_ input: PrecompileInput) -> [UInt8] { SHA3_512.hash(input.bytes) }

    /// nil: the output would be too long.
    static func shakeGas(_ input: PrecompileInput) -> UInt64? {
        guard let length = shakeLength(input) else { return nil }
        return 60 + 12 * (PrecompileInput.words(max(input.count - 32, 0)) + PrecompileInput.words(length))
    }

    static func shake256(_ input: PrecompileInput) -> [UInt8]? {
        shakeLength(input).map { SHAKE256.squeeze(count: $0, from: input.bytes.dropFirst(32)) }
    }

    private static func shakeLength(_ input: PrecompileInput) -> Int? {
        guard let length = input.number(0).asUInt64, length <= UInt64(longestOutput) else { return nil }
        return Int(length)
    }
}

import CSecp256k1
import Cryptography

/// `0x01`: the address that made a secp256k1 signature (Yellow Paper, appendix E): hash ‖ v ‖ r ‖ s, each in 32 bytes.
enum ECRecover {
    /// The address in 32 bytes, or nothing where the signature is not one.
    static func run(_ input: PrecompileInput) -> [UInt8] {
        let bytes = input.padded(0, 128)
        let v = bytes[63]
        guard bytes[32..<63].allSatisfy({ $0 == 0 }), v == 27 || v == 28 else { return [] }
        guard let key = publicKey(hash: Array(bytes[0..<32]), compact: Array(bytes[64..<128]), recovery: Int32(v) - 27) else {
            return []
        }
        return [UInt8](repeating: 0, count: 12) + Keccak256.hash(key).bytes[12...]
    }

    /// x ‖ y; `hash` has 32 bytes and `compact` (r ‖ s) 64.
    private static func publicKey(hash: [UInt8], compact: [UInt8], recovery: Int32) -> [UInt8]? {
        guard let context = csecp256k1_context() else { return nil }
        var signature = secp256k1_ecdsa_recoverable_signature()
        var key = secp256k1_pubkey()
        guard secp256k1_ecdsa_recoverable_signature_parse_compact(context, &signature, compact, recovery) == 1,
            secp256k1_ecdsa_recover(context, &key, &signature, hash) == 1
        else { return nil }
        var output = [UInt8](repeating: 0, count: 65)
        var length = output.count
        secp256k1_ec_pubkey_serialize(context, &output, &length, &key, UInt32(SECP256K1_EC_UNCOMPRESSED))
        return Array(output.dropFirst())
    }
}

import CNettle
import Crypto

/// `0x02` and `0x03`.
enum Hashing {
    static func sha256(_ input: PrecompileInput) -> [UInt8] {
        var hasher = SHA256()
        hasher.update(bufferPointer: input.bytes)
        return Array(hasher.finalize())
    }

    /// RIPEMD-160, left-padded to 32 bytes.
    static func ripemd160(_ input: PrecompileInput) -> [UInt8] {
        var context = ripemd160_ctx()
        nettle_ripemd160_init(&context)
        nettle_ripemd160_update(&context, input.count, input.bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        var digest = [UInt8](repeating: 0, count: Int(RIPEMD160_DIGEST_SIZE))
        nettle_ripemd160_digest(&context, digest.count, &digest)
        return [UInt8](repeating: 0, count: 12) + digest
    }
}

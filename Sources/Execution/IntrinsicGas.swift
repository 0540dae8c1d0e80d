import ChainTypes
import Cryptography

/// What a transaction costs before anything of it runs (EIP-2028, 2930, 3860).
public enum IntrinsicGas {
    public static let transfer: UInt64 = 21_000

    /// Gas for the signature's size beyond that of ML-DSA-65, which the flat price covers.
    public static func surcharge(_ suite: SignatureSuite) -> UInt64 { suite == .mldsa65 ? 0 : 10_000 }

    public static func of(_ transaction: UnsignedTransaction) -> UInt64 {
        let zeros = transaction.data.reduce(into: 0 as UInt64) { $0 += $1 == 0 ? 1 : 0 }
        let nonzeros = UInt64(transaction.data.count) - zeros
        let slots = transaction.accessList.reduce(into: 0 as UInt64) { $0 += UInt64($1.slots.count) }
        let access = 2_400 * UInt64(transaction.accessList.count) + 1_900 * slots
        let creation: UInt64 = transaction.to == nil ? 32_000 + 2 * ((UInt64(transaction.data.count) + 31) / 32) : 0
        return transfer + surcharge(transaction.suite) + 4 * zeros + 16 * nonzeros + access + creation
    }
}

import ChainTypes
import Cryptography
import EVM

extension IntrinsicGas {
    /// Gas for the signature's size beyond that of ML-DSA-65, which the flat price covers.
    public static func surcharge(_ suite: SignatureSuite) -> UInt64 { suite == .mldsa65 ? 0 : 10_000 }

    /// What a transaction of this chain costs before anything of it runs.
    public static func of(_ transaction: UnsignedTransaction) -> UInt64 {
        surcharge(transaction.suite)
            + of(
                data: transaction.data, isCreation: transaction.to == nil, accessList: transaction.accessList,
                fork: ProtocolRules.fork)
    }
}

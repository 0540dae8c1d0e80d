import Primitives

/// What reading and writing storage costs since Berlin and London (EIP-2200, 2929, 3529).
public enum StorageGas {
    public static let warmAccess: UInt64 = 100
    public static let coldLoad: UInt64 = 2_100
    public static let coldAccount: UInt64 = 2_600

    /// The gas of a write, and what it adds to the refund or takes from it.
    public static func change(
        committed: UInt256, current: UInt256, new: UInt256, isCold: Bool, clearRefund: Int64 = 4_800
    ) -> (gas: UInt64, refund: Int64) {
        let cold = isCold ? coldLoad : 0
        if current == new { return (cold + warmAccess, 0) }
        if committed == current {
            if committed.isZero { return (cold + 20_000, 0) }
            return (cold + 2_900, new.isZero ? clearRefund : 0)
        }
        var refund: Int64 = 0
        if !committed.isZero {
            if current.isZero { refund -= clearRefund } else if new.isZero { refund += clearRefund }
        }
        if committed == new { refund += committed.isZero ? 19_900 : 2_800 }
        return (cold + warmAccess, refund)
    }
}

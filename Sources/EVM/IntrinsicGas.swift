import ChainTypes
import Precompiles

/// What a transaction costs before anything of it runs, and the least that it costs in the end.
public enum IntrinsicGas {
    /// EIP-2, 2028, 2930, 3860, 7702.
    public static func of(
        data: [UInt8], isCreation: Bool, accessList: [AccessListEntry] = [], authorizations: Int = 0, fork: Fork
    ) -> UInt64 {
        let zeros = UInt64(data.count { $0 == 0 })
        let nonzeros = UInt64(data.count) - zeros
        let slots = accessList.reduce(into: 0 as UInt64) { $0 += UInt64($1.slots.count) }
        var gas = 21_000 + 4 * zeros + (fork >= .istanbul ? 16 : 68) * nonzeros
        gas += 2_400 * UInt64(accessList.count) + 1_900 * slots + 25_000 * UInt64(authorizations)
        if isCreation, fork >= .homestead { gas += 32_000 }
        if isCreation, fork >= .shanghai { gas += 2 * ((UInt64(data.count) + 31) / 32) }
        return gas
    }

    /// The floor that calldata sets (EIP-7623); zero before Prague.
    public static func floor(data: [UInt8], fork: Fork) -> UInt64 {
        guard fork >= .prague else { return 0 }
        let zeros = UInt64(data.count { $0 == 0 })
        return 21_000 + 10 * (zeros + 4 * (UInt64(data.count) - zeros))
    }
}

extension Outcome {
    /// What a transaction pays for in the end: its refund capped (EIP-3529), at least its floor (EIP-7623).
    public func gasUsed(limit: UInt64, floor: UInt64, fork: Fork) -> UInt64 {
        let spent = limit - gasLeft
        return max(floor, spent - min(refund, spent / (fork >= .london ? 5 : 2)))
    }
}

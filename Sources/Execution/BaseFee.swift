import ChainTypes
import Primitives

/// The base fee of the next block (EIP-1559), following the fuller of gas and witness bytes.
public enum BaseFee {
    static let elasticity: UInt64 = 2
    static let changeDenominator: UInt64 = 8

    /// - Parameter witnessBytes: of the parent's transactions together.
    public static func next(after parent: Header, witnessBytes: Int) -> UInt256 {
        let target = parent.gasLimit / elasticity
        let witnessShare = UInt64(witnessBytes) * parent.gasLimit / UInt64(Block.maximumWitnessBytes)
        let used = max(parent.gasUsed, min(witnessShare, parent.gasLimit))
        guard target > 0, used != target else { return parent.baseFeePerGas }
        let distance = used > target ? used - target : target - used
        let product = parent.baseFeePerGas.checkedMultiply(UInt256(distance)) ?? .max
        let change = product / UInt256(target) / UInt256(changeDenominator)
        if used > target { return parent.baseFeePerGas.checkedAdd(max(change, .one)) ?? .max }
        return parent.baseFeePerGas.checkedSubtract(change) ?? .zero
    }
}

extension SignedTransaction {
    /// Bytes that count against a block's witness limit.
    public var witnessBytes: Int { witness.publicKey.count + witness.signature.count }
}

extension UnsignedTransaction {
    /// Wei per gas that is paid at a base fee; nil when the offer is below it.
    public func effectiveGasPrice(baseFee: UInt256) -> UInt256? {
        guard maxFeePerGas >= baseFee else { return nil }
        return min(maxFeePerGas, baseFee.checkedAdd(maxPriorityFeePerGas) ?? maxFeePerGas)
    }

    /// The most that it can take from the sender: value + gasLimit · maxFeePerGas; nil on overflow.
    public var maximumCost: UInt256? {
        maxFeePerGas.checkedMultiply(UInt256(gasLimit))?.checkedAdd(value)
    }
}

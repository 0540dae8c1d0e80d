import ChainTypes
import Execution
import Primitives

/// What including a transaction brings per gas at a base fee. One that cannot be included brings less than any that can.
struct Worth: Comparable, Sendable {
    let isPayable: Bool
    /// Wei: the proposer's tip; of what cannot be included, the fee cap.
    let perGas: UInt256

    init(_ body: UnsignedTransaction, baseFee: UInt256) {
        let price = body.effectiveGasPrice(baseFee: baseFee)
        isPayable = price != nil
        perGas = price.map { $0 - baseFee } ?? body.maxFeePerGas
    }

    static func < (a: Worth, b: Worth) -> Bool {
        a.isPayable == b.isPayable ? a.perGas < b.perGas : !a.isPayable
    }

    /// Wei per gas that must be added at least, so that nobody fights for places with single wei.
    static let leastStep = UInt256(1_000_000)

    /// What must be offered to push this one out: a tenth more.
    var nextBid: UInt256 { perGas.checkedAdd(max(perGas / 10, Self.leastStep)) ?? .max }

    /// Whether this one may take the other's place.
    func outbids(_ other: Worth) -> Bool {
        isPayable == other.isPayable ? perGas >= other.nextBid : isPayable
    }
}

import ChainTypes
import Primitives

/// What a transaction offers per gas, in wei.
struct Offer: Sendable {
    let cap: UInt256
    let maximumTip: UInt256

    init(_ body: UnsignedTransaction) { (cap, maximumTip) = (body.maxFeePerGas, body.maxPriorityFeePerGas) }

    /// What the proposer gets of it at a base fee; nil when it does not reach that.
    func tip(baseFee: UInt256) -> UInt256? { cap >= baseFee ? min(maximumTip, cap - baseFee) : nil }
}

/// What including a transaction brings per gas at a base fee. One that cannot be included brings less than any that
/// can.
struct Worth: Comparable, Sendable {
    let isPayable: Bool
    /// Wei: the proposer's tip; of what cannot be included, the fee cap.
    let perGas: UInt256

    init(_ offer: Offer, baseFee: UInt256) {
        let tip = offer.tip(baseFee: baseFee)
        isPayable = tip != nil
        perGas = tip ?? offer.cap
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

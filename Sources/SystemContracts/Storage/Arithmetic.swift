import Primitives
import WorldState

// Arithmetic of contracts. Nothing here traps, whatever the state holds: the ends of blocks run on every node, and a node
// that only tries a call out lets the caller pretend any state. Amounts that do not fit revert; times stay at the last one.

extension UInt256 {
    func plus(_ other: UInt256) throws(NativeFailure) -> UInt256 {
        guard let sum = checkedAdd(other) else { throw .revert("the amount is too large") }
        return sum
    }

    func minus(_ other: UInt256) throws(NativeFailure) -> UInt256 {
        guard let difference = checkedSubtract(other) else { throw .revert("the amount is too large") }
        return difference
    }

    func times(_ other: UInt256) throws(NativeFailure) -> UInt256 {
        guard let product = checkedMultiply(other) else { throw .revert("the amount is too large") }
        return product
    }

    /// Quotient and remainder of two amounts.
    func divided(by divisor: UInt256) throws(NativeFailure) -> (quotient: UInt256, remainder: UInt256) {
        guard !divisor.isZero else { throw .revert("division by zero") }
        return quotientAndRemainder(dividingBy: divisor)
    }

    /// `⌊self · numerator / denominator⌋`
    func scaled(_ numerator: UInt256, over denominator: UInt256) throws(NativeFailure) -> UInt256 {
        try times(numerator).divided(by: denominator).quotient
    }

    /// `⌈self · numerator / denominator⌉`
    func scaledUp(_ numerator: UInt256, over denominator: UInt256) throws(NativeFailure) -> UInt256 {
        let (quotient, rest) = try times(numerator).divided(by: denominator)
        return rest.isZero ? quotient : try quotient.plus(.one)
    }

    /// The part of an amount that a fraction of 10^18 says, rounded down.
    func fraction(_ fraction: UInt256) throws(NativeFailure) -> UInt256 { try scaled(fraction, over: QST.one) }
}

extension UInt64 {
    /// The sum, or the largest number: a time so far ahead does not come.
    func later(by other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    /// The difference, or zero.
    func since(_ other: UInt64) -> UInt64 { self > other ? self &- other : 0 }

    /// Milliseconds of seconds, or the largest number.
    var milliseconds: UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product
    }
}

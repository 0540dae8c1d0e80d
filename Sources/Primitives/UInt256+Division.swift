import CWide

// Division by Knuth's algorithm D (TAOCP 4.3.1) on 64-bit limbs in fixed arrays on the stack.

/// Up to nine little-endian limbs: a 512-bit number and the place for its normalisation.
private typealias Limbs = InlineArray<9, UInt64>

extension UInt256 {
    /// Quotient and remainder; traps when the divisor is zero.
    public func quotientAndRemainder(dividingBy divisor: UInt256) -> (quotient: UInt256, remainder: UInt256) {
        precondition(!divisor.isZero, "UInt256 division by zero")
        if let small = divisor.asUInt64 { return dividedBySmall(small) }
        guard self >= divisor else { return (.zero, self) }
        var dividend = Limbs(repeating: 0)
        (dividend[0], dividend[1], dividend[2], dividend[3]) = (limb0, limb1, limb2, limb3)
        let quotient = divide(&dividend, count: 4, by: divisor)
        return (
            UInt256(limbs: quotient[0], quotient[1], quotient[2], quotient[3]),
            UInt256(limbs: dividend[0], dividend[1], dividend[2], dividend[3])
        )
    }

    /// ADDMOD: the sum is not reduced modulo 2^256 first. Zero where the modulus is zero.
    public func adding(_ other: UInt256, modulo modulus: UInt256) -> UInt256 {
        guard !modulus.isZero else { return .zero }
        let (sum, overflow) = addingReportingOverflow(other)
        guard overflow else { return sum.machineRemainder(by: modulus) }
        var wide = Limbs(repeating: 0)
        (wide[0], wide[1], wide[2], wide[3], wide[4]) = (sum.limb0, sum.limb1, sum.limb2, sum.limb3, 1)
        return remainder(&wide, count: 5, by: modulus)
    }

    /// MULMOD: the product is not reduced modulo 2^256 first. Zero where the modulus is zero.
    public func multiplied(by other: UInt256, modulo modulus: UInt256) -> UInt256 {
        guard !modulus.isZero else { return .zero }
        var wide = Limbs(repeating: 0)
        accumulate(limb0, other, at: 0, into: &wide)
        accumulate(limb1, other, at: 1, into: &wide)
        accumulate(limb2, other, at: 2, into: &wide)
        accumulate(limb3, other, at: 3, into: &wide)
        return remainder(&wide, count: 8, by: modulus)
    }

    func dividedBySmall(_ divisor: UInt64) -> (quotient: UInt256, remainder: UInt256) {
        let (quotient3, remainder3) = divideWide(0, limb3, by: divisor)
        let (quotient2, remainder2) = divideWide(remainder3, limb2, by: divisor)
        let (quotient1, remainder1) = divideWide(remainder2, limb1, by: divisor)
        let (quotient0, remainder0) = divideWide(remainder1, limb0, by: divisor)
        return (UInt256(limbs: quotient0, quotient1, quotient2, quotient3), UInt256(remainder0))
    }
}

/// The quotient must fit: `high` below the divisor.
@inline(__always)
private func divideWide(_ high: UInt64, _ low: UInt64, by divisor: UInt64) -> (quotient: UInt64, remainder: UInt64) {
    var remainder: UInt64 = 0
    let quotient = qs_divide_wide(high, low, divisor, &remainder)
    return (quotient, remainder)
}

/// Adds `limb × other × 2^(64·position)`.
@inline(__always)
private func accumulate(_ limb: UInt64, _ other: UInt256, at position: Int, into wide: inout Limbs) {
    var carry: UInt128 = 0
    for index in 0..<4 {
        carry += UInt128(limb) * UInt128(other.limb(index)) + UInt128(wide[position + index])
        wide[position + index] = UInt64(truncatingIfNeeded: carry)
        carry >>= 64
    }
    wide[position + 4] = UInt64(truncatingIfNeeded: carry)
}

private func remainder(_ wide: inout Limbs, count: Int, by modulus: UInt256) -> UInt256 {
    if let small = modulus.asUInt64 {
        var rest: UInt64 = 0
        for index in stride(from: count - 1, through: 0, by: -1) { rest = divideWide(rest, wide[index], by: small).remainder }
        return UInt256(rest)
    }
    _ = divide(&wide, count: count, by: modulus)
    return UInt256(limbs: wide[0], wide[1], wide[2], wide[3])
}

/// Divides the first `count` limbs by a divisor of at least two limbs; leaves the remainder in `dividend`.
private func divide(_ dividend: inout Limbs, count: Int, by divisor: UInt256) -> Limbs {
    let length = divisor.limb3 != 0 ? 4 : divisor.limb2 != 0 ? 3 : 2
    let shift = divisor.limb(length - 1).leadingZeroBitCount
    let normal = divisor << shift
    shiftLeft(&dividend, count: count, by: shift)
    let (top, second) = (normal.limb(length - 1), normal.limb(length - 2))
    var quotient = Limbs(repeating: 0)
    for position in stride(from: count - length, through: 0, by: -1) {
        let digit = estimate(
            dividend[position + length], dividend[position + length - 1], dividend[position + length - 2], top, second)
        quotient[position] = subtract(digit, normal, length: length, from: &dividend, at: position)
    }
    shiftRight(&dividend, count: length, by: shift)
    return quotient
}

/// A quotient digit that is right or one too large (step D3).
@inline(__always)
private func estimate(_ high: UInt64, _ middle: UInt64, _ low: UInt64, _ top: UInt64, _ second: UInt64) -> UInt64 {
    var (digit, rest): (UInt64, UInt64)
    if high < top {
        (digit, rest) = divideWide(high, middle, by: top)
    } else {
        let (sum, overflow) = middle.addingReportingOverflow(top)
        if overflow { return .max }
        (digit, rest) = (.max, sum)
    }
    while UInt128(digit) * UInt128(second) > UInt128(rest) << 64 | UInt128(low) {
        digit -= 1
        let (sum, overflow) = rest.addingReportingOverflow(top)
        if overflow { break }
        rest = sum
    }
    return digit
}

/// Subtracts `digit × divisor` at a position and gives the digit that fits (steps D4 to D6).
@inline(__always)
private func subtract(_ digit: UInt64, _ divisor: UInt256, length: Int, from dividend: inout Limbs, at position: Int) -> UInt64 {
    var (borrow, carry): (UInt64, UInt64) = (0, 0)
    for index in 0..<length {
        let product = UInt128(digit) * UInt128(divisor.limb(index)) + UInt128(carry)
        carry = UInt64(truncatingIfNeeded: product >> 64)
        let difference = UInt128(dividend[position + index]) &- UInt128(UInt64(truncatingIfNeeded: product)) &- UInt128(borrow)
        dividend[position + index] = UInt64(truncatingIfNeeded: difference)
        borrow = UInt64(truncatingIfNeeded: difference >> 127)
    }
    let last = UInt128(dividend[position + length]) &- UInt128(carry) &- UInt128(borrow)
    dividend[position + length] = UInt64(truncatingIfNeeded: last)
    guard last >> 127 != 0 else { return digit }

    carry = 0
    for index in 0..<length {
        let sum = UInt128(dividend[position + index]) + UInt128(divisor.limb(index)) + UInt128(carry)
        dividend[position + index] = UInt64(truncatingIfNeeded: sum)
        carry = UInt64(truncatingIfNeeded: sum >> 64)
    }
    dividend[position + length] = dividend[position + length] &+ carry
    return digit - 1
}

private func shiftLeft(_ limbs: inout Limbs, count: Int, by shift: Int) {
    guard shift > 0 else { return }
    for index in stride(from: count, through: 1, by: -1) {
        limbs[index] = limbs[index] << UInt64(shift) | limbs[index - 1] >> UInt64(64 - shift)
    }
    limbs[0] <<= UInt64(shift)
}

private func shiftRight(_ limbs: inout Limbs, count: Int, by shift: Int) {
    guard shift > 0 else { return }
    for index in 0..<count {
        limbs[index] = limbs[index] >> UInt64(shift) | limbs[index + 1] << UInt64(64 - shift)
    }
}

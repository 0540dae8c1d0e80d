// The arithmetic of the EVM's words: modulo 2^256, with the Yellow Paper's conventions (appendix H):
// whatever is divided by zero gives zero, signed numbers are two's complement.

extension UInt256 {
    @inlinable @inline(__always) public static func &+ (a: UInt256, b: UInt256) -> UInt256 {
        let sum0 = UInt128(a.limb0) &+ UInt128(b.limb0)
        let sum1 = UInt128(a.limb1) &+ UInt128(b.limb1) &+ (sum0 >> 64)
        let sum2 = UInt128(a.limb2) &+ UInt128(b.limb2) &+ (sum1 >> 64)
        return UInt256(limbs: sum0.low, sum1.low, sum2.low, a.limb3 &+ b.limb3 &+ sum2.high)
    }

    @inlinable @inline(__always) public static func &- (a: UInt256, b: UInt256) -> UInt256 {
        // Borrows travel in the upper half of 128 bits, which compiles to subtract-with-borrow.
        let d0 = UInt128(a.limb0) &- UInt128(b.limb0)
        let d1 = UInt128(a.limb1) &- UInt128(b.limb1) &- (d0 >> 127)
        let d2 = UInt128(a.limb2) &- UInt128(b.limb2) &- (d1 >> 127)
        let d3 = a.limb3 &- b.limb3 &- UInt64(truncatingIfNeeded: d2 >> 127)
        return UInt256(limbs: UInt64(truncatingIfNeeded: d0), UInt64(truncatingIfNeeded: d1), UInt64(truncatingIfNeeded: d2), d3)
    }

    @inlinable @inline(__always) public static func &* (a: UInt256, b: UInt256) -> UInt256 {
        let p00 = UInt128(a.limb0) &* UInt128(b.limb0)
        let p01 = UInt128(a.limb0) &* UInt128(b.limb1)
        let p02 = UInt128(a.limb0) &* UInt128(b.limb2)
        let p10 = UInt128(a.limb1) &* UInt128(b.limb0)
        let p11 = UInt128(a.limb1) &* UInt128(b.limb1)
        let p20 = UInt128(a.limb2) &* UInt128(b.limb0)
        let top = a.limb0 &* b.limb3 &+ a.limb1 &* b.limb2 &+ a.limb2 &* b.limb1 &+ a.limb3 &* b.limb0

        let s1 = (p00 >> 64) &+ UInt128(p01.low) &+ UInt128(p10.low)
        let s2 = (s1 >> 64) &+ UInt128(p01.high) &+ UInt128(p10.high) &+ UInt128(p02.low) &+ UInt128(p11.low) &+ UInt128(p20.low)
        let s3 = UInt64(truncatingIfNeeded: s2 >> 64) &+ p02.high &+ p11.high &+ p20.high &+ top
        return UInt256(limbs: p00.low, s1.low, s2.low, s3)
    }

    @inlinable public static prefix func ~ (a: UInt256) -> UInt256 { UInt256(limbs: ~a.limb0, ~a.limb1, ~a.limb2, ~a.limb3) }

    /// Two's complement negation.
    @inlinable public var negated: UInt256 { .zero &- self }

    /// Whether the sign bit is set.
    @inlinable public var isNegative: Bool { limb3 >> 63 != 0 }

    /// DIV and MOD: zero where the divisor is zero.
    @inlinable public func machineDivided(by divisor: UInt256) -> UInt256 {
        if divisor.isZero { return .zero }
        if limb1 | limb2 | limb3 | divisor.limb1 | divisor.limb2 | divisor.limb3 == 0 { return UInt256(limb0 / divisor.limb0) }
        return quotientAndRemainder(dividingBy: divisor).quotient
    }

    @inlinable public func machineRemainder(by divisor: UInt256) -> UInt256 {
        if divisor.isZero { return .zero }
        if limb1 | limb2 | limb3 | divisor.limb1 | divisor.limb2 | divisor.limb3 == 0 { return UInt256(limb0 % divisor.limb0) }
        return quotientAndRemainder(dividingBy: divisor).remainder
    }

    /// SDIV: truncates towards zero; the smallest number divided by -1 is itself.
    public func signedDivided(by divisor: UInt256) -> UInt256 {
        let quotient = magnitude.machineDivided(by: divisor.magnitude)
        return isNegative != divisor.isNegative ? quotient.negated : quotient
    }

    /// SMOD: the sign is the dividend's.
    public func signedRemainder(by divisor: UInt256) -> UInt256 {
        let remainder = magnitude.machineRemainder(by: divisor.magnitude)
        return isNegative ? remainder.negated : remainder
    }

    @usableFromInline var magnitude: UInt256 { isNegative ? negated : self }

    /// SLT.
    @inlinable @inline(__always) public func isLessSigned(_ other: UInt256) -> Bool {
        isNegative == other.isNegative ? self < other : isNegative
    }

    /// EXP, by squaring.
    public func raised(to exponent: UInt256) -> UInt256 {
        var (result, base, rest) = (UInt256.one, self, exponent)
        while true {
            if rest.limb0 & 1 != 0 { result = result &* base }
            rest = rest >> 1
            if rest.isZero { return result }
            base = base &* base
        }
    }

    /// SIGNEXTEND of the number whose lowest byte count less one is `byte`.
    @inlinable public func signExtended(fromByte byte: UInt256) -> UInt256 {
        guard byte.limb1 | byte.limb2 | byte.limb3 == 0, byte.limb0 < 31 else { return self }
        let bits = Int(byte.limb0) * 8 + 8
        let shift = 256 - bits
        return (self << shift).shiftedRightSigned(shift)
    }

    /// BYTE: byte `index` counted from the most significant one.
    @inlinable public func byte(at index: UInt256) -> UInt256 {
        guard index.limb1 | index.limb2 | index.limb3 == 0, index.limb0 < 32 else { return .zero }
        let fromLow = 31 - Int(index.limb0)
        return UInt256(limb(fromLow >> 3) >> UInt64((fromLow & 7) * 8) & 0xff)
    }

    @inlinable func limb(_ index: Int) -> UInt64 {
        switch index {
        case 0: limb0
        case 1: limb1
        case 2: limb2
        default: limb3
        }
    }

    /// SHL, SHR, SAR by a word.
    @inlinable @inline(__always) public func shiftedLeft(by count: UInt256) -> UInt256 {
        count.limb1 | count.limb2 | count.limb3 == 0 && count.limb0 < 256 ? self << Int(count.limb0) : .zero
    }

    @inlinable @inline(__always) public func shiftedRight(by count: UInt256) -> UInt256 {
        count.limb1 | count.limb2 | count.limb3 == 0 && count.limb0 < 256 ? self >> Int(count.limb0) : .zero
    }

    @inlinable @inline(__always) public func shiftedRightSigned(by count: UInt256) -> UInt256 {
        guard count.limb1 | count.limb2 | count.limb3 == 0, count.limb0 < 256 else { return isNegative ? .max : .zero }
        return shiftedRightSigned(Int(count.limb0))
    }

    @inlinable func shiftedRightSigned(_ count: Int) -> UInt256 {
        let shifted = self >> count
        return isNegative && count > 0 ? shifted | (.max << (256 - count)) : shifted
    }
}

extension UInt128 {
    @inlinable var low: UInt64 { UInt64(truncatingIfNeeded: self) }
    @inlinable var high: UInt64 { UInt64(truncatingIfNeeded: self >> 64) }
}

/// A 256-bit unsigned integer in four little-endian limbs.
@frozen public struct UInt256: Hashable, Sendable, Comparable {
    public var limb0, limb1, limb2, limb3: UInt64

    @inlinable public init(limbs limb0: UInt64, _ limb1: UInt64, _ limb2: UInt64, _ limb3: UInt64) {
        (self.limb0, self.limb1, self.limb2, self.limb3) = (limb0, limb1, limb2, limb3)
    }

    @inlinable public init(_ value: UInt64) { self.init(limbs: value, 0, 0, 0) }

    public static let zero = UInt256(0)
    public static let one = UInt256(1)
    public static let max = UInt256(limbs: .max, .max, .max, .max)

    @inlinable public var isZero: Bool { limb0 | limb1 | limb2 | limb3 == 0 }

    /// The value where it fits into 64 bits, else nil.
    @inlinable public var asUInt64: UInt64? { limb1 | limb2 | limb3 == 0 ? limb0 : nil }

    @inlinable public static func < (a: UInt256, b: UInt256) -> Bool {
        (a.limb3, a.limb2, a.limb1, a.limb0) < (b.limb3, b.limb2, b.limb1, b.limb0)
    }

    /// Big-endian bytes without leading zeros (empty for zero): RLP's form of a number.
    public var minimalBytes: [UInt8] { Array(Hash(self).bytes.drop { $0 == 0 }) }

    /// Reads up to 32 big-endian bytes; nil for more.
    @inlinable public init?(bigEndian bytes: some Collection<UInt8>) {
        var unread = bytes.count
        guard unread <= 32 else { return nil }
        var limbs: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        for byte in bytes {
            unread -= 1
            switch unread / 8 {
            case 0: limbs.0 = limbs.0 << 8 | UInt64(byte)
            case 1: limbs.1 = limbs.1 << 8 | UInt64(byte)
            case 2: limbs.2 = limbs.2 << 8 | UInt64(byte)
            default: limbs.3 = limbs.3 << 8 | UInt64(byte)
            }
        }
        self.init(limbs: limbs.0, limbs.1, limbs.2, limbs.3)
    }

    @inlinable public var leadingZeroBitCount: Int {
        if limb3 != 0 { return limb3.leadingZeroBitCount }
        if limb2 != 0 { return 64 + limb2.leadingZeroBitCount }
        if limb1 != 0 { return 128 + limb1.leadingZeroBitCount }
        return 192 + limb0.leadingZeroBitCount
    }
}

// MARK: - Arithmetic

extension UInt256 {
    /// Sum modulo 2^256 and whether it overflowed.
    @inlinable public func addingReportingOverflow(_ other: UInt256) -> (partialValue: UInt256, overflow: Bool) {
        // 128-bit carries compile to add-with-carry; chains of `addingReportingOverflow` do not.
        let sum0 = UInt128(limb0) + UInt128(other.limb0)
        let sum1 = UInt128(limb1) + UInt128(other.limb1) + (sum0 >> 64)
        let sum2 = UInt128(limb2) + UInt128(other.limb2) + (sum1 >> 64)
        let sum3 = UInt128(limb3) + UInt128(other.limb3) + (sum2 >> 64)
        let value = UInt256(
            limbs: UInt64(truncatingIfNeeded: sum0), UInt64(truncatingIfNeeded: sum1),
            UInt64(truncatingIfNeeded: sum2), UInt64(truncatingIfNeeded: sum3))
        return (value, sum3 >> 64 != 0)
    }

    /// Difference modulo 2^256 and whether it wrapped.
    @inlinable public func subtractingReportingOverflow(_ other: UInt256) -> (partialValue: UInt256, overflow: Bool) {
        let complement = UInt256(limbs: ~other.limb0, ~other.limb1, ~other.limb2, ~other.limb3)
        let (value, carry) = addingReportingOverflow(complement)
        let (result, carryOfOne) = value.addingReportingOverflow(.one)
        return (result, !(carry || carryOfOne))
    }

    /// Product modulo 2^256 and whether it overflowed.
    public func multipliedReportingOverflow(by other: UInt256) -> (partialValue: UInt256, overflow: Bool) {
        let product = self &* other
        if leadingZeroBitCount + other.leadingZeroBitCount >= 256 { return (product, false) }
        return (product, !isZero && product / self != other)
    }

    /// Sum, or nil on overflow.
    @inlinable public func checkedAdd(_ other: UInt256) -> UInt256? {
        let (value, overflow) = addingReportingOverflow(other)
        return overflow ? nil : value
    }

    /// Difference, or nil when `other` is larger.
    @inlinable public func checkedSubtract(_ other: UInt256) -> UInt256? {
        let (value, overflow) = subtractingReportingOverflow(other)
        return overflow ? nil : value
    }

    /// Product, or nil on overflow.
    public func checkedMultiply(_ other: UInt256) -> UInt256? {
        let (value, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? nil : value
    }

    /// Traps on overflow: for sums whose bound the caller has established.
    @inlinable public static func + (a: UInt256, b: UInt256) -> UInt256 {
        let (value, overflow) = a.addingReportingOverflow(b)
        precondition(!overflow, "UInt256 addition overflows")
        return value
    }

    /// Traps when `b` is larger: for differences whose sign the caller has established.
    @inlinable public static func - (a: UInt256, b: UInt256) -> UInt256 {
        let (value, overflow) = a.subtractingReportingOverflow(b)
        precondition(!overflow, "UInt256 subtraction wraps")
        return value
    }

    /// Traps on overflow: for products whose bound the caller has established.
    public static func * (a: UInt256, b: UInt256) -> UInt256 {
        let (value, overflow) = a.multipliedReportingOverflow(by: b)
        precondition(!overflow, "UInt256 multiplication overflows")
        return value
    }

    public static func / (a: UInt256, b: UInt256) -> UInt256 { a.quotientAndRemainder(dividingBy: b).quotient }
    public static func % (a: UInt256, b: UInt256) -> UInt256 { a.quotientAndRemainder(dividingBy: b).remainder }
}

// MARK: - Bits

extension UInt256 {
    @inlinable public static func | (a: UInt256, b: UInt256) -> UInt256 {
        UInt256(limbs: a.limb0 | b.limb0, a.limb1 | b.limb1, a.limb2 | b.limb2, a.limb3 | b.limb3)
    }

    @inlinable public static func & (a: UInt256, b: UInt256) -> UInt256 {
        UInt256(limbs: a.limb0 & b.limb0, a.limb1 & b.limb1, a.limb2 & b.limb2, a.limb3 & b.limb3)
    }

    @inlinable public static func ^ (a: UInt256, b: UInt256) -> UInt256 {
        UInt256(limbs: a.limb0 ^ b.limb0, a.limb1 ^ b.limb1, a.limb2 ^ b.limb2, a.limb3 ^ b.limb3)
    }

    /// Shifts left by 0 or more bits; 256 and more give zero.
    @inlinable @inline(__always) public static func << (value: UInt256, count: Int) -> UInt256 {
        precondition(count >= 0, "negative shift")
        let (low, high) = value.halves
        switch count {
        case 0..<128: return UInt256(low: low << UInt128(count), high: high << UInt128(count) | (count == 0 ? 0 : low >> UInt128(128 - count)))
        case 128..<256: return UInt256(low: 0, high: low << UInt128(count - 128))
        default: return .zero
        }
    }

    /// Shifts right by 0 or more bits; 256 and more give zero.
    @inlinable @inline(__always) public static func >> (value: UInt256, count: Int) -> UInt256 {
        precondition(count >= 0, "negative shift")
        let (low, high) = value.halves
        switch count {
        case 0..<128: return UInt256(low: low >> UInt128(count) | (count == 0 ? 0 : high << UInt128(128 - count)), high: high >> UInt128(count))
        case 128..<256: return UInt256(low: high >> UInt128(count - 128), high: 0)
        default: return .zero
        }
    }

    @inlinable var halves: (low: UInt128, high: UInt128) {
        (UInt128(limb1) << 64 | UInt128(limb0), UInt128(limb3) << 64 | UInt128(limb2))
    }

    @inlinable init(low: UInt128, high: UInt128) {
        self.init(
            limbs: UInt64(truncatingIfNeeded: low), UInt64(truncatingIfNeeded: low >> 64),
            UInt64(truncatingIfNeeded: high), UInt64(truncatingIfNeeded: high >> 64))
    }
}

// MARK: - Text and RLP

extension UInt256: CustomStringConvertible, ExpressibleByIntegerLiteral, RLPCodable {
    public init(integerLiteral value: UInt64) { self.init(value) }

    /// Decimal digits.
    public var description: String {
        guard !isZero else { return "0" }
        var (groups, rest) = ([String](), self)
        while !rest.isZero {
            let (quotient, remainder) = rest.dividedBySmall(10_000_000_000_000_000_000)
            let digits = String(remainder.limb0)
            groups.append(quotient.isZero ? digits : String(repeating: "0", count: 19 - digits.count) + digits)
            rest = quotient
        }
        return groups.reversed().joined()
    }

    /// Reads decimal digits; nil for anything else or a number of 2^256 and more.
    public init?(decimal text: some StringProtocol) {
        guard !text.isEmpty else { return nil }
        var value = UInt256.zero
        for character in text.utf8 {
            guard (0x30...0x39).contains(character), let shifted = value.checkedMultiply(10),
                let sum = shifted.checkedAdd(UInt256(UInt64(character - 0x30)))
            else { return nil }
            value = sum
        }
        self = value
    }

    /// Ethereum JSON-RPC's quantity: `0x` and hexadecimal without leading zeros.
    public var quantity: String {
        let digits = Hex.encode(minimalBytes, prefix: false).drop { $0 == "0" }
        return "0x" + (digits.isEmpty ? "0" : digits)
    }

    public func encode(to writer: inout RLPWriter) { writer.append(minimalBytes) }

    public init(from reader: inout RLPReader) throws(RLPError) {
        let bytes = try reader.readBytes()
        guard bytes.first != 0 else { throw .leadingZero }
        guard let value = UInt256(bigEndian: bytes) else { throw .wrongLength }
        self = value
    }
}

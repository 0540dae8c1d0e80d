/// Units of the native token: 1 QST is 10^18 wei.
public enum QST {
    public static let decimals = 18
    public static let wei = UInt256.one
    public static let gwei = UInt256(1_000_000_000)
    public static let one = UInt256(1_000_000_000_000_000_000)

    /// Reads a decimal amount of QST such as `1.5`; nil for anything else, for more than 18 places and on overflow.
    public static func parse(_ text: some StringProtocol) -> UInt256? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = UInt256(decimal: parts[0]), let wei = whole.checkedMultiply(one) else { return nil }
        guard parts.count == 2 else { return wei }
        let places = parts[1]
        guard !places.isEmpty, places.count <= decimals else { return nil }
        let padded = places + String(repeating: "0", count: decimals - places.count)
        guard let fraction = UInt256(decimal: padded) else { return nil }
        return wei.checkedAdd(fraction)
    }

    /// Writes an amount of wei in QST, exactly, without trailing zeros.
    public static func format(_ wei: UInt256) -> String {
        let (whole, fraction) = wei.quotientAndRemainder(dividingBy: one)
        guard !fraction.isZero else { return whole.description }
        let digits = fraction.description
        let padded = String(repeating: "0", count: decimals - digits.count) + digits
        let end = padded.lastIndex { $0 != "0" } ?? padded.startIndex
        return "\(whole).\(padded[...end])"
    }
}

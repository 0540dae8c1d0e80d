/// Shows this chain's transactions as EIP-1559's, which they resemble most, to tools that refuse any type they do not know.
enum FamiliarTypes {
    private static let ours = Array(#""type":"0x51""#.utf8)
    private static let familiar = Array(#""type":"0x2""#.utf8)

    /// The answer with the one type in place of the other. A quote inside a JSON string is escaped, so only members match.
    static func show(_ answer: [UInt8]) -> [UInt8] {
        var (shown, rest) = ([UInt8](), answer[...])
        while let start = rest.firstRange(of: ours)?.lowerBound {
            shown += rest[..<start] + familiar
            rest = rest[(start + ours.count)...]
        }
        return shown + rest
    }
}

/// `S_net = S_op ⊕ S_com`: one half shared among the operator nodes, the other among the community nodes.
///
/// The shares of all community nodes together with fewer than the operators' threshold are independent of `S_net`, and the
/// other way round, unconditionally, for the shares alone.
public typealias TwoLevelSharing = TwoLevel<GF256>

/// Size and threshold of both classes of a committee.
public struct CommitteeShape: Hashable, Sendable {
    public let operators: Committee
    public let community: Committee

    public init(operators: Committee, community: Committee) { (self.operators, self.community) = (operators, community) }
}

/// Shares of both classes, in the order of slots (or, when reading, those that arrived).
public struct ClassShares: Hashable, Sendable {
    public var operators: [Share]
    public var community: [Share]

    public init(operators: [Share], community: [Share]) { (self.operators, self.community) = (operators, community) }
}

/// Both halves, decoded, with the slots of each class that were wrong or silent.
public struct RecoveredSecret: Hashable, Sendable {
    public let operators: DecodedSecret
    public let community: DecodedSecret

    /// `S_net`.
    public var secret: [UInt8] { TwoLevel<GF256>.sum(operators.secret, community.secret) }
}

/// The sharing in two classes, over any field of characteristic two.
public enum TwoLevel<Field: BinaryField> {
    /// Bytes of uniform randomness that `deal` needs: the operators' half and both sets of coefficients.
    public static func randomnessByteCount(secretLength: Int, shape: CommitteeShape) -> Int {
        (shape.operators.threshold + shape.community.threshold - 1) * secretLength
    }

    /// Shares for every slot of both classes.
    /// - Parameter randomness: uniform and used once: the operators' half, the operators' coefficients, the community's.
    public static func deal(
        secret: [UInt8], shape: CommitteeShape, randomness: [UInt8]
    ) throws(SharingError) -> ClassShares {
        guard randomness.count == randomnessByteCount(secretLength: secret.count, shape: shape) else {
            throw .wrongRandomnessLength
        }
        let half = Array(randomness[..<secret.count])
        let (operators, community) = (shape.operators.threshold * secret.count, randomness.count)
        return ClassShares(
            operators: try Shamir<Field>.deal(
                secret: half, committee: shape.operators, randomness: Array(randomness[secret.count..<operators])),
            community: try Shamir<Field>.deal(
                secret: sum(half, secret), committee: shape.community, randomness: Array(randomness[operators..<community])))
    }

    /// Both halves, right whenever in each class `2 · wrong + silent ≤ count − threshold`.
    public static func recover(_ shares: ClassShares, shape: CommitteeShape) throws(SharingError) -> RecoveredSecret {
        let operators = try ShareDecoder<Field>(committee: shape.operators).decode(shares.operators)
        let community = try ShareDecoder<Field>(committee: shape.community).decode(shares.community)
        guard operators.secret.count == community.secret.count else { throw .inconsistent }
        return RecoveredSecret(operators: operators, community: community)
    }

    /// Both halves whose sum passes the check, past more liars than the bound.
    ///
    /// The check sees only the sum, so candidates of each class are tried in pairs, the likeliest first.
    /// - Parameters:
    ///   - workLimit: most attempts at decoding in each class, and most checks.
    ///   - check: whether a candidate is `S_net`, by the key commitment.
    public static func recover(
        _ shares: ClassShares, shape: CommitteeShape, workLimit: Int, check: ([UInt8]) -> Bool
    ) throws(SharingError) -> RecoveredSecret {
        let (operatorDecoder, communityDecoder) = (
            ShareDecoder<Field>(committee: shape.operators), ShareDecoder<Field>(committee: shape.community)
        )
        // Mostly the first candidates are right, and searching for others would be wasted.
        for limit in [1, workLimit] {
            let operators = try operatorDecoder.candidates(shares.operators, limit: limit, workLimit: workLimit)
            let community = try communityDecoder.candidates(shares.community, limit: limit, workLimit: workLimit)
            if let found = firstPair(operators, community, workLimit: workLimit, check: check) { return found }
        }
        throw .notDecodable
    }

    /// Tries pairs along the diagonals: the first with the first, then those one step away, and so on.
    private static func firstPair(
        _ operators: [DecodedSecret], _ community: [DecodedSecret], workLimit: Int, check: ([UInt8]) -> Bool
    ) -> RecoveredSecret? {
        guard operators.first?.secret.count == community.first?.secret.count else { return nil }
        var work = 0
        for diagonal in 0..<(operators.count + community.count) {
            let lowest = max(0, diagonal - community.count + 1)
            for index in lowest..<max(lowest, min(diagonal + 1, operators.count)) {
                guard work < workLimit else { return nil }
                work += 1
                let pair = RecoveredSecret(operators: operators[index], community: community[diagonal - index])
                if check(pair.secret) { return pair }
            }
        }
        return nil
    }

    static func sum(_ a: [UInt8], _ b: [UInt8]) -> [UInt8] { zip(a, b).map { $0 ^ $1 } }
}

import ContractABI
import Primitives

extension EconomyCall {
    /// - Parameters: kind and payload as in the ABI of the governance contract; the wei are the first deposit.
    public static func propose(
        kind: UInt8, title: String, summary: String, payload: [UInt8], isExpedited: Bool, wei: UInt256
    ) throws -> EconomyCall {
        try EconomyCall(
            governance, "submitProposal(uint8,string,string,bytes,bool)",
            [.number(UInt256(UInt64(kind))), .string(title), .string(summary), .bytes(payload), .bool(isExpedited)], wei: wei)
    }

    public static func deposit(_ wei: UInt256, on proposal: UInt64) throws -> EconomyCall {
        try EconomyCall(governance, "deposit(uint256)", [.number(UInt256(proposal))], wei: wei)
    }

    public static func withdrawDeposit(on proposal: UInt64) throws -> EconomyCall {
        try EconomyCall(governance, "withdrawDeposit(uint256)", [.number(UInt256(proposal))])
    }

    public static func vote(_ vote: VoteText, on proposal: UInt64) throws -> EconomyCall {
        if let only = vote.weights.first, vote.weights.count == 1 {
            return try EconomyCall(governance, "vote(uint256,uint8)", [.number(UInt256(proposal)), .number(UInt256(UInt64(only.option)))])
        }
        return try EconomyCall(
            governance, "voteWeighted(uint256,uint8[],uint256[])",
            [
                .number(UInt256(proposal)), .list(vote.weights.map { .number(UInt256(UInt64($0.option))) }),
                .list(vote.weights.map { .number($0.weight) }),
            ])
    }

    public static func cancelProposal(_ id: UInt64) throws -> EconomyCall {
        try EconomyCall(governance, "cancelProposal(uint256)", [.number(UInt256(id))])
    }
}

/// A vote as people write it: `yes`, or `yes=0.7,no=0.3`.
public struct VoteText: Hashable, Sendable {
    public static let options: [(name: String, number: UInt8)] = [("yes", 1), ("abstain", 2), ("no", 3), ("veto", 4)]

    public struct Weight: Hashable, Sendable {
        /// As in the ABI.
        public var option: UInt8
        /// Of 10^18.
        public var weight: UInt256
    }

    /// They sum to 10^18.
    public let weights: [Weight]

    public init?(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.split(separator: "=", omittingEmptySubsequences: false) }
        var found: [Weight] = []
        for part in parts {
            guard let name = part.first, part.count <= 2, let option = Self.options.first(where: { $0.name == name })?.number,
                !found.contains(where: { $0.option == option }), let weight = part.count == 1 ? QST.one : QST.parse(String(part[1])),
                !weight.isZero, weight <= QST.one
            else { return nil }
            found.append(Weight(option: option, weight: weight))
        }
        guard found.reduce(UInt256.zero, { $0 + $1.weight }) == QST.one else { return nil }
        weights = found
    }
}

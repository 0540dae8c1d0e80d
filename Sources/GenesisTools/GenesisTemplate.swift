import ChainTypes
import Primitives

/// What a new document begins with.
public enum GenesisTemplate: String, CaseIterable, Sendable {
    case devnet, testnet, mainnet

    private static let (hour, day): (UInt64, UInt64) = (3_600_000, 86_400_000)

    /// A document without nodes and accounts.
    public func document(name: String, chainID: UInt64, timeMilliseconds: UInt64) -> GenesisDocument {
        var document = GenesisDocument()
        (document.name, document.chainID, document.timeMilliseconds) = (name, chainID, timeMilliseconds)
        switch self {
        case .devnet: document.economy = .devnet(epochMilliseconds: document.parameters.epochMilliseconds)
        case .testnet:
            Self.useLargeCommittees(&document)
            document.parameters.epochMilliseconds = Self.hour
            // An hour for each day of the mainnet.
            for parameter in Parameter.allCases where parameter.unit == .milliseconds && parameter != .jailMilliseconds {
                document.economy[parameter] = parameter.standard / UInt256(24)
            }
        case .mainnet:
            Self.useLargeCommittees(&document)
            document.parameters.epochMilliseconds = Self.day
            document.supply = QST.one * 1_000_000_000
        }
        return document
    }

    private static func useLargeCommittees(_ document: inout GenesisDocument) {
        (document.parameters.operatorThreshold, document.parameters.operatorCommittee) = (9, 16)
        (document.parameters.communityThreshold, document.parameters.communityCommittee) = (38, 64)
        // As on a devnet: five of eight fragments rebuild a vault.
        document.parameters.fragmentThreshold = 50
    }

    /// A part of the mainnet's supply with its lock.
    public struct Part: Hashable, Sendable {
        public let name: String
        public let percent: UInt64
        public let lockMilliseconds, vestingMilliseconds: UInt64
    }

    /// How the mainnet's supply is split. The public's part pays for the stakes and for allocations without a lock.
    public static let parts = [
        Part(name: "public", percent: 65, lockMilliseconds: 0, vestingMilliseconds: 0),
        Part(name: "team", percent: 15, lockMilliseconds: 365 * day, vestingMilliseconds: 3 * 365 * day),
        Part(name: "foundation", percent: 10, lockMilliseconds: 365 * day, vestingMilliseconds: 0),
        Part(name: "investors", percent: 10, lockMilliseconds: 365 * day / 2, vestingMilliseconds: 0),
    ]
}

extension GenesisDocument {
    /// Takes the mainnet's locked parts for these accounts, and what is left of the public's part for its account.
    /// Call it when the nodes are in the document.
    /// - Returns: what is wrong; nil where the parts were taken.
    public mutating func split(_ accounts: [String: Address]) -> String? {
        guard let supply else { return "there is no supply to split" }
        let missing = GenesisTemplate.parts.filter { accounts[$0.name] == nil }.map(\.name)
        guard missing.isEmpty else { return "the mainnet's supply needs accounts for \(missing.joined(separator: ", "))" }
        for part in GenesisTemplate.parts where part.lockMilliseconds > 0 {
            vesting.append(
                VestingAllocation(
                    beneficiary: accounts[part.name] ?? .zero, amount: supply * UInt256(part.percent) / UInt256(100),
                    lockMilliseconds: part.lockMilliseconds, vestingMilliseconds: part.vestingMilliseconds))
        }
        guard let taken = totals?.all, let left = supply.checkedSubtract(taken) else { return "the stakes are more than the public's part" }
        if !left.isZero { allocations.append(Allocation(address: accounts["public"] ?? .zero, balance: left)) }
        return nil
    }
}

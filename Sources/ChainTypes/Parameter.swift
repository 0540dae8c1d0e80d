import Primitives

/// A number of the economy that governance can change. The raw value is its slot in the registry, for ever.
public enum Parameter: UInt64, CaseIterable, Sendable {
    case minimumSelfStake, maximumValidators, maximumOperatorNodes, maximumCommunityNodes
    case unbondingMilliseconds, maximumEntries
    case rewardPeriodMilliseconds, uptimeThreshold, lateEmissionRate
    case validatorsShare, nodesShare, reserveShare, buybackShare
    case doubleSignSlash, downtimeWindowMilliseconds, downtimeThreshold, downtimeSlash, jailMilliseconds, securityBreachSlash
    case votingMilliseconds, expeditedVotingMilliseconds, depositMilliseconds, timelockMilliseconds
    case minimumDeposit, expeditedDeposit, quorum, passThreshold, expeditedThreshold, vetoThreshold
    case blockGasLimit
    case initialDepositShare, maximumActiveProposals
    case maximumMissedProposals
    case challengeDeposit, challengeMilliseconds, unavailabilitySlash
    case communityAdmissionMilliseconds

    public enum Unit: String, Sendable {
        case wei, milliseconds, count, gas
        /// Of 10^18.
        case fraction
    }

    /// The name by which people and calls know it.
    public var name: String { Self.names[Int(rawValue)] }

    public init?(name: String) { self.init(name: Array(name.utf8)) }

    /// - Parameter name: in UTF-8, byte for byte.
    public init?(name: [UInt8]) {
        guard let found = Self.byName[name] else { return nil }
        self = found
    }

    public var unit: Unit { Self.rules[Int(rawValue)].unit }
    public var bounds: ClosedRange<UInt256> { Self.rules[Int(rawValue)].bounds }
    /// The value of the mainnet.
    public var standard: UInt256 { Self.rules[Int(rawValue)].standard }

    // Made once: contracts ask at every call.
    private static let names = allCases.map { String(describing: $0) }
    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { (Array($0.name.utf8), $0) })
    private static let rules = allCases.map { $0.rule }

    private typealias Rule = (unit: Unit, bounds: ClosedRange<UInt256>, standard: UInt256)

    private static let day: UInt64 = 86_400_000

    private static func qst(_ standard: UInt64, _ bounds: ClosedRange<UInt64>) -> Rule {
        (.wei, QST.one * UInt256(bounds.lowerBound)...QST.one * UInt256(bounds.upperBound), QST.one * UInt256(standard))
    }

    private static func time(_ standard: UInt64, from least: UInt64 = 1000, to most: UInt64 = 365 * day) -> Rule {
        (.milliseconds, UInt256(least)...UInt256(most), UInt256(standard))
    }

    private static func count(_ standard: UInt64, _ bounds: ClosedRange<UInt64>) -> Rule {
        (.count, UInt256(bounds.lowerBound)...UInt256(bounds.upperBound), UInt256(standard))
    }

    /// In ten-thousandths.
    private static func part(_ standard: UInt64, _ bounds: ClosedRange<UInt64> = 0...10_000) -> Rule {
        let unit = QST.one / UInt256(10_000)
        return (.fraction, unit * UInt256(bounds.lowerBound)...unit * UInt256(bounds.upperBound), unit * UInt256(standard))
    }

    private var rule: Rule {
        switch self {
        case .minimumSelfStake: Self.qst(200_000, 1...100_000_000)
        case .maximumValidators: Self.count(100, 1...UInt64(ValidatorSet.maximumCount))
        case .maximumOperatorNodes: Self.count(100, 1...1000)
        case .maximumCommunityNodes: Self.count(400, 1...4000)
        case .unbondingMilliseconds: Self.time(21 * Self.day)
        case .maximumEntries: Self.count(7, 1...28)
        case .rewardPeriodMilliseconds: Self.time(3 * Self.day)
        case .uptimeThreshold: Self.part(9_900)
        case .lateEmissionRate: Self.part(150, 0...1_000)
        case .validatorsShare: Self.part(1_500)
        case .nodesShare: Self.part(4_500)
        case .reserveShare: Self.part(1_000)
        case .buybackShare: Self.part(5_000)
        case .doubleSignSlash: Self.part(1_000, 1...10_000)
        case .downtimeWindowMilliseconds: Self.time(Self.day)
        case .downtimeThreshold: Self.part(5_000)
        case .downtimeSlash: Self.part(1, 0...1_000)
        case .jailMilliseconds: Self.time(600_000)
        case .securityBreachSlash: Self.part(10_000)
        case .votingMilliseconds: Self.time(5 * Self.day)
        case .expeditedVotingMilliseconds: Self.time(Self.day)
        case .depositMilliseconds: Self.time(7 * Self.day)
        case .timelockMilliseconds: Self.time(Self.day, from: 0)
        case .minimumDeposit: Self.qst(10_000, 1...10_000_000)
        case .expeditedDeposit: Self.qst(50_000, 1...10_000_000)
        // Whatever has been decided, those with two thirds of the stake can decide again, however the others vote.
        case .quorum: Self.part(3_340, 1...6_660)
        case .passThreshold: Self.part(5_000, 1...6_660)
        case .expeditedThreshold: Self.part(6_670, 1...10_000)
        case .vetoThreshold: Self.part(3_340, 3_340...10_000)
        case .blockGasLimit: (.gas, 5_000_000...1_000_000_000, 30_000_000)
        case .initialDepositShare: Self.part(1_000)
        case .maximumActiveProposals: Self.count(16, 1...64)
        case .maximumMissedProposals: Self.count(50, 1...100_000)
        case .challengeDeposit: Self.qst(100, 1...1_000_000)
        case .challengeMilliseconds: Self.time(Self.day)
        case .unavailabilitySlash: Self.part(100)
        case .communityAdmissionMilliseconds: Self.time(7 * Self.day, from: 0)
        }
    }
}

/// A value for every parameter.
public struct EconomyParameters: Hashable, Sendable, RLPCodable {
    private var values: [UInt256]

    /// The values of the mainnet.
    public init() { values = Parameter.allCases.map(\.standard) }

    public subscript(parameter: Parameter) -> UInt256 {
        get { values[Int(parameter.rawValue)] }
        set { values[Int(parameter.rawValue)] = newValue }
    }

    public var blockGasLimit: UInt64 { self[.blockGasLimit].limb0 }

    /// Minutes where the mainnet has days: reward periods of two epochs, unbonding of three.
    public static func devnet(epochMilliseconds: UInt64 = 60_000) -> EconomyParameters {
        var parameters = EconomyParameters()
        let epoch = UInt256(epochMilliseconds)
        for (parameter, time) in [
            (Parameter.rewardPeriodMilliseconds, epoch * 2), (.unbondingMilliseconds, epoch * 3), (.votingMilliseconds, epoch),
            (.expeditedVotingMilliseconds, epoch / 3), (.depositMilliseconds, epoch), (.timelockMilliseconds, epoch / 12),
            (.downtimeWindowMilliseconds, epoch * 2), (.jailMilliseconds, epoch), (.challengeMilliseconds, epoch / 2),
            (.communityAdmissionMilliseconds, .zero),
        ] { parameters[parameter] = max(time, parameter.bounds.lowerBound) }
        parameters[.maximumMissedProposals] = 20
        return parameters
    }

    /// Why the values cannot stand together; nil where they can.
    public var fault: String? {
        let outside = Parameter.allCases.first { !$0.bounds.contains(self[$0]) }
        if let outside { return "\(outside.name) is out of bounds" }
        // Each is at most 10^18, so the sum fits.
        let sum = self[.validatorsShare] + self[.nodesShare] + self[.reserveShare]
        return sum <= QST.one ? nil : "the shares of revenue exceed the whole"
    }

    public func encode(to writer: inout RLPWriter) { writer.append(list: values) }

    public init(from reader: inout RLPReader) throws(RLPError) {
        values = try reader.readList(of: UInt256.self, maximum: Parameter.allCases.count)
        guard values.count == Parameter.allCases.count, fault == nil else { throw .invalidValue }
    }
}

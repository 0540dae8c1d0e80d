import ChainTypes
import Primitives

/// Who means harm in a simulated network, by the name under which it is called.
public enum Scenario: String, CaseIterable, Sendable {
    /// Nobody.
    case none
    /// Unchecked blocks through answers to catching up.
    case poison
    /// Proposals out of turn.
    case flood
    /// A block that some cannot complete.
    case withhold
    /// Honest proposals with another list of transactions.
    case mangle
    /// Invalid blocks for one validator, so that it is blamed.
    case frame
    /// Strangers who boast of heights.
    case starve
    /// Nobody, but links on which a view takes longer than the first timer.
    case slow
    /// Blocks beside those that a quorum has voted for.
    case fork
    /// Blocks with transactions that nobody signed.
    case forge
    /// Runs of final blocks of which one is another.
    case mislead
    /// Two blocks in a view.
    case equivocate
    /// Nothing at all.
    case silence
    /// Answers that bring nothing, to whoever catches up.
    case evade
    /// The leader after it is the last to hear of its block.
    case hasten
    /// Anything, at random.
    case chaos
    /// What the seed says: adversaries, how many and which, loss, crashes, partitions, clocks, disks, powers.
    case any
}

/// Several adversaries, each with validators of its own.
struct Company: Adversary {
    private var members: [Int: any Adversary]
    /// Whose the guests are.
    private let host: Int

    init(_ members: [Int: any Adversary]) {
        self.members = members
        host = members.keys.sorted().first { members[$0]?.guests ?? 0 > 0 } ?? -1
    }

    var guests: Int { members[host]?.guests ?? 0 }

    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        members[me.index ?? host]?.passes(message, to: receiver, from: &me) ?? true
    }

    mutating func hears(_ message: WireMessage, from sender: Int, at me: inout Foothold) {
        members[me.index ?? host]?.hears(message, from: sender, at: &me)
    }

    mutating func acts(at me: inout Foothold) { members[me.index ?? host]?.acts(at: &me) }
}

extension Cluster {
    /// A chain with an adversary, whose validators stay.
    public init(seed: UInt64, validators count: Int, scenario: Scenario) throws {
        var random = SeededGenerator(state: seed ^ 0x5eed)
        let faults = Self.faults(in: scenario, &random)
        let villains = Self.villains(in: scenario, among: count, &random)
        // The last one has no vote where somebody is to be starved.
        let keys = try Self.keys(count + ([.starve, .evade].contains(scenario) ? 1 : 0))
        let powers = scenario == .any ? Self.powers(count, villains, &random) : Array(repeating: 200_000, count: count)
        var setting = try Self.steady(keys, powers, epochMilliseconds: scenario == .hasten ? 100_000 : 3000, faults: faults)
        try Self.invite(scenario, villains, to: &setting, &random)
        try self.init(seed: seed, setting)
    }

    /// A chain with an adversary, whose validators change. The adversary has the last of the founders.
    public init(seed: UInt64, founders: Int, joining: Int, scenario: Scenario) throws {
        var random = SeededGenerator(state: seed ^ 0x5eed)
        let keys = try Self.keys(founders + joining + 1)
        let faults = Self.faults(in: scenario, &random)
        var setting = try Self.changing(keys, founders: founders, joining: joining, delegators: 4, epochMilliseconds: 2000, faults: faults)
        if scenario != .none { try Self.invite(scenario, [founders - 1], to: &setting, &random) }
        try self.init(seed: seed, setting)
        try beginScript(setting, founders: founders, delegators: 4)
    }

    private static func invite(_ scenario: Scenario, _ villains: Set<Int>, to setting: inout Setting, _ random: inout SeededGenerator) throws {
        setting.villains = villains
        guard scenario != .none else { return }
        guard scenario != .slow else {
            setting.linkMilliseconds = 1000...1200
            return
        }
        // Its own links are faster than these.
        if scenario != .any { setting.linkMilliseconds = scenario == .hasten ? 30...60 : 10...20 }
        setting.isPunctual = ![.any, .starve, .mislead, .evade].contains(scenario)
        guard scenario != .starve else {
            setting.adversary = Starve(guests: 2)
            return
        }
        var members: [Int: any Adversary] = [:]
        for villain in villains.sorted() {
            let kind = scenario == .any ? kinds.randomElement(using: &random) ?? .chaos : scenario
            members[villain] = try adversary(kind, chainID: setting.spec.chainID, &random)
        }
        setting.adversary = Company(members)
    }

    /// What each villain of a random run may be.
    private static let kinds: [Scenario] = [
        .chaos, .chaos, .chaos, .chaos, .silence, .equivocate, .withhold, .frame, .mangle, .flood, .poison, .fork,
        .forge, .mislead,
    ]

    private static func adversary(_ scenario: Scenario, chainID: UInt64, _ random: inout SeededGenerator) throws -> any Adversary {
        switch scenario {
        case .poison: Poison()
        case .flood: Flood()
        case .withhold: Withhold(user: try SimulatedAccount.adversarys, chainID: chainID)
        case .mangle: Mangle()
        case .frame: Frame()
        case .equivocate: Equivocate()
        case .fork: Fork()
        case .forge: Forge()
        case .mislead: Mislead()
        case .silence: Silence()
        case .evade: Evade()
        case .hasten: Hasten(user: try SimulatedAccount.adversarys, chainID: chainID)
        case .starve, .slow, .chaos, .any, .none: Chaos(&random)
        }
    }

    private static func faults(in scenario: Scenario, _ random: inout SeededGenerator) -> Faults {
        var faults = scenario == .any ? Faults() : .none
        switch scenario {
        case .any:
            if random.happens(perMille: 300) { faults.crashIntervalMilliseconds = 0 }
            if random.happens(perMille: 500) { faults.partitionIntervalMilliseconds = 5000 }
            if random.happens(perMille: 500) { faults.clockSkewMilliseconds = 150 }
            if random.happens(perMille: 300) { faults.forgetfulPerMille = 200 }
            if random.happens(perMille: 300) { faults.lossPerMille = 200 }
            faults.healAtMilliseconds = 12_000
        case .starve, .mislead:
            faults.partitionIntervalMilliseconds = 2000
            faults.healAtMilliseconds = 8000
        default: break
        }
        return faults
    }

    /// Fewer than a third; one where the scenario is about one.
    private static func villains(in scenario: Scenario, among count: Int, _ random: inout SeededGenerator) -> Set<Int> {
        let most = (count - 1) / 3
        switch scenario {
        case .none, .starve, .slow: return []
        case .any: return Set(Array(0..<count).shuffled(using: &random).prefix(Int.random(in: 0...most, using: &random)))
        default: return [count - 1]
        }
    }

    /// Stake may be unequal, and its total divisible by three, where a quorum is easily off by one. Villains stay below a third.
    private static func powers(_ count: Int, _ villains: Set<Int>, _ random: inout SeededGenerator) -> [UInt64] {
        let equal = [UInt64](repeating: 200_000, count: count)
        guard random.happens(perMille: 600) else { return equal }
        // Whole parts, of which some have exactly two thirds, or anything.
        let part: UInt64 = random.happens(perMille: 500) ? 200_000 : 1
        var powers = equal.map { $0 + part * UInt64.random(in: 0...400_000 / part, using: &random) }
        for villain in villains { powers[villain] = 200_000 }
        let honest = powers.indices.filter { !villains.contains($0) }
        if let last = honest.last { powers[last] += part * ((3 - powers.reduce(0, +) / part % 3) % 3) }
        let evil = villains.reduce(0 as UInt64) { $0 + powers[$1] }
        return 3 * evil < powers.reduce(0, +) ? powers : equal
    }
}

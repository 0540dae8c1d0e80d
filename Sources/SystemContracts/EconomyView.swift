import ChainTypes
import Primitives
import WorldState

/// What people ask about the economy, from a state. Reads only.
public struct EconomyView {
    var hook: HookState

    /// - Parameter timeMilliseconds: of the block after which this is the state.
    public init(_ reader: any StateReader, timeMilliseconds: UInt64) {
        hook = HookState(seconds: timeMilliseconds / 1000, height: 0, state: WorldState(reader: reader))
        self.timeMilliseconds = timeMilliseconds
    }

    private let timeMilliseconds: UInt64

    /// All validators that have stake, in the order of their registration.
    public mutating func validators(_ epoch: EpochState) throws(StateError) -> [ValidatorReport] {
        try HookState.reading { () throws(NativeFailure) in
            let (now, next) = (Self.powers(epoch.validators), Self.powers(epoch.next))
            let (minimum, part) = (
                try Parameters.get(.minimumSelfStake, &hook), try Slashing.currentPart(atMilliseconds: timeMilliseconds, &hook)
            )
            var reports: [ValidatorReport] = []
            for address in try Staking.validators.all(&hook) {
                var report = try report(address, part: part)
                (report.validator.power, report.nextPower) = (now[address] ?? 0, next[address] ?? 0)
                let qualifies = report.selfStake >= minimum
                if report.status == .inactive, qualifies || now[address] != nil || next[address] != nil {
                    report.status = now[address] == nil ? .waiting : .active
                }
                reports.append(report)
            }
            return reports
        }
    }

    private static func powers(_ set: ValidatorSet) -> [Address: UInt64] {
        Dictionary(set.validators.map { ($0.address, $0.power) }) { first, _ in first }
    }

    private mutating func report(_ address: Address, part: UInt64) throws(NativeFailure) -> ValidatorReport {
        let record = Staking.validator(address)
        let (keys, description) = (try Staking.keys(address, &hook), try Staking.description(address, &hook))
        let turns = try Slashing.window(address, endingWith: part, &hook)
        let isJailed = try record.flag(.isJailed, &hook)
        return ValidatorReport(
            validator: Validator(
                address: address, power: 0, consensusKey: keys.consensusKey, nodeKey: keys.nodeKey, endpoint: keys.endpoint,
                moniker: description.moniker),
            website: description.website, contact: description.contact,
            status: try record.flag(.isTombstoned, &hook) ? .tombstoned : isJailed ? .jailed : .inactive,
            stake: try record.get(.tokens, &hook), selfStake: try Staking.balance(address, address, &hook),
            commission: try record.get(.commission, &hook), maximumCommission: try record.get(.maximumCommission, &hook),
            maximumDailyChange: try record.get(.maximumDailyChange, &hook), jailedUntil: try record.number(.jailedUntil, &hook),
            delivered: turns.delivered, missed: turns.missed,
            missedInARow: try Slashing.signing(address).number(.missedInARow, &hook),
            commissionDue: try Distribution.validator(address).get(.commissionDue, &hook) >> Distribution.factorBits)
    }

    /// The encryption nodes of the registry's list in its order, then the others that are registered.
    public mutating func encryptionNodes() throws(StateError) -> [EncryptionNodeReport] {
        try HookState.reading { () throws(NativeFailure) in
            let listed = try NodeRegistry.nodes(&hook)
            let known = Set(listed.map(\.address))
            var reports: [EncryptionNodeReport] = []
            for node in listed { reports.append(try report(node, isListed: true)) }
            for address in try Staking.nodes.all(&hook) where !known.contains(address) {
                reports.append(try report(try Staking.encryptionNode(address, &hook), isListed: false))
            }
            return reports
        }
    }

    private mutating func report(_ node: EncryptionNode, isListed: Bool) throws(NativeFailure) -> EncryptionNodeReport {
        let (record, reward) = (Staking.node(node.address), Distribution.node(node.address))
        // Settles in this copy of the state alone.
        try Distribution.settleNode(node.address, &hook)
        let isJailed = try record.flag(.isJailed, &hook)
        let isLeaving = try record.get(.status, &hook) != .one
        let isActive = try reward.flag(.isActive, &hook)
        return EncryptionNodeReport(
            node: node,
            status: try record.flag(.isTombstoned, &hook)
                ? .tombstoned : isJailed ? .jailed : isLeaving ? .inactive : isActive ? .active : .waiting,
            isListed: isListed, stake: try record.get(.stake, &hook), rewards: try reward.get(.due, &hook),
            jailedUntil: try record.number(.jailedUntil, &hook), leavesAt: try record.number(.completesAt, &hook))
    }

    /// What an account has with each validator.
    public mutating func delegations(of delegator: Address) throws(StateError) -> [DelegationReport] {
        try HookState.reading { () throws(NativeFailure) in
            var reports: [DelegationReport] = []
            for validator in try Staking.delegations(of: delegator).all(&hook) {
                reports.append(
                    DelegationReport(
                        validator: validator, moniker: try Staking.description(validator, &hook).moniker,
                        shares: try Staking.shares(delegator, validator, &hook), stake: try Staking.balance(delegator, validator, &hook),
                        rewards: try Distribution.rewards(delegator, validator, &hook), unbonding: try unbonding(delegator, validator),
                        lockedUntil: try lockedUntil(delegator, validator)))
            }
            return reports
        }
    }

    private mutating func unbonding(_ delegator: Address, _ validator: Address) throws(NativeFailure) -> [DelegationReport.Unbonding] {
        let entries = Staking.unbonding(delegator, validator)
        var found: [DelegationReport.Unbonding] = []
        for index in 0..<(try entries.count(&hook)) {
            let entry = entries.at(index)
            try Staking.slashEntry(entry, validator, &hook)
            found.append(
                DelegationReport.Unbonding(
                    wei: try entry.get(.tokens, &hook), completesAt: try entry.number(.completesAt, &hook),
                    height: try entry.number(.height, &hook)))
        }
        return found
    }

    private mutating func lockedUntil(_ delegator: Address, _ validator: Address) throws(NativeFailure) -> UInt64 {
        let entries = Staking.redelegations(delegator, to: validator)
        var latest: UInt64 = 0
        for index in 0..<(try entries.count(&hook)) { latest = max(latest, try entries.at(index).number(.completesAt, &hook)) }
        return latest > hook.seconds ? latest : 0
    }
}

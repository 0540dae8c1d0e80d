import ChainTypes
import Primitives
import SystemContracts

/// Governance without sums: ballots in a list, and every delegator is walked through at every count.
struct NaiveGovernance {
    /// Stake as it is now.
    struct Stake {
        var tokens, shares: UInt256
        var isJailed: Bool
        /// Delegator to shares, in any order.
        var delegations: [(delegator: Address, shares: UInt256)]
    }

    struct Proposal {
        let proposer: Address
        var status = ProposalStatus.deposit
        var isExpedited: Bool
        let depositEnd: UInt64
        var votingStart: UInt64 = 0
        var votingEnd: UInt64 = 0
        var executeAt: UInt64 = 0
        var deposits: [Address: UInt256] = [:]
        var ballots: [Address: [UInt256]] = [:]
        var tally: [UInt256] = [0, 0, 0, 0]

        var deposit: UInt256 { deposits.values.reduce(.zero) { $0 + $1 } }
    }

    let parameters: EconomyParameters
    var proposals: [Proposal] = []

    func seconds(_ parameter: Parameter) -> UInt64 { (parameters[parameter].limb0 + 999) / 1000 }
    var running: [Int] { proposals.indices.filter { proposals[$0].status == .voting } }

    mutating func propose(by proposer: Address, wei: UInt256, expedited: Bool, at now: UInt64) {
        let end = max(now + seconds(.depositMilliseconds), proposals.last?.depositEnd ?? 0)
        proposals.append(Proposal(proposer: proposer, isExpedited: expedited, depositEnd: end))
        deposit(proposals.count - 1, wei, from: proposer, at: now)
    }

    mutating func deposit(_ index: Int, _ wei: UInt256, from depositor: Address, at now: UInt64) {
        proposals[index].deposits[depositor, default: .zero] = proposals[index].deposits[depositor, default: .zero] + wei
        guard proposals[index].deposit >= parameters[proposals[index].isExpedited ? .expeditedDeposit : .minimumDeposit] else { return }
        proposals[index].status = .voting
        proposals[index].votingStart = now
        proposals[index].votingEnd = now + seconds(proposals[index].isExpedited ? .expeditedVotingMilliseconds : .votingMilliseconds)
    }

    mutating func cancel(_ index: Int) {
        proposals[index].status = .cancelled
    }

    mutating func withdraw(_ index: Int, _ depositor: Address) -> UInt256 {
        let wei = proposals[index].deposits.removeValue(forKey: depositor) ?? .zero
        return proposals[index].status == .cancelled ? wei / 2 : wei
    }

    /// Wei by option: exactly as whole shares are turned into wei, and delegator by delegator.
    func count(_ index: Int, _ stakes: [Address: Stake]) -> (exact: [UInt256], single: [UInt256]) {
        var (exact, single) = ([UInt256](repeating: .zero, count: 4), [UInt256](repeating: .zero, count: 4))
        for (validator, stake) in stakes where !stake.shares.isZero {
            var sums = [UInt256](repeating: .zero, count: 4)
            for (delegator, shares) in stake.delegations {
                let inherited = stake.isJailed ? nil : proposals[index].ballots[validator]
                guard let ballot = proposals[index].ballots[delegator] ?? inherited else { continue }
                for option in 0..<4 {
                    sums[option] = sums[option] + shares * ballot[option]
                    single[option] = single[option] + shares * stake.tokens / stake.shares * ballot[option] / QST.one
                }
            }
            for option in 0..<4 { exact[option] = exact[option] + sums[option] / QST.one * stake.tokens / stake.shares }
        }
        return (exact, single)
    }

    mutating func endBlock(at now: UInt64, _ stakes: [Address: Stake]) {
        for index in proposals.indices {
            switch proposals[index].status {
            case .deposit where proposals[index].depositEnd <= now: proposals[index].status = .expired
            case .voting where proposals[index].votingEnd <= now: decide(index, at: now, stakes)
            default: break
            }
            if proposals[index].status == .queued, proposals[index].executeAt <= now { proposals[index].status = .executed }
        }
    }

    private mutating func decide(_ index: Int, at now: UInt64, _ stakes: [Address: Stake]) {
        let votes = count(index, stakes).exact
        let bonded = stakes.values.reduce(UInt256.zero) { $0 + $1.tokens }
        let all = votes.reduce(.zero) { $0 + $1 }
        let isExpedited = proposals[index].isExpedited
        let isQuorate = !all.isZero && all * QST.one >= parameters[.quorum] * bonded
        let isVetoed = isQuorate && votes[3] * QST.one > parameters[.vetoThreshold] * all
        let threshold = parameters[isExpedited ? .expeditedThreshold : .passThreshold]
        let isPassed = isQuorate && votes[0] * QST.one > threshold * (all - votes[1])
        if isExpedited, !isVetoed, !isPassed {
            proposals[index].isExpedited = false
            proposals[index].votingEnd = proposals[index].votingStart + seconds(.votingMilliseconds)
            return
        }
        proposals[index].tally = votes
        if isVetoed {
            proposals[index].deposits = [:]
            proposals[index].status = .vetoed
        } else {
            proposals[index].status = isPassed ? .queued : .rejected
            proposals[index].executeAt = now + seconds(.timelockMilliseconds)
        }
    }
}

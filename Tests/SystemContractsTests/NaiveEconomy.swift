import ChainTypes
import Primitives
import SystemContracts

/// The same economy without indices: lists of delegators that are walked through at every event.
struct NaiveEconomy {
    struct Entry {
        var tokens: UInt256
        var createdAt, completesAt, height: UInt64
    }

    struct Move {
        var source: Int
        var tokens: UInt256
        var createdAt, completesAt: UInt64
        var debt = UInt256.zero
    }

    struct Pair: Hashable { var delegator: Address, validator: Int }

    struct Member {
        var tokens, shares, rate: UInt256
        var isActive = true
        var isJailed = false
        /// Wei earned since shares or rate changed last, in the period, and commission of the period.
        var pending = UInt256.zero
        var earned = UInt256.zero
        var commission = UInt256.zero
        var commissionDue = UInt256.zero
        var delivered: UInt64 = 0
        var missed: UInt64 = 0
    }

    var members: [Member]
    var shares: [Pair: UInt256] = [:]
    var carried: [Pair: UInt256] = [:]
    var due: [Pair: UInt256] = [:]
    var entries: [Pair: [Entry]] = [:]
    var moves: [Pair: [Move]] = [:]
    var paid: [Address: UInt256] = [:]
    var pool = UInt256.zero
    var rest = UInt256.zero
    var supply: UInt256
    let nodes: UInt64
    var periodStart = EconomyBench.start
    let parameters: EconomyParameters

    init(_ spec: ChainSpec) {
        nodes = UInt64(spec.encryptionNodes.count)
        parameters = spec.economy.parameters
        supply = spec.allocations.reduce(.zero) { $0 + $1.balance } + parameters[.minimumSelfStake] * UInt256(nodes)
        members = spec.validators.validators.map {
            let wei = QST.one * UInt256($0.power)
            return Member(tokens: wei, shares: wei, rate: QST.one / UInt256(10))
        }
        for (index, validator) in spec.validators.validators.enumerated() {
            shares[Pair(delegator: validator.address, validator: index)] = members[index].tokens
            supply = supply + members[index].tokens
        }
    }

    static func part(_ wei: UInt256, _ fraction: UInt256) -> UInt256 { wei * fraction / QST.one }

    mutating func flush(_ index: Int) {
        let earned = members[index].pending
        guard !earned.isZero else { return }
        members[index].pending = .zero
        members[index].earned = members[index].earned + earned
        let all = members[index].shares
        let commission = all.isZero ? earned : Self.part(earned, members[index].rate)
        members[index].commission = members[index].commission + commission
        guard !all.isZero else { return }
        let each = ((earned - commission) << 96) / all
        for (pair, share) in shares where pair.validator == index { carried[pair, default: .zero] = carried[pair, default: .zero] + share * each }
    }

    mutating func worth(_ pair: Pair) -> UInt256 {
        let member = members[pair.validator]
        return member.shares.isZero ? .zero : shares[pair, default: .zero] * member.tokens / member.shares
    }

    mutating func add(_ pair: Pair, _ wei: UInt256) {
        flush(pair.validator)
        let member = members[pair.validator]
        let new = member.shares.isZero ? wei : wei * member.shares / member.tokens
        shares[pair, default: .zero] = shares[pair, default: .zero] + new
        members[pair.validator].shares = member.shares + new
        members[pair.validator].tokens = member.tokens + wei
    }

    mutating func remove(_ pair: Pair, _ wei: UInt256) {
        flush(pair.validator)
        let (member, old) = (members[pair.validator], shares[pair, default: .zero])
        let (quotient, remainder) = (wei * member.shares).quotientAndRemainder(dividingBy: member.tokens)
        let burnt = wei == worth(pair) ? old : min(old, remainder.isZero ? quotient : quotient + .one)
        shares[pair] = old - burnt
        members[pair.validator].shares = member.shares - burnt
        members[pair.validator].tokens = member.tokens - wei
    }

    mutating func pay(_ account: Address, _ wei: UInt256) { paid[account, default: .zero] = paid[account, default: .zero] + wei }

    mutating func collect(_ pair: Pair, at now: UInt64) {
        var debt = UInt256.zero
        for index in moves[pair, default: []].indices {
            debt = debt + (moves[pair]?[index].debt ?? .zero)
            moves[pair]?[index].debt = .zero
        }
        moves[pair]?.removeAll { $0.completesAt <= now }
        guard !debt.isZero else { return }
        let bonded = min(debt, worth(pair))
        if !bonded.isZero { remove(pair, bonded) }
        var left = debt - bonded
        for index in entries[pair, default: []].indices {
            let tokens = entries[pair]?[index].tokens ?? .zero
            let part = min(left, tokens)
            entries[pair]?[index].tokens = tokens - part
            left = left - part
        }
    }

    mutating func complete(_ pair: Pair, at now: UInt64) {
        collect(pair, at: now)
        for entry in entries[pair, default: []] where entry.completesAt <= now { pay(pair.delegator, entry.tokens) }
        entries[pair]?.removeAll { $0.completesAt <= now }
    }

    mutating func slash(_ index: Int, _ fraction: UInt256, infractionAt: UInt64) {
        members[index].tokens = members[index].tokens - Self.part(members[index].tokens, fraction)
        for pair in entries.keys where pair.validator == index {
            for place in entries[pair, default: []].indices {
                guard let entry = entries[pair]?[place], infractionAt <= entry.createdAt else { continue }
                entries[pair]?[place].tokens = entry.tokens - Self.part(entry.tokens, fraction)
            }
        }
        for pair in moves.keys {
            for place in moves[pair, default: []].indices {
                guard let move = moves[pair]?[place], move.source == index, infractionAt <= move.createdAt else { continue }
                let taken = Self.part(move.tokens, fraction)
                moves[pair]?[place].tokens = move.tokens - taken
                moves[pair]?[place].debt = move.debt + taken
            }
        }
    }

    mutating func jail(_ index: Int) {
        flush(index)
        members[index].isActive = false
        members[index].isJailed = true
    }

    mutating func block(from: UInt64, to: UInt64, proposer: Int, missed: [Int], revenue: UInt256) throws {
        pool = pool + Self.part(revenue, parameters[.validatorsShare])
        let minted = try Emission.between(
            from - EconomyBench.start, to - EconomyBench.start, supply: supply, lateRate: parameters[.lateEmissionRate])
        supply = supply + minted
        let active = members.indices.filter { members[$0].isActive }
        let count = UInt256(UInt64(active.count) + nodes)
        let (each, left) = (rest + minted).quotientAndRemainder(dividingBy: count)
        rest = left
        for index in active { members[index].pending = members[index].pending + each }
        members[proposer].delivered += 1
        for index in missed { members[index].missed += 1 }
        if to >= periodStart + parameters[.rewardPeriodMilliseconds].limb0 { close(at: to) }
    }

    private mutating func close(at time: UInt64) {
        periodStart = time
        let turns = members.reduce(0) { $0 + $1.delivered }
        var given = UInt256.zero
        for index in members.indices {
            flush(index)
            let member = members[index]
            let all = UInt256(member.delivered + member.missed)
            (members[index].delivered, members[index].missed) = (0, 0)
            guard !member.earned.isZero else { continue }
            let isUp = all.isZero || UInt256(member.delivered) * QST.one >= parameters[.uptimeThreshold] * all
            let kept = isUp ? member.earned : member.earned * UInt256(member.delivered) / all
            let revenue = pool * UInt256(member.delivered) / UInt256(turns)
            given = given + revenue
            let factor = ((kept + revenue) << 64) / member.earned
            for pair in carried.keys where pair.validator == index {
                due[pair, default: .zero] = due[pair, default: .zero] + carried[pair, default: .zero] * factor
                carried[pair] = .zero
            }
            members[index].commissionDue = member.commissionDue + member.commission * factor
            (members[index].earned, members[index].commission) = (.zero, .zero)
        }
        pool = pool - given
    }

    mutating func withdraw(_ pair: Pair) -> UInt256 {
        let all = due[pair, default: .zero]
        let wei = all >> 160
        due[pair] = all - (wei << 160)
        pay(pair.delegator, wei)
        return wei
    }
}

import ChainTypes
import Primitives
import SystemContracts
import TestKit
import Testing
import WorldState

/// Shares, indices and logs give every account what a walk through all delegators gives it, to the last wei.
@Suite struct NaiveModelTests {
    struct History {
        var bench: EconomyBench
        var model: NaiveEconomy
        var random: SeededGenerator
        let delegators: [Address]
        var refused = 0
        var supply = SupplyCheck()
        let unbonding: UInt64 = 180

        init(seed: UInt64) throws {
            bench = try EconomyBench()
            model = NaiveEconomy(bench.spec)
            random = SeededGenerator(seed: seed)
            delegators = (0..<6).map(EconomyBench.account) + (0..<3).map(EconomyBench.validator)
        }

        var seconds: UInt64 { bench.time / 1000 }
        mutating func wei(_ maximum: UInt256) -> UInt256 {
            let all = UInt256(UInt64.random(in: 0...(.max), using: &random)) * maximum >> 64
            return max(.one, Bool.random(using: &random) ? all : UInt256(UInt64.random(in: 1...1000, using: &random)))
        }

        mutating func pair() -> NaiveEconomy.Pair {
            let index = Int.random(in: 0..<delegators.count, using: &random)
            return NaiveEconomy.Pair(delegator: delegators[index], validator: Int.random(in: 0..<3, using: &random))
        }

        mutating func step() throws {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<25: try block()
            case 25..<45: try delegate()
            case 45..<60: try undelegate()
            case 60..<66: try cancel()
            case 66..<78: try redelegate()
            case 78..<80: try slash()
            case 80..<83: try commission()
            case 83..<93: try withdraw()
            case 93..<95: try withdrawCommission()
            case 95..<96: try unjail()
            default: try complete()
            }
        }

        private mutating func attempt(_ body: (inout EconomyBench) throws -> Void) throws -> Bool {
            do { try body(&bench) } catch NativeFailure.revert {
                refused += 1
                return false
            }
            return true
        }

        mutating func block() throws {
            let before = bench.time
            let (proposer, revenue) = (Int.random(in: 0..<3, using: &random), wei(QST.one * 10))
            let missed = Int.random(in: 0..<20, using: &random) == 0 ? [Int.random(in: 0..<3, using: &random)] : []
            let epoch = bench.epoch
            try bench.block(
                after: UInt64.random(in: 1...8000, using: &random), proposer: EconomyBench.validator(proposer),
                missed: missed.map(EconomyBench.validator), revenue: revenue)
            try model.block(from: before, to: bench.time, proposer: proposer, missed: missed, revenue: revenue)
            guard epoch.number != bench.epoch.number else { return }
            for index in 0..<3 {
                let isMember = bench.epoch.validators.validators.contains { $0.address == EconomyBench.validator(index) }
                let isActive = isMember && !model.members[index].isJailed
                if model.members[index].isActive, !isActive { model.flush(index) }
                model.members[index].isActive = isActive
            }
        }

        mutating func delegate() throws {
            let (pair, wei) = (pair(), wei(QST.one * 5000))
            guard try attempt({ try $0.delegate(pair.delegator, EconomyBench.validator(pair.validator), wei) }) else { return }
            model.collect(pair, at: seconds)
            model.add(pair, wei)
        }

        private mutating func jailIfBelow(_ pair: NaiveEconomy.Pair) {
            guard pair.delegator == EconomyBench.validator(pair.validator), model.worth(pair) < EconomyBench.stake else { return }
            model.jail(pair.validator)
        }

        mutating func undelegate() throws {
            let pair = pair()
            let worth = model.worth(pair)
            let wei = Int.random(in: 0..<5, using: &random) == 0 ? worth : wei(worth)
            guard try attempt({ try $0.undelegate(pair.delegator, EconomyBench.validator(pair.validator), wei) }) else { return }
            model.complete(pair, at: seconds)
            model.remove(pair, wei)
            model.entries[pair, default: []].append(
                .init(tokens: wei, createdAt: seconds, completesAt: seconds + unbonding, height: bench.height + 1))
            jailIfBelow(pair)
        }

        mutating func cancel() throws {
            let candidates = model.entries.keys.filter { !(model.entries[$0] ?? []).isEmpty }.sorted {
                ($0.delegator, $0.validator) < ($1.delegator, $1.validator)
            }
            guard let pair = candidates.randomElement(using: &random), let entry = model.entries[pair]?.randomElement(using: &random) else {
                return
            }
            let wei = wei(entry.tokens)
            guard try attempt({
                try $0.call(
                    Staking.self, from: pair.delegator, "cancelUnbondingDelegation(address,uint256,uint256)",
                    [.address(EconomyBench.validator(pair.validator)), .word(wei), .number(entry.height)])
            }) else { return }
            model.complete(pair, at: seconds)
            let index = try #require(model.entries[pair]?.firstIndex { $0.height == entry.height && $0.tokens >= wei })
            let tokens = try #require(model.entries[pair]?[index].tokens)
            if tokens == wei { model.entries[pair]?.remove(at: index) } else { model.entries[pair]?[index].tokens = tokens - wei }
            model.add(pair, wei)
        }

        mutating func redelegate() throws {
            let (from, to) = (pair(), Int.random(in: 0..<3, using: &random))
            let wei = wei(model.worth(from))
            let target = NaiveEconomy.Pair(delegator: from.delegator, validator: to)
            guard try attempt({
                try $0.redelegate(from.delegator, EconomyBench.validator(from.validator), EconomyBench.validator(to), wei)
            }) else { return }
            model.complete(from, at: seconds)
            model.complete(target, at: seconds)
            model.remove(from, wei)
            model.add(target, wei)
            model.moves[target, default: []].append(
                .init(source: from.validator, tokens: wei, createdAt: seconds, completesAt: seconds + unbonding))
            jailIfBelow(from)
        }

        mutating func slash() throws {
            let (index, tenths) = (Int.random(in: 0..<3, using: &random), UInt64.random(in: 0...2, using: &random))
            let at = seconds - UInt64.random(in: 0..<unbonding, using: &random)
            try bench.slash(EconomyBench.validator(index), tenths: tenths, infractionAt: at)
            model.slash(index, QST.one / UInt256(10) * UInt256(tenths), infractionAt: at)
        }

        mutating func commission() throws {
            let index = Int.random(in: 0..<3, using: &random)
            let step = QST.one / UInt256(100)
            let rate = Bool.random(using: &random) ? model.members[index].rate + step : model.members[index].rate - min(step, model.members[index].rate)
            guard try attempt({
                try $0.call(
                    Staking.self, from: EconomyBench.validator(index), "editValidator((string,string,string),uint256)",
                    [.tuple([.text("v"), .text(""), .text("")]), .word(rate)])
            }) else { return }
            model.flush(index)
            model.members[index].rate = rate
        }

        mutating func withdraw() throws {
            let pair = pair()
            #expect(try bench.withdraw(pair.delegator, EconomyBench.validator(pair.validator)) == model.withdraw(pair))
        }

        mutating func withdrawCommission() throws {
            let index = Int.random(in: 0..<3, using: &random)
            let validator = EconomyBench.validator(index)
            let wei = model.members[index].commissionDue >> 64
            model.members[index].commissionDue = model.members[index].commissionDue - (wei << 64)
            model.pay(validator, wei)
            #expect(try bench.call(Distribution.self, from: validator, "withdrawValidatorCommission()") == [wei])
        }

        mutating func unjail() throws {
            let index = Int.random(in: 0..<3, using: &random)
            guard try attempt({ try $0.call(Staking.self, from: EconomyBench.validator(index), "unjail()") }) else { return }
            model.members[index].isJailed = false
        }

        mutating func complete() throws {
            let pair = pair()
            _ = try bench.complete(pair.delegator, EconomyBench.validator(pair.validator))
            model.complete(pair, at: seconds)
        }

        /// Compares every pair, and what every account has been paid by contracts.
        mutating func compare(_ seed: UInt64, _ step: Int) throws {
            for index in 0..<3 {
                let validator = EconomyBench.validator(index)
                let record = Staking.validator(validator)
                #expect(try bench.state.storage(record.contract, record.slot(.tokens)) == model.members[index].tokens, "seed \(seed) step \(step)")
                for delegator in delegators {
                    let pair = NaiveEconomy.Pair(delegator: delegator, validator: index)
                    let shares = try bench.shares(delegator, validator)
                    #expect(shares == model.shares[pair, default: .zero], "seed \(seed) step \(step)")
                    let rewards = try bench.call(
                        Distribution.self, from: .zero, "delegationRewards(address,address)", [.address(delegator), .address(validator)])
                    #expect(rewards == [model.due[pair, default: .zero] >> 160], "seed \(seed) step \(step)")
                }
            }
            #expect(try bench.faults(delegators) == [], "seed \(seed) step \(step)")
            #expect(try supply.faults(of: bench.settled()) == [], "seed \(seed) step \(step)")
            #expect(supply.destroyed == .zero, "seed \(seed) step \(step)")
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func indicesEqualAWalkThroughAllDelegators(seed: UInt64) throws {
        var history = try History(seed: seed)
        for step in 0..<4000 {
            try history.step()
            let faults = try history.bench.faults()
            #expect(faults == [], "seed \(seed) step \(step)")
            if step % 40 == 0 { try history.compare(seed, step) }
            if !faults.isEmpty { return }
        }
        try history.compare(seed, 4000)
        #expect(history.refused < 2500, "seed \(seed): \(history.refused) refused")
    }
}

import ChainTypes
import Primitives
import SystemContracts
import TestKit
import Testing
import WorldState

/// Sums per validator that follow the stake give what a walk through all delegators gives, whatever happens in between.
@Suite struct GovernanceHistoryTests {
    struct History {
        var bench: EconomyBench
        var model: NaiveGovernance
        var random: SeededGenerator
        let validators = (0..<3).map(EconomyBench.validator)
        let delegators: [Address]
        var (done, refused, outcomes) = (0, 0, [ProposalStatus?: Int]())

        init(seed: UInt64) throws {
            bench = try EconomyBench {
                $0.parameters[.minimumDeposit] = QST.one * 100
                $0.parameters[.expeditedDeposit] = QST.one * 300
                $0.parameters[.maximumActiveProposals] = 4
            }
            model = NaiveGovernance(parameters: bench.spec.economy.parameters)
            random = SeededGenerator(seed: seed)
            delegators = (0..<6).map(EconomyBench.account) + (0..<3).map(EconomyBench.validator)
        }

        var now: UInt64 { bench.time / 1000 }
        mutating func pick<Value>(_ values: [Value]) -> Value { values[Int.random(in: 0..<values.count, using: &random)] }
        mutating func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &random) == 0 }

        mutating func wei(_ maximum: UInt256) -> UInt256 {
            max(.one, UInt256(UInt64.random(in: 0...(.max), using: &random)) * maximum >> 64)
        }

        private mutating func attempt(_ body: (inout EconomyBench) throws -> Void) throws -> Bool {
            do { try body(&bench) } catch NativeFailure.revert {
                refused += 1
                return false
            }
            done += 1
            return true
        }

        mutating func step() throws {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<18: try block()
            case 18..<50: try moveStake()
            case 50..<52: try punish()
            case 52..<58: try propose()
            case 58..<66: try deposit()
            case 66..<92: try vote()
            case 92..<93: try cancel()
            default: try withdraw()
            }
        }

        private mutating func block() throws {
            try bench.block(after: UInt64.random(in: 1...8000, using: &random), proposer: pick(validators))
            model.endBlock(at: now, try stakes())
        }

        private mutating func moveStake() throws {
            let (delegator, from, to) = (pick(delegators), pick(validators), pick(validators))
            let record = Staking.validator(from)
            let held = try bench.call(Staking.self, from: .zero, "delegation(address,address)", [.address(delegator), .address(from)])[1]
            // Validators seldom take so much of their own that they are suspended.
            let most = delegator == from && !chance(20) ? held / 20 : held
            let wei = chance(4) ? most : wei(most)
            switch Int.random(in: 0..<8, using: &random) {
            case 0..<4:
                let all = try bench.state.storage(record.contract, record.slot(.tokens))
                let amount = self.wei(min(QST.one * 3000, all))
                _ = try attempt { try $0.delegate(delegator, from, amount) }
            case 4: _ = try attempt { try $0.undelegate(delegator, from, wei) }
            case 5..<7: _ = try attempt { try $0.redelegate(delegator, from, to, wei) }
            default: _ = try attempt { _ = try $0.complete(delegator, from) }
            }
        }

        private mutating func punish() throws {
            let validator = pick(validators)
            let end = now + 20
            if chance(3) {
                try bench.slash(validator, tenths: 1)
            } else if chance(2) {
                try bench.hook { (hook) throws(NativeFailure) in try Staking.jail(validator, until: end, &hook) }
            } else {
                for validator in validators { _ = try attempt { try $0.call(Staking.self, from: validator, "unjail()") } }
            }
        }

        private mutating func propose() throws {
            let (proposer, expedited) = (pick(delegators), chance(3))
            let wei = wei(QST.one * (chance(2) ? 60 : 500))
            let isFull = model.running.count >= 4
            guard try attempt({ try $0.propose(from: proposer, wei: wei, expedited: expedited) }) else { return }
            model.propose(by: proposer, wei: wei, expedited: expedited, at: now)
            if isFull { #expect(model.running.count == 4) }
        }

        private mutating func deposit() throws {
            guard !model.proposals.isEmpty else { return }
            let index = max(0, model.proposals.count - 1 - Int.random(in: 0..<6, using: &random))
            let (depositor, wei) = (pick(delegators), wei(QST.one * 200))
            guard try attempt({ try $0.deposit(UInt64(index + 1), wei, from: depositor) }) else { return }
            model.deposit(index, wei, from: depositor, at: now)
        }

        private mutating func vote() throws {
            guard !model.running.isEmpty else { return }
            let (index, voter) = (pick(model.running), pick(delegators))
            var weights = [UInt256](repeating: .zero, count: 4)
            if chance(2) {
                let option = chance(4) ? pick([VoteOption.veto, .abstain]) : pick([.yes, .yes, .no])
                weights[Int(option.rawValue) - 1] = QST.one
                guard try attempt({ try $0.vote(UInt64(index + 1), option, voter) }) else { return }
            } else {
                let options = chance(5) ? [0, 1, 2, 3].shuffled(using: &random) : [0, 1, 2].shuffled(using: &random)
                let (first, last) = (options[0], options[1])
                weights[first] = wei(QST.one - 1)
                weights[last] = QST.one - weights[first]
                let values = [weights[last], weights[first]]
                guard try attempt({ try $0.vote(UInt64(index + 1), [UInt256(UInt64(last + 1)), UInt256(UInt64(first + 1))], values, voter) })
                else { return }
            }
            model.proposals[index].ballots[voter] = weights
        }

        private mutating func cancel() throws {
            guard !model.proposals.isEmpty else { return }
            let index = Int.random(in: 0..<model.proposals.count, using: &random)
            let proposer = model.proposals[index].proposer
            guard try attempt({ try $0.cancel(UInt64(index + 1), by: proposer) }) else { return }
            model.cancel(index)
        }

        private mutating func withdraw() throws {
            guard !model.proposals.isEmpty else { return }
            let (index, depositor) = (Int.random(in: 0..<model.proposals.count, using: &random), pick(delegators))
            let before = try bench.balance(depositor)
            guard try attempt({ try $0.withdrawDeposit(UInt64(index + 1), to: depositor) }) else { return }
            #expect(try bench.balance(depositor) == before + model.withdraw(index, depositor))
        }

        mutating func stakes() throws -> [Address: NaiveGovernance.Stake] {
            var stakes: [Address: NaiveGovernance.Stake] = [:]
            for validator in validators {
                let record = Staking.validator(validator)
                var stake = NaiveGovernance.Stake(
                    tokens: try bench.state.storage(record.contract, record.slot(.tokens)),
                    shares: try bench.state.storage(record.contract, record.slot(.shares)),
                    isJailed: try bench.state.storage(record.contract, record.slot(.isJailed)) == .one, delegations: [])
                for delegator in delegators {
                    let cell = Staking.sharesCell(delegator, validator)
                    let shares = try bench.state.storage(cell.contract, cell.slot)
                    if !shares.isZero { stake.delegations.append((delegator, shares)) }
                }
                stakes[validator] = stake
            }
            return stakes
        }

        /// Compares every proposal that has not been settled long ago.
        mutating func compare(_ place: String) throws {
            let stakes = try stakes()
            for index in model.proposals.indices.suffix(12) {
                let id = UInt64(index + 1)
                let (view, expected) = (try bench.proposal(id), model.proposals[index])
                #expect(view.status == expected.status && view.isExpedited == expected.isExpedited, "\(place) proposal \(id)")
                #expect(view.votingEnd == expected.votingEnd, "\(place) proposal \(id)")
                let tally = try Array(bench.tally(id).prefix(4))
                guard expected.status == .voting else {
                    #expect(tally == expected.tally, "\(place) proposal \(id)")
                    continue
                }
                let (exact, single) = model.count(index, stakes)
                #expect(tally == exact, "\(place) proposal \(id)")
                for option in 0..<4 {
                    // Each delegation and each validator loses two wei at most.
                    let difference = max(exact[option], single[option]) - min(exact[option], single[option])
                    #expect(difference <= UInt256(2 * 9 * 3 + 2 * 3), "\(place) proposal \(id)")
                }
            }
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func sumsEqualAWalkThroughAllDelegators(seed: UInt64) throws {
        var history = try History(seed: seed)
        for step in 0..<4000 {
            try history.step()
            let faults = try history.bench.faults()
            #expect(faults == [], "seed \(seed) step \(step)")
            try history.compare("seed \(seed) step \(step)")
            if !faults.isEmpty { return }
        }
        for proposal in history.model.proposals { history.outcomes[proposal.status, default: 0] += 1 }
        let counts = ProposalStatus.allCases.map { "\($0) \(history.outcomes[$0, default: 0])" }.joined(separator: ", ")
        print("seed \(seed): \(history.done) done, \(history.refused) refused; \(counts)")
        #expect(history.done > 1700)
        for status in [ProposalStatus.executed, .rejected, .vetoed, .cancelled, .expired] {
            #expect(history.outcomes[status, default: 0] > 2, "seed \(seed): \(status)")
        }
    }
}

import Primitives
import WorldState

extension EconomyChecker {
    /// Deposits of challenges that are open.
    func checkChallenges(_ hook: inout HookState, _ faults: inout [String]) throws(NativeFailure) {
        var deposits = UInt256.zero
        for id in try Slashing.challenges(&hook) { deposits = deposits + (try Slashing.challenge(id).get(.deposit, &hook)) }
        let balance = try hook.balance(Slashing.address)
        if balance < deposits { faults.append("slashing holds \(balance) wei and owes \(deposits)") }
    }

    /// Deposits, and the votes of proposals that are voted on.
    func checkGovernance(_ hook: inout HookState, _ faults: inout [String]) throws(NativeFailure) {
        let (count, sum) = (try Governance.numbers.number(.proposals, &hook), try Governance.numbers.get(.deposits, &hook))
        var deposits = UInt256.zero
        for id in 0..<count { deposits = deposits + (try Governance.proposal(id + 1).get(.deposit, &hook)) }
        if deposits != sum { faults.append("proposals hold \(deposits) wei, \(sum) are on record") }
        let balance = try hook.balance(Governance.address)
        if balance < sum { faults.append("governance holds \(balance) wei and owes \(sum)") }
        for id in try Governance.voting.ids(&hook) {
            for validator in try Staking.validators.all(&hook) {
                let votes = Governance.votes(id, for: validator)
                let (deducted, shares) = (try votes.get(.deducted, &hook), try Staking.validator(validator).get(.shares, &hook))
                var weighted = UInt256.zero
                for option in VoteOption.allCases { weighted = weighted + (try votes.get(TallyField(option), &hook)) }
                if weighted != deducted * QST.one || deducted > shares {
                    faults.append("the votes on proposal \(id) for \(validator) do not add up")
                }
            }
        }
    }
}

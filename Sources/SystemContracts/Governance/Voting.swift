import ChainTypes
import Primitives
import WorldState

/// How an account votes: weights of 10^18 in the order of `VoteOption`. All are zero where it has not voted.
struct Ballot: Equatable, Sendable {
    /// As it is stored: 64 bits for each option.
    private(set) var word: UInt256

    static let none = Ballot(word: .zero)

    init(word: UInt256) { self.word = word }

    init(_ option: VoteOption) {
        self = .none
        self[option] = QST.one.limb0
    }

    /// - Throws: a revert unless each option stands once and the weights sum to 10^18.
    init(_ options: [VoteOption], _ weights: [UInt256]) throws(NativeFailure) {
        guard options.count == weights.count else { throw .revert("each option needs one weight") }
        self = .none
        var sum = UInt256.zero
        for (option, weight) in zip(options, weights) {
            guard let number = weight.asUInt64, number > 0 else { throw .revert("a weight is out of bounds") }
            guard self[option] == 0 else { throw .revert("an option is named twice") }
            self[option] = number
            sum = try sum.plus(weight)
        }
        guard sum == QST.one else { throw .revert("the weights do not sum to 10^18") }
    }

    subscript(option: VoteOption) -> UInt64 {
        get {
            switch option {
            case .yes: word.limb0
            case .abstain: word.limb1
            case .no: word.limb2
            case .veto: word.limb3
            }
        }
        set {
            switch option {
            case .yes: word.limb0 = newValue
            case .abstain: word.limb1 = newValue
            case .no: word.limb2 = newValue
            case .veto: word.limb3 = newValue
            }
        }
    }
}

extension Governance {
    static func ballot(_ id: UInt64, _ voter: Address, _ state: inout some ContractState) throws(NativeFailure) -> Ballot {
        Ballot(word: try state.load(ballotSlot(id, voter), of: address))
    }

    /// Votes with all delegations of an account, now and as they change until the end; takes the place of its earlier vote.
    static func vote(_ ballot: Ballot, on id: UInt64, by voter: Address, _ state: inout some ContractState) throws(NativeFailure) {
        guard try requireProposal(id, &state) == .voting else { throw .revert("the proposal is not voted on") }
        guard try state.seconds < proposal(id).number(.votingEnd, &state) else { throw .revert("the vote is over") }
        let old = try self.ballot(id, voter, &state)
        try state.store(ballotSlot(id, voter), ballot.word, of: address)
        if old == .none { try running(of: voter).append([UInt256(id)], forgettingEnded: &state) }
        let delegations = Staking.delegations(of: voter)
        var hasStake = false
        for index in 0..<(try delegations.count(&state)) {
            let validator = try delegations.at(index, &state)
            let shares = try Staking.shares(voter, validator, &state)
            guard !shares.isZero else { continue }
            hasStake = true
            try replace(old, old == .none ? .zero : shares, with: ballot, shares, on: id, for: validator, &state)
        }
        guard hasStake else { throw .revert("only delegators vote") }
        var data: [UInt8] = []
        for option in VoteOption.allCases { data += Hash(ballot[option]).bytes }
        try state.emit(topics: [voted, Hash(id), voter.padded], data: data, of: address)
    }

    /// Lets the votes of a delegator follow its shares. Costs one read for those that have not voted.
    static func sharesChanged(
        delegator: Address, validator: Address, old: UInt256, new: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) {
        for id in try running(of: delegator).ids(&state) where try status(id, &state) == .voting {
            let ballot = try ballot(id, delegator, &state)
            try replace(ballot, old, with: ballot, new, on: id, for: validator, &state)
        }
    }

    /// Puts what a delegation adds to the votes of its validator in the place of what it added before.
    private static func replace(
        _ old: Ballot, _ oldShares: UInt256, with new: Ballot, _ newShares: UInt256, on id: UInt64, for validator: Address,
        _ state: inout some ContractState
    ) throws(NativeFailure) {
        let votes = votes(id, for: validator)
        try votes.replace(.deducted, oldShares, with: newShares, &state)
        for option in VoteOption.allCases {
            // Shares are below 2^112 and weights below 2^60.
            let (before, after) = (try oldShares.times(UInt256(old[option])), try newShares.times(UInt256(new[option])))
            try votes.replace(TallyField(option), before, with: after, &state)
        }
    }
}

extension Record {
    /// Takes a part of a sum and adds another.
    fileprivate func replace(
        _ field: Field, _ old: UInt256, with new: UInt256, _ state: inout some ContractState
    ) throws(NativeFailure) {
        guard old != new else { return }
        try set(field, try get(field, &state).minus(old).plus(new), &state)
    }
}

extension EntryList where Field == ProposalEntry {
    /// Adds a proposal, and takes those out whose vote is over: no more stay than are voted on.
    fileprivate func append(_ members: [UInt256], forgettingEnded state: inout some ContractState) throws(NativeFailure) {
        var index = try count(&state)
        while index > 0 {
            index &-= 1
            if try Governance.status(try id(index, &state), &state) != .voting { try remove(index, &state) }
        }
        try append(members, &state)
    }
}

import ChainTypes
import Primitives
import WorldState

// How proposals begin, and how their proposers end them.
extension Governance {
    /// Proposes an action with the first part of its deposit; returns the proposal's id.
    static func submit(
        _ action: ProposalAction, title: String, summary: String, expedited: Bool, by proposer: Address, wei: UInt256,
        _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt64 {
        guard !title.isEmpty else { throw .revert("the title is empty") }
        let minimum = try minimumDeposit(expedited: expedited, &state)
        guard wei >= (try minimum.scaledUp(try Parameters.get(.initialDepositShare, &state), over: QST.one)) else {
            throw .revert("the first deposit is too small")
        }
        try action.check(&state)
        // Deposits that expire come back, so a rich stranger can keep all places taken: whoever brings the whole needs none.
        if wei < minimum, try numbers.get(.open, &state) >= maximumOpenProposals {
            throw .revert("too many proposals wait for their deposits")
        }
        let id = try record(action.kind, expedited: expedited, by: proposer, &state)
        let text = ProposalText(title: title, summary: summary, payload: action.payload)
        try state.storeBlob(textKey(id), text.rlp, of: address)
        try state.emit(
            topics: [submitted, Hash(id), proposer.padded], data: Hash(UInt64(action.kind.rawValue)).bytes, of: address)
        if !wei.isZero { try deposit(on: id, from: proposer, wei: wei, &state) }
        return id
    }

    private static func record(
        _ kind: ProposalKind, expedited: Bool, by proposer: Address, _ state: inout some ContractState
    ) throws(NativeFailure) -> UInt64 {
        let last = try numbers.number(.proposals, &state)
        let (id, now) = (last &+ 1, state.seconds)
        // Proposals expire in the order of their ids, so that the end of a block looks at the first alone.
        let end = max(now.later(by: try Parameters.seconds(.depositMilliseconds, &state)), try proposal(last).number(.depositEnd, &state))
        let record = proposal(id)
        try record.set(.kind, UInt256(UInt64(kind.rawValue)), &state)
        try set(id, .deposit, &state)
        try record.set(.proposer, proposer.word, &state)
        if expedited { try record.set(.isExpedited, .one, &state) }
        try record.set(.submittedAt, UInt256(now), &state)
        try record.set(.depositEnd, UInt256(end), &state)
        try numbers.set(.proposals, UInt256(id), &state)
        try numbers.add(.open, .one, &state)
        return id
    }

    /// Opens the vote on a proposal that has its deposit.
    static func startVote(_ id: UInt64, _ state: inout some ContractState) throws(NativeFailure) {
        guard try voting.count(&state) < Parameters.number(.maximumActiveProposals, &state) else {
            throw .revert("too many proposals are voted on; complete the deposit later")
        }
        let record = proposal(id)
        try set(id, .voting, &state)
        try record.set(.votingStart, UInt256(state.seconds), &state)
        try record.set(.votingEnd, UInt256(try votingEnd(id, &state)), &state)
        try voting.append([UInt256(id)], &state)
        try numbers.subtract(.open, .one, &state)
    }

    /// When a vote that has begun ends, by the present parameters.
    static func votingEnd(_ id: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> UInt64 {
        let length: Parameter = try proposal(id).flag(.isExpedited, &state) ? .expeditedVotingMilliseconds : .votingMilliseconds
        return try proposal(id).number(.votingStart, &state).later(by: Parameters.seconds(length, &state))
    }

    /// Withdraws a proposal; half of the deposits goes to the community pool.
    static func cancel(_ id: UInt64, by account: Address, _ state: inout some ContractState) throws(NativeFailure) {
        let status = try requireProposal(id, &state)
        guard try proposal(id).get(.proposer, &state) == account.word else { throw .revert("only its proposer can cancel a proposal") }
        switch status {
        case .deposit: try numbers.subtract(.open, .one, &state)
        case .voting:
            guard try state.seconds < proposal(id).number(.votingEnd, &state) else { throw .revert("the vote is over") }
            guard let index = try voting.ids(&state).firstIndex(of: id) else {
                throw .state(StateError("proposal \(id) is not among those that are voted on"))
            }
            try voting.remove(UInt64(index), &state)
        default: throw .revert("the proposal has ended")
        }
        try set(id, .cancelled, &state)
        try forfeit(id, wei: try proposal(id).get(.deposit, &state) >> 1, &state)
        try state.emit(topics: [cancelled, Hash(id)], data: [], of: address)
    }

    static func text(_ id: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> ProposalText {
        let bytes = try state.loadBlob(textKey(id), of: address)
        do { return try ProposalText(rlp: bytes) } catch { throw .state(StateError("the text of proposal \(id) is malformed")) }
    }
}

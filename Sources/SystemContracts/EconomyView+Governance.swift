import ChainTypes
import Primitives
import WorldState

extension EconomyView {
    /// More are asked for by number.
    static let maximumProposals: UInt64 = 100

    /// The newest proposals, newest first.
    public mutating func proposals() throws(StateError) -> [ProposalReport] {
        try HookState.reading { () throws(NativeFailure) in
            let last = try Governance.numbers.number(.proposals, &hook)
            var reports: [ProposalReport] = []
            for id in (last - min(last, Self.maximumProposals)..<last).reversed() { reports.append(try report(id + 1)) }
            return reports
        }
    }

    /// nil where there is no such proposal.
    public mutating func proposal(_ id: UInt64) throws(StateError) -> ProposalReport? {
        try HookState.reading { () throws(NativeFailure) in
            guard try Governance.status(id, &hook) != .unknown else { return nil }
            return try report(id)
        }
    }

    public mutating func vote(on id: UInt64, by voter: Address) throws(StateError) -> VoteReport {
        try HookState.reading { () throws(NativeFailure) in
            let ballot = try Governance.ballot(id, voter, &hook)
            return VoteReport(yes: ballot[.yes], abstain: ballot[.abstain], no: ballot[.no], veto: ballot[.veto])
        }
    }

    private mutating func report(_ id: UInt64) throws(NativeFailure) -> ProposalReport {
        let (record, text) = (Governance.proposal(id), try Governance.text(id, &hook))
        let tally = try Governance.presentTally(id, &hook)
        let kind = ProposalKind(rawValue: UInt8(truncatingIfNeeded: try record.number(.kind, &hook))) ?? .text
        return ProposalReport(
            id: id, kind: "\(kind)", status: "\(try Governance.status(id, &hook))", proposer: Address(try record.get(.proposer, &hook)),
            isExpedited: try record.flag(.isExpedited, &hook), deposit: try record.get(.deposit, &hook),
            times: (
                try record.number(.submittedAt, &hook), try record.number(.depositEnd, &hook), try record.number(.votingStart, &hook),
                try record.number(.votingEnd, &hook), try record.number(.executeAt, &hook)
            ), tally: (tally.yes, tally.abstain, tally.no, tally.veto, tally.bonded), title: text.title, summary: text.summary,
            payload: text.payload, failure: String(decoding: try hook.loadBlob(Governance.failureKey(id), of: Governance.address), as: UTF8.self))
    }
}

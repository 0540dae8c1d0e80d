import ChainTypes
import Primitives

extension RPCClient {
    /// All validators with stake, whether or not they are in the epoch's set.
    public func validators() async throws(RPCError) -> [ValidatorReport] {
        struct Wire: Decodable {
            let address: WireAddress
            let moniker, website, contact, endpoint: String
            let status: MemberStatus
            let stake, selfStake, commission, maximumCommission, maximumDailyChange, commissionDue: WireAmount
            let power, nextPower, jailedUntil, delivered, missed, missedInARow: WireNumber
            let consensusKey, nodeKey: WireBytes
        }
        return try await call("qs_getValidators", as: [Wire].self).map {
            ValidatorReport(
                validator: Validator(
                    address: $0.address.value, power: $0.power.value, consensusKey: $0.consensusKey.value, nodeKey: $0.nodeKey.value,
                    endpoint: $0.endpoint, moniker: $0.moniker),
                website: $0.website, contact: $0.contact, status: $0.status, stake: $0.stake.value, selfStake: $0.selfStake.value,
                commission: $0.commission.value, maximumCommission: $0.maximumCommission.value,
                maximumDailyChange: $0.maximumDailyChange.value, nextPower: $0.nextPower.value, jailedUntil: $0.jailedUntil.value,
                delivered: $0.delivered.value, missed: $0.missed.value, missedInARow: $0.missedInARow.value,
                commissionDue: $0.commissionDue.value)
        }
    }

    public func encryptionNodes() async throws(RPCError) -> [EncryptionNodeReport] {
        struct Wire: Decodable {
            let address: WireAddress
            let moniker, `class`, endpoint: String
            let status: MemberStatus
            let listed: Bool
            let stake, rewards: WireAmount
            let capacityGiB, jailedUntil, leavesAt: WireNumber
            let nodeKey: WireBytes
        }
        return try await call("qs_getEncryptionNodes", as: [Wire].self).map { wire in
            EncryptionNodeReport(
                node: EncryptionNode(
                    address: wire.address.value, nodeClass: wire.class == "operator" ? .operator : .community, nodeKey: wire.nodeKey.value,
                    endpoint: wire.endpoint, capacityGiB: wire.capacityGiB.value, moniker: wire.moniker),
                status: wire.status, isListed: wire.listed, stake: wire.stake.value, rewards: wire.rewards.value, jailedUntil: wire.jailedUntil.value,
                leavesAt: wire.leavesAt.value)
        }
    }

    /// The newest challenges of one encryption node or of all, newest first.
    public func challenges(of node: Address? = nil) async throws(RPCError) -> [ChallengeReport] {
        struct Wire: Decodable {
            let id, chunk, deadline: WireNumber
            let status: String
            let node, challenger: WireAddress
            let deposit: WireAmount
            let key: WireHash?
        }
        return try await call("qs_getChallenges", node.map { [$0.hex] } ?? [], as: [Wire].self).compactMap { wire in
            // A status that this program does not know came with a newer protocol.
            ChallengeStatus.allCases.first { "\($0)" == wire.status }.map { status in
                ChallengeReport(
                    id: wire.id.value, status: status, node: wire.node.value, challenger: wire.challenger.value,
                    deposit: wire.deposit.value, key: wire.key?.value ?? .zero, chunk: wire.chunk.value, deadline: wire.deadline.value)
            }
        }
    }

    /// What an account has with each validator.
    public func delegations(of delegator: Address) async throws(RPCError) -> [DelegationReport] {
        struct Entry: Decodable {
            let amount: WireAmount
            let completesAt, height: WireNumber
        }
        struct Wire: Decodable {
            let validator: WireAddress
            let moniker: String
            let shares, stake, rewards: WireAmount
            let unbonding: [Entry]
            let lockedUntil: WireNumber
        }
        return try await call("qs_getDelegations", [delegator.hex], as: [Wire].self).map {
            DelegationReport(
                validator: $0.validator.value, moniker: $0.moniker, shares: $0.shares.value, stake: $0.stake.value, rewards: $0.rewards.value,
                unbonding: $0.unbonding.map { .init(wei: $0.amount.value, completesAt: $0.completesAt.value, height: $0.height.value) },
                lockedUntil: $0.lockedUntil.value)
        }
    }

    /// Every parameter that this program knows, with its value.
    public func economyParameters() async throws(RPCError) -> [(parameter: Parameter, value: UInt256)] {
        struct Wire: Decodable {
            let name: String
            let value: WireAmount
        }
        return try await call("qs_getParameters", as: [Wire].self).compactMap { wire in
            Parameter(name: wire.name).map { ($0, wire.value.value) }
        }
    }

    /// The newest proposals, newest first.
    public func proposals() async throws(RPCError) -> [ProposalReport] {
        try await call("qs_getProposals", as: [WireProposal].self).map(\.report)
    }

    /// nil where there is no such proposal.
    public func proposal(_ id: UInt64) async throws(RPCError) -> ProposalReport? {
        try await optional("qs_getProposal", ["0x" + String(id, radix: 16)], as: WireProposal.self)?.report
    }

    public func vote(on proposal: UInt64, by voter: Address) async throws(RPCError) -> VoteReport {
        struct Wire: Decodable {
            let yes, abstain, no, veto: WireNumber
        }
        let wire = try await call("qs_getVote", ["0x" + String(proposal, radix: 16), voter.hex], as: Wire.self)
        return VoteReport(yes: wire.yes.value, abstain: wire.abstain.value, no: wire.no.value, veto: wire.veto.value)
    }
}

private struct WireProposal: Decodable {
    let id, submittedAt, depositEnd, votingStart, votingEnd, executeAt: WireNumber
    let kind, status, title, summary, failure: String
    let proposer: WireAddress
    let expedited: Bool
    let deposit, yes, abstain, no, veto, bonded: WireAmount
    let payload: WireBytes

    var report: ProposalReport {
        ProposalReport(
            id: id.value, kind: kind, status: status, proposer: proposer.value, isExpedited: expedited, deposit: deposit.value,
            times: (submittedAt.value, depositEnd.value, votingStart.value, votingEnd.value, executeAt.value),
            tally: (yes.value, abstain.value, no.value, veto.value, bonded.value), title: title, summary: summary, payload: payload.value,
            failure: failure)
    }
}

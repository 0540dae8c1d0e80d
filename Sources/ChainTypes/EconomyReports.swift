import Primitives

/// Where a validator or encryption node stands.
public enum MemberStatus: String, Hashable, Sendable, Codable {
    /// Works and earns now.
    case active
    /// Will from one of the next epochs on, or would if there were room.
    case waiting
    /// Lacks the stake, or leaves.
    case inactive
    case jailed
    /// For good.
    case tombstoned
}

/// A validator as the staking, distribution and slashing contracts know it.
public struct ValidatorReport: Hashable, Sendable {
    /// Its power is that of the present epoch; zero outside its set.
    public var validator: Validator
    public var website, contact: String
    public var status: MemberStatus
    /// Wei: all, and the operator's own.
    public var stake, selfStake: UInt256
    /// Of 10^18.
    public var commission, maximumCommission, maximumDailyChange: UInt256
    public var nextPower: UInt64
    /// Seconds since 1970.
    public var jailedUntil: UInt64
    /// Turns in the downtime window, and how many were missed since the last one delivered.
    public var delivered, missed, missedInARow: UInt64
    /// Wei that can be withdrawn by the operator.
    public var commissionDue: UInt256

    public init(
        validator: Validator, website: String = "", contact: String = "", status: MemberStatus, stake: UInt256, selfStake: UInt256,
        commission: UInt256, maximumCommission: UInt256 = QST.one, maximumDailyChange: UInt256 = .zero, nextPower: UInt64 = 0,
        jailedUntil: UInt64 = 0, delivered: UInt64 = 0, missed: UInt64 = 0, missedInARow: UInt64 = 0, commissionDue: UInt256 = .zero
    ) {
        (self.validator, self.website, self.contact, self.status) = (validator, website, contact, status)
        (self.stake, self.selfStake, self.commissionDue) = (stake, selfStake, commissionDue)
        (self.commission, self.maximumCommission, self.maximumDailyChange) = (commission, maximumCommission, maximumDailyChange)
        (self.nextPower, self.jailedUntil) = (nextPower, jailedUntil)
        (self.delivered, self.missed, self.missedInARow) = (delivered, missed, missedInARow)
    }
}

/// An encryption node as the staking and distribution contracts know it.
public struct EncryptionNodeReport: Hashable, Sendable {
    /// As in the registry's list where it is there, else as it will be.
    public var node: EncryptionNode
    public var status: MemberStatus
    /// Whether the registry's list has it: new keys are dealt to those.
    public var isListed: Bool
    /// Wei: at stake, and rewards that can be withdrawn.
    public var stake, rewards: UInt256
    /// Seconds since 1970; when the stake of a node that leaves is free.
    public var jailedUntil, leavesAt: UInt64

    public init(
        node: EncryptionNode, status: MemberStatus, isListed: Bool, stake: UInt256, rewards: UInt256 = .zero, jailedUntil: UInt64 = 0,
        leavesAt: UInt64 = 0
    ) {
        (self.node, self.status, self.isListed, self.stake, self.rewards) = (node, status, isListed, stake, rewards)
        (self.jailedUntil, self.leavesAt) = (jailedUntil, leavesAt)
    }
}

/// What an account has with one validator.
public struct DelegationReport: Hashable, Sendable {
    /// Wei that are on their way out, and when they are free, in seconds since 1970; the height at which it began names it.
    public struct Unbonding: Hashable, Sendable {
        public var wei: UInt256
        public var completesAt, height: UInt64

        public init(wei: UInt256, completesAt: UInt64, height: UInt64) {
            (self.wei, self.completesAt, self.height) = (wei, completesAt, height)
        }
    }

    public var validator: Address
    public var moniker: String
    public var shares: UInt256
    /// Wei: what the shares are worth, and rewards that can be withdrawn.
    public var stake, rewards: UInt256
    public var unbonding: [Unbonding]
    /// Until when, in seconds since 1970, what came by a redelegation cannot move on; 0 where it can.
    public var lockedUntil: UInt64

    public init(
        validator: Address, moniker: String, shares: UInt256, stake: UInt256, rewards: UInt256, unbonding: [Unbonding], lockedUntil: UInt64
    ) {
        (self.validator, self.moniker, self.shares, self.stake) = (validator, moniker, shares, stake)
        (self.rewards, self.unbonding, self.lockedUntil) = (rewards, unbonding, lockedUntil)
    }
}

/// A proposal as the governance contract knows it. Times are seconds since 1970, zero where they have not come.
public struct ProposalReport: Hashable, Sendable {
    public var id: UInt64
    /// Names of `ProposalKind` and `ProposalStatus`.
    public var kind, status: String
    public var proposer: Address
    public var isExpedited: Bool
    /// Wei.
    public var deposit: UInt256
    public var submittedAt, depositEnd, votingStart, votingEnd, executeAt: UInt64
    /// Wei that voted so, now or at the end, and all that are bonded.
    public var yes, abstain, no, veto, bonded: UInt256
    public var title, summary: String
    /// The action's arguments, as in the ABI.
    public var payload: [UInt8]
    /// Why it could not be carried out; empty otherwise.
    public var failure: String

    public init(
        id: UInt64, kind: String, status: String, proposer: Address, isExpedited: Bool, deposit: UInt256,
        times: (submitted: UInt64, depositEnd: UInt64, votingStart: UInt64, votingEnd: UInt64, execute: UInt64),
        tally: (yes: UInt256, abstain: UInt256, no: UInt256, veto: UInt256, bonded: UInt256), title: String, summary: String,
        payload: [UInt8], failure: String
    ) {
        (self.id, self.kind, self.status, self.proposer) = (id, kind, status, proposer)
        (self.isExpedited, self.deposit) = (isExpedited, deposit)
        (submittedAt, depositEnd, votingStart, votingEnd, executeAt) = times
        (yes, abstain, no, veto, bonded) = tally
        (self.title, self.summary, self.payload, self.failure) = (title, summary, payload, failure)
    }
}

/// How an account voted on a proposal: weights of 10^18, all zero where it has not.
public struct VoteReport: Hashable, Sendable {
    public var yes, abstain, no, veto: UInt64

    public init(yes: UInt64, abstain: UInt64, no: UInt64, veto: UInt64) {
        (self.yes, self.abstain, self.no, self.veto) = (yes, abstain, no, veto)
    }
}

/// A challenge of an encryption node as the slashing contract knows it.
public struct ChallengeReport: Hashable, Sendable {
    public var id: UInt64
    public var status: ChallengeStatus
    public var node, challenger: Address
    /// Wei that it holds while it is open.
    public var deposit: UInt256
    /// Whose data is audited; zero where the node only has to be there.
    public var key: Hash
    /// Number of the chunk that an audit asks for.
    public var chunk: UInt64
    /// Seconds since 1970.
    public var deadline: UInt64

    public init(
        id: UInt64, status: ChallengeStatus, node: Address, challenger: Address, deposit: UInt256, key: Hash, chunk: UInt64,
        deadline: UInt64
    ) {
        (self.id, self.status, self.node, self.challenger) = (id, status, node, challenger)
        (self.deposit, self.key, self.chunk, self.deadline) = (deposit, key, chunk, deadline)
    }
}

import Primitives
import WorldState

/// `0x…0805`: holders of stake propose, deposit and vote; what passes is carried out at the end of a block.
///
/// A proposal gathers its deposit, is voted on, waits for the timelock and is executed. Votes are kept per validator, as sums
/// of shares times weights, and follow every change of the voters' shares: ending a vote costs the same whatever the number of
/// voters, and counts exactly the stake of that moment, each wei once.
public enum Governance: SystemContract {
    public static let address = Address(low: 0x0805)

    public static let submitted = ABI.topic("SubmitProposal(uint256,address,uint8)")
    public static let deposited = ABI.topic("Deposit(uint256,address,uint256)")
    public static let voted = ABI.topic("Vote(uint256,address,uint256,uint256,uint256,uint256)")
    public static let cancelled = ABI.topic("CancelProposal(uint256)")
    public static let statusChanged = ABI.topic("ProposalStatusChanged(uint256,uint8)")
    public static let depositWithdrawn = ABI.topic("WithdrawDeposit(uint256,address,uint256)")

    static let maximumTitleBytes = 140
    static let maximumSummaryBytes = 10_000
    static let maximumPayloadBytes = 8192
    /// How many proposals may wait for their deposits.
    static let maximumOpenProposals = UInt256(1024)
}

/// Where a proposal stands. The raw values are those of the ABI.
public enum ProposalStatus: UInt64, CaseIterable, Sendable {
    case unknown, deposit, voting
    /// Passed; waits for the timelock.
    case queued
    case executed, rejected, vetoed
    /// Passed, but could not be carried out.
    case failed
    case cancelled
    /// The deposit was not reached in time.
    case expired
}

/// What can be voted for. The raw values are those of the ABI.
public enum VoteOption: UInt8, CaseIterable, Sendable {
    case yes = 1, abstain, no, veto
}

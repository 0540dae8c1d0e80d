import ChainTypes
import Primitives

/// What consensus knows of a block beyond what transactions see: the end of the block is computed from it.
public struct BlockFacts: Sendable {
    public var number: UInt64
    /// The epoch of the block.
    public var epoch: EpochState
    /// How long an epoch lasts.
    public var epochMilliseconds: UInt64
    /// Milliseconds since 1970.
    public var timeMilliseconds: UInt64
    public var parentTimeMilliseconds: UInt64
    public var genesisTimeMilliseconds: UInt64
    public var proposer: Address
    /// Leaders of the views between the parent and this block, whose turns passed without one; once for each view.
    public var missed: [Address]
    /// Wei: the base fees of the block, credited to the distribution contract already.
    public var revenue: UInt256 = .zero
    public var reveal: Hash
    public var commitment: Hash
    /// Envelope hash of the genesis block.
    public var genesis: Hash
    /// Validators that voted twice, as the envelope says.
    public var doubleSigns: [DoubleSign]
    /// Answers of encryption nodes, as the envelope says.
    public var answers: [ChallengeAnswer]

    public init(
        number: UInt64, epoch: EpochState, epochMilliseconds: UInt64, timeMilliseconds: UInt64, parentTimeMilliseconds: UInt64,
        genesisTimeMilliseconds: UInt64, proposer: Address, missed: [Address], reveal: Hash, commitment: Hash,
        genesis: Hash = .zero, doubleSigns: [DoubleSign] = [], answers: [ChallengeAnswer] = []
    ) {
        self.number = number
        self.epoch = epoch
        self.epochMilliseconds = epochMilliseconds
        self.timeMilliseconds = timeMilliseconds
        self.parentTimeMilliseconds = parentTimeMilliseconds
        self.genesisTimeMilliseconds = genesisTimeMilliseconds
        self.proposer = proposer
        self.missed = missed
        self.reveal = reveal
        self.commitment = commitment
        self.genesis = genesis
        self.doubleSigns = doubleSigns
        self.answers = answers
    }

    /// Whether the epoch ends with this block.
    public var endsEpoch: Bool {
        let (end, overflow) = epoch.startMilliseconds.addingReportingOverflow(epochMilliseconds)
        return !overflow && timeMilliseconds >= end
    }
}

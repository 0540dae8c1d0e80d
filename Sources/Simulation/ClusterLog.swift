import ChainTypes
import Cryptography
import Mempool
import Primitives
import Replica

/// What a simulation found wrong. Each says its seed: the same seed repeats it.
public enum ClusterFailure: Error, CustomStringConvertible {
    case invalidSize(Int)
    case fork(seed: UInt64, height: UInt64)
    case stalled(seed: UInt64, heights: [UInt64?], view: [UInt64?])
    case doesNotRestart(seed: UInt64, validator: Int, String)
    case contradiction(seed: UInt64, validator: Int)
    /// An honest validator did what none may do.
    case fault(seed: UInt64, validator: Int, atMilliseconds: UInt64, String)
    case halted(seed: UInt64, validator: Int, String)
    /// No fault of the chain: the run was set up against its assumption.
    case tooStrong(seed: UInt64, epoch: UInt64)
    case economy(seed: UInt64, height: UInt64, validator: Int, [String])

    public var description: String {
        switch self {
        case .invalidSize(let count): "no validator set of \(count)"
        case .fork(let seed, let height): "two final blocks at height \(height), seed \(seed)"
        case .stalled(let seed, let heights, let views): "no progress: heights \(heights), views \(views), seed \(seed)"
        case .doesNotRestart(let seed, let validator, let why): "validator \(validator) does not restart: \(why), seed \(seed)"
        case .contradiction(let seed, let validator): "validator \(validator) contradicted itself, seed \(seed)"
        case .fault(let seed, let validator, let time, let what): "validator \(validator) \(what), at \(time) ms, seed \(seed)"
        case .tooStrong(let seed, let epoch):
            "the adversary has a third of the power in epoch \(epoch), with which nothing can hold: take more validators, seed \(seed)"
        case .halted(let seed, let validator, let why): "validator \(validator) stopped: \(why), seed \(seed)"
        case .economy(let seed, let height, let validator, let faults):
            "the economy of validator \(validator) does not add up after block \(height): \(faults.joined(separator: "; ")), seed \(seed)"
        }
    }
}

/// Everything that was observed from outside, and the rules that it must obey.
public struct ClusterLog {
    /// Final block at each height, whoever reported it first.
    public private(set) var chain: [UInt64: Hash] = [:]
    public private(set) var finalTransactions = 0
    /// Whose blocks are among them.
    private(set) var proposers: Set<Int> = []
    public internal(set) var crashes = 0
    /// Validators that final blocks have removed for voting twice.
    public private(set) var punished = 0
    /// The highest epoch that anyone has entered.
    public private(set) var epoch: UInt64 = 0
    /// Who validated in each epoch.
    public private(set) var members: [UInt64: [Address]] = [:]
    /// How often a whole economy was added up, over how many delegations in the end, and calls that ran and were refused.
    public internal(set) var economyChecks = 0
    public internal(set) var delegations = 0
    public internal(set) var stakingCalls = 0
    public internal(set) var refusedCalls = 0
    /// Proposals of an epoch's last block in later views than its own.
    public internal(set) var repeatedProposals = 0
    public internal(set) var evidence: [Evidence] = []
    /// Answers of encryption nodes in final blocks.
    public private(set) var answers = 0
    public internal(set) var complaints: [String] = []
    public private(set) var refusals = 0
    private var votes: [VoteKey: Vote] = [:]
    public private(set) var contradictions: [Evidence] = []

    private struct VoteKey: Hashable {
        let sender: Int
        let epoch: UInt64
        let view: UInt64
        let kind: VoteKind
    }

    /// Agreement and validity.
    /// - Parameter sender: whose block it is.
    mutating func finalized(_ block: ExecutedBlock, from sender: Int?, by validator: Int, seed: UInt64) throws {
        let height = block.block.number
        if let known = chain[height] {
            guard known == block.id else { throw ClusterFailure.fork(seed: seed, height: height) }
            return
        }
        chain[height] = block.id
        if let sender { proposers.insert(sender) }
        punished += block.block.envelope.doubleSigns.count
        answers += block.block.envelope.answers.count
        finalTransactions += block.block.transactions.count
    }

    /// A validator's own votes, over all its lives, must never contradict each other.
    /// - Parameter position: the sender's in the validators of the vote's epoch; nil where it has none.
    mutating func sent(_ vote: Vote, by sender: Int, at position: Int?) {
        guard vote.validator == position else { return }
        for kind in VoteKind.allCases {
            if let other = votes[VoteKey(sender: sender, epoch: vote.ballot.epoch, view: vote.ballot.view, kind: kind)], let found = Evidence(other, vote) {
                contradictions.append(found)
            }
        }
        votes[VoteKey(sender: sender, epoch: vote.ballot.epoch, view: vote.ballot.view, kind: vote.ballot.kind)] = vote
    }

    mutating func entered(_ state: EpochState) {
        epoch = max(epoch, state.number)
        members[state.number] = state.validators.validators.map(\.address)
    }

    /// Validators of the newest epoch.
    var present: [Address] { members[epoch] ?? [] }

    /// Whether an operator validated in an epoch and not in a later one.
    public func left(_ address: Address) -> Bool { changes(of: address).contains { $0 && !$1 } }

    /// Whether an operator came to validate.
    public func joined(_ address: Address) -> Bool { changes(of: address).contains { !$0 && $1 } }

    private func changes(of address: Address) -> [(Bool, Bool)] {
        guard epoch > 0 else { return [] }
        let known = (0...epoch).compactMap { members[$0]?.contains(address) }
        return Array(zip(known, known.dropFirst()))
    }

    /// A digest of all final blocks: the same for the same seed.
    public var fingerprint: Hash {
        Keccak256.hash(chain.sorted { $0.key < $1.key }.flatMap(\.value.bytes))
    }

    mutating func admitted(_ result: Result<Hash, AdmissionError>) {
        if case .failure = result { refusals += 1 }
    }
}

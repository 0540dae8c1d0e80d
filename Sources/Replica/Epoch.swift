import ChainTypes
import Consensus
import Cryptography
import Primitives
import SystemContracts

/// An epoch with its rotation, which is made once.
public struct Epoch: Sendable {
    public let state: EpochState
    let schedule: LeaderSchedule

    package init(_ state: EpochState, genesis: Hash) {
        self.state = state
        schedule = LeaderSchedule(genesis: genesis, epoch: state.number, validators: state.validators)
    }

    public var number: UInt64 { state.number }
    public var validators: ValidatorSet { state.validators }

    package func leader(of view: UInt64) -> Validator { validators.validators[schedule.leader(of: view)] }

    /// Leaders of the views between a parent and its child, in order: those that missed their turns.
    ///
    /// Nobody is blamed for a chain that stood still. That is a stretch of more views than the rotation has, or one in which
    /// several leaders missed without whom there is no quorum: were they away, no view could have ended.
    package func missed(after parentView: UInt64, before view: UInt64) -> [Address] {
        guard view > parentView, view - parentView - 1 <= schedule.viewsPerCycle else { return [] }
        let leaders = (parentView + 1..<view).map { schedule.leader(of: $0) }
        let different = Set(leaders)
        let power = different.reduce(0) { $0 + validators.validators[$1].power }
        if different.count > 1, !validators.isQuorum(validators.totalPower - power) { return [] }
        return leaders.map { validators.validators[$0].address }
    }
}

/// The numbers that a validator commits to and reveals, from a seed that only it has.
public struct RandomNumbers: Sendable {
    private let seed: [UInt8]

    /// - Parameter seed: 32 secret bytes that last as long as the validator's keys.
    public init(seed: [UInt8]) { self.seed = seed }

    func number(_ index: UInt64) -> Hash {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: index)
        return DomainTag.randomNumber.hash(seed, bytes)
    }

    /// What a block says after this record: the number behind the commitment, and the next commitment.
    func next(after record: Randomness.Record) -> (reveal: Hash, commitment: Hash) {
        (record.commitment == .zero ? .zero : number(record.count), Keccak256.hash(number(record.count + 1).bytes))
    }
}

/// What makes a replica a validator.
public struct ValidatorIdentity: Sendable {
    /// Public ML-DSA-65 key: the replica votes in the epochs whose sets have it.
    public var consensusKey: [UInt8]
    public var numbers: RandomNumbers

    public init(consensusKey: [UInt8], numbers: RandomNumbers) { (self.consensusKey, self.numbers) = (consensusKey, numbers) }

    func index(in validators: ValidatorSet) -> Int? { validators.validators.firstIndex { $0.consensusKey == consensusKey } }
}

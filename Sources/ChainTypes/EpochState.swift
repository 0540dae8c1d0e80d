import Cryptography
import Primitives

/// Who decides about the blocks of an epoch, and of the one after it.
public struct EpochState: Hashable, Sendable {
    public var number: UInt64
    /// Time of the last block of the epoch before, in milliseconds since 1970; for the first epoch that of genesis.
    public var startMilliseconds: UInt64
    public var validators: ValidatorSet
    public var next: ValidatorSet

    public init(number: UInt64, startMilliseconds: UInt64, validators: ValidatorSet, next: ValidatorSet) {
        self.number = number
        self.startMilliseconds = startMilliseconds
        self.validators = validators
        self.next = next
    }

    /// The first epoch: its validators, and those of the second, are the chain spec's.
    public init(genesis spec: ChainSpec) {
        self.init(
            number: 0, startMilliseconds: spec.genesisTimeMilliseconds, validators: spec.validators, next: spec.validators)
    }
}

/// What leads a light client from one epoch to the next: a final header of the epoch, and the validators that it names.
public struct EpochChange: Hashable, Sendable, RLPCodable {
    /// Of any block of the epoch.
    public var proof: FinalityProof
    /// The next epoch's validators; nil when they are the same.
    public var validators: ValidatorSet?

    public init(proof: FinalityProof, validators: ValidatorSet?) { (self.proof, self.validators) = (proof, validators) }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(proof)
            $0.append(list: validators.map { [$0] } ?? [])
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            EpochChange(proof: try list.read(), validators: try list.readList(of: ValidatorSet.self, maximum: 1).first)
        }
    }
}

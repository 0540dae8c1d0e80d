import ChainTypes
import Primitives

/// Where a light client stands: the validators of an epoch and the newest header that they made final.
///
/// Whoever starts from it trusts it. Validators that have taken their stake out could make another chain from an old one: a
/// checkpoint must be younger than the unbonding time.
public struct Checkpoint: Hashable, Sendable, RLPCodable {
    public var epoch: UInt64
    public var validators: ValidatorSet
    public var finalized: SealedHeader

    public init(epoch: UInt64, validators: ValidatorSet, finalized: SealedHeader) {
        (self.epoch, self.validators, self.finalized) = (epoch, validators, finalized)
    }

    public func encode(to writer: inout RLPWriter) {
        writer.list {
            $0.append(epoch)
            $0.append(validators)
            $0.append(finalized)
        }
    }

    public init(from reader: inout RLPReader) throws(RLPError) {
        self = try reader.readList { (list) throws(RLPError) in
            Checkpoint(epoch: try list.readUInt64(), validators: try list.read(), finalized: try list.read())
        }
        // One that stands ahead of its header could not verify what comes next.
        guard finalized.envelope.epoch == epoch else { throw .invalidValue }
    }
}

import ChainTypes
import Primitives
import WorldState

/// What happens at the end of every block, after its transactions.
public enum Economy {
    /// Ends a block; the epoch of the next one.
    public static func endBlock(_ facts: BlockFacts, in state: inout WorldState) throws(StateError) -> EpochState {
        try Randomness.commit(facts.commitment, of: facts.proposer, in: &state)
        guard facts.endsEpoch else { return facts.epoch }
        return try Epochs.end(facts, validators: facts.epoch.next, in: &state)
    }
}

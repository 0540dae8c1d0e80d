import ChainTypes
import Cryptography
import Primitives
import StoreAPI
import SystemContracts

/// Validators that voted twice: kept until a block has punished them.
extension Replica {
    /// More than this many wait for nothing but space: one of each validator is enough.
    static let maximumDoubleSigns = 64

    mutating func keep(_ evidence: Evidence) {
        emit(.evidence(evidence))
        let members = epoch.validators.validators
        guard doubleSigns.count < Self.maximumDoubleSigns, members.indices.contains(evidence.first.validator) else { return }
        let fault = DoubleSign(consensusKey: members[evidence.first.validator].consensusKey, evidence: evidence)
        // Further faults of the same key say nothing new: it loses its place for the first.
        guard !doubleSigns.contains(where: { $0.consensusKey == fault.consensusKey }) else { return }
        doubleSigns.append(fault)
        var batch = WriteBatch()
        batch.put(.evidence, Keccak256.hash(fault.rlp).bytes, fault.rlp)
        emit(.commit(batch, durable: true))
    }

    /// A second machine with a validator's key has a name of its own. What it says counts only where it contradicts the first,
    /// so that a stranger who votes costs no signature check.
    mutating func hearStranger(_ vote: Vote, from peer: Hash) {
        if consensus?.isContradicted(by: vote) ?? false { check(.vote(vote, from: peer)) }
    }

    /// What a store kept of an earlier run.
    static func storedDoubleSigns(_ store: any KeyValueReader) throws(StoreError) -> [DoubleSign] {
        try store.scan(.evidence, from: [], prefix: [], limit: maximumDoubleSigns, reverse: false).compactMap { try? DoubleSign(rlp: $0.value) }
    }

    /// Forgets what has been punished or has expired. Costs something only while there is evidence.
    mutating func settleDoubleSigns() {
        guard !doubleSigns.isEmpty else { return }
        let (faults, genesis, state) = (doubleSigns, genesis, headState)
        let (seconds, height) = (now / 1000, head.block.number + 1)
        let open = reading { try Slashing.punishable(faults, genesis: genesis, seconds: seconds, height: height, on: state) }
        guard let open else { return }
        // Those beyond what one block takes stay.
        guard open.count < Envelope.maximumDoubleSigns else { return }
        var batch = WriteBatch()
        for fault in doubleSigns where !open.contains(fault) { batch.delete(.evidence, Keccak256.hash(fault.rlp).bytes) }
        doubleSigns = open
        if !batch.isEmpty { emit(.commit(batch, durable: false)) }
    }
}

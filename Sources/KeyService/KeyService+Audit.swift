import ChainTypes
import Cryptography
import LightClient
import Primitives
import SystemContracts

extension KeyService {
    /// What this node can and cannot answer of the challenges that wait for it.
    public struct AuditOutcome: Sendable {
        /// To be signed with the node key and sent to the validators.
        public var answers: [ChallengeAnswer] = []
        /// Challenges that ask for what is not here, or damaged.
        public var lacking: [UInt64] = []
    }

    /// Answers to challenges that the chain shows to be open. A chunk leaves the node only on its owner's demand: the demand is
    /// on the chain, and proven.
    public mutating func answers(to open: OpenChallenges) throws(KeyRefusal) -> AuditOutcome {
        guard open.state.address == Slashing.address else { throw .invalidProof }
        let header = try gate.verify(open.finality)
        let slots: [Hash: UInt256]
        do { slots = try open.state.verify(stateRoot: header.header.stateRoot) } catch { throw .invalidProof }
        var outcome = AuditOutcome()
        for id in open.ids {
            let challenge = Slashing.challenge(id)
            guard let word = slots[challenge.slot(.terms)], let key = slots[challenge.slot(.key)] else { throw .invalidProof }
            guard let terms = ChallengeTerms(word: word), terms.status == .open else { continue }
            if key.isZero {
                outcome.answers.append(ChallengeAnswer(id: id, opening: nil))
            } else if let opening = try opening(chunk: terms.chunk, of: KeyID(Hash(key))) {
                outcome.answers.append(ChallengeAnswer(id: id, opening: opening))
            } else {
                outcome.lacking.append(id)
            }
        }
        return outcome
    }

    /// One chunk of a vault's fragments with its path; nil unless everything that it takes is here and true.
    private func opening(chunk: UInt64, of key: KeyID) throws(KeyRefusal) -> ChunkOpening? {
        guard let stored = try storedShare(key), stored.isSealed, let bytes = try read(.fragment, Self.digestsKey(key)) else { return nil }
        let digests = stride(from: 0, to: bytes.count, by: Hash.byteCount).compactMap { Hash(bytes[$0..<min($0 + Hash.byteCount, bytes.count)]) }
        let (stripe, index) = chunk.quotientAndRemainder(dividingBy: stored.chunksPerStripe)
        guard stripe < UInt64(digests.count), let fragment = try read(.fragment, Self.fragmentKey(key, stripe)) else { return nil }
        let opening = ChunkOpening(
            index: Int(index), of: fragment, first: stripe * stored.chunksPerStripe,
            above: ChunkTree.path(to: Int(stripe), in: digests))
        return opening.holds(root: stored.root, number: chunk) ? opening : nil
    }
}

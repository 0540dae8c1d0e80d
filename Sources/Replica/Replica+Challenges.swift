import ChainTypes
import Primitives
import SystemContracts
import WorldState

/// Challenges of encryption nodes: told to the nodes that ask, and their answers kept until a block has them.
extension Replica {
    /// Nodes send their answers again until a block has them: more need not wait here.
    static let maximumAnswers = 64
    /// Whoever asks more often hears nothing: proofs take many reads.
    static let challengePauseMilliseconds: UInt64 = 500

    /// Tells an encryption node what is asked of it, with a proof under the newest final block. Says nothing where nothing is.
    mutating func sendChallenges(to peer: Hash) {
        guard now >= (toldOfChallenges[peer] ?? 0) + Self.challengePauseMilliseconds,
            let ids = try? Slashing.openChallenges(ofNodeKey: peer, on: headState), !ids.isEmpty,
            let proof = try? headState.prove(Slashing.address, slots: ids.flatMap(Slashing.slots(ofChallenge:))),
            let finality = try? store.finalityProof(head.block.number)
        else { return }
        toldOfChallenges[peer] = now
        emit(.send(.challenges(OpenChallenges(finality: finality, ids: ids, state: proof)), to: peer))
    }

    /// Keeps an answer that holds. An answer to what is over is no fault: nodes see the end of it a little later.
    mutating func keep(_ answer: ChallengeAnswer, from peer: Hash) {
        guard answers.count < Self.maximumAnswers, !answers.contains(where: { $0.id == answer.id }),
            (try? Slashing.isOpen(answer.id, on: headState)) == true
        else { return }
        guard let held = try? Slashing.answerable([answer], genesis: genesis, seconds: now / 1000, height: head.block.number + 1, on: headState) else { return }
        held.isEmpty ? emit(.misbehaved(peer, "sent a false answer to a challenge")) : answers.append(answer)
    }

    /// Forgets answers that a block has, or that come too late.
    mutating func settleAnswers() {
        guard !answers.isEmpty else { return }
        let state = headState
        answers.removeAll { (try? Slashing.isOpen($0.id, on: state)) != true }
    }
}

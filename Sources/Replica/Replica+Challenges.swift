import ChainTypes
import Primitives
import SystemContracts
import WorldState

/// Answers of encryption nodes to challenges, kept until a block has them.
extension Replica {
    /// Nodes send their answers again until a block has them: more need not wait here.
    static let maximumAnswers = 64
    /// Keeps an answer that holds. An answer to what is over is no fault: nodes see the end of it a little later.
    mutating func keep(_ answer: ChallengeAnswer, from peer: Hash) {
        guard answers.count < Self.maximumAnswers, !answers.contains(where: { $0.id == answer.id }),
            (try? Slashing.isOpen(answer.id, on: headState)) == true
        else { return }
        guard let held = try? Slashing.answerable([answer], genesis: genesis, seconds: now / 1000, height: head.block.number + 1, on: headState) else { return }
        held.isEmpty ? emit(.misbehaved(peer, "sent a false answer to a challenge")) : answers.append(answer)
    }

    /// Forgets answers that a block has, or that come too late, or whose node has another key by now: their challenges stay open,
    /// so they would keep others' answers out until the end.
    mutating func settleAnswers() {
        guard !answers.isEmpty else { return }
        let (genesis, state) = (genesis, headState)
        let (seconds, height) = (now / 1000, head.block.number + 1)
        answers.removeAll { answer in
            let held = try? Slashing.answerable([answer], genesis: genesis, seconds: seconds, height: height, on: state)
            return held?.isEmpty ?? true
        }
    }
}

import ChainTypes
import Cryptography
import LightClient
import Primitives
import Replica

/// Encryption nodes of a simulated network: what they hear of challenges and say to them. Their own work is not simulated.
extension Cluster {
    /// The first asks all the time; the others are mostly away.
    mutating func askForChallenges() {
        for (place, key) in encryptionKeys.enumerated() where place == 0 || random.happens(perMille: 100) {
            let message = WireMessage.getChallenges
            for receiver in validators.indices where random.happens(perMille: 300) { hear(message, from: key, at: receiver) }
        }
    }

    /// Answers what the chain shows to be open.
    mutating func answer(_ open: OpenChallenges, as peer: Hash) throws {
        guard let key = encryptionKeys.first(where: { PeerName.of(nodeKey: $0.publicKey) == peer }) else { return }
        guard let root = open.finality.sealed?.header.stateRoot, (try? open.state.verify(stateRoot: root)) != nil else {
            return log.complaints.append("challenges without a proof")
        }
        for id in open.ids {
            var answer = ChallengeAnswer(id: id, opening: nil)
            answer.signature = try key.sign(answer.message(genesis: genesis), context: ChallengeAnswer.signingContext)
            for receiver in validators.indices where !random.happens(perMille: faults.lossPerMille) {
                hear(.challengeAnswer(answer), from: key, at: receiver)
            }
        }
    }

    private mutating func hear(_ message: WireMessage, from key: SimulatedKey, at receiver: Int) {
        let event = ReplicaEvent.message(message, from: PeerName.of(nodeKey: key.publicKey))
        queue.add(at: now + UInt64.random(in: 1...20, using: &random), .event(event, to: receiver, life: validators[receiver].life))
    }
}

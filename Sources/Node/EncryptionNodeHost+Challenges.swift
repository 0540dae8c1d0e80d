import ChainTypes
import Execution
import KeyService
import Logging
import Networking
import Primitives
import Replica

/// What an encryption node remembers of challenges: when it asked for them, and which it has spoken of.
struct ChallengeLog: Sendable {
    static let pauseMilliseconds: UInt64 = 1000
    private var asked: UInt64 = 0
    private var newest: UInt64 = 0

    /// Whether it is time to ask again.
    mutating func asks(now: UInt64) -> Bool {
        guard now >= asked + Self.pauseMilliseconds || now < asked else { return false }
        asked = now
        return true
    }

    /// Those of some challenges that are new.
    mutating func fresh(_ ids: [UInt64]) -> [UInt64] {
        defer { newest = max(newest, ids.max() ?? 0) }
        return ids.filter { $0 > newest }
    }
}

// Challenges on the chain. The node asks its peers for them, and gives its answers to the validators until a block has them.
extension EncryptionNodeHost {
    func askForChallenges(_ peer: Hash) {
        guard challenges.withLockedValue({ $0.asks(now: monotonicMilliseconds()) }) else { return }
        try? follower.withLockedValue { $0 }?.send(WireMessage.getChallenges.rlp, to: peer)
    }

    func answer(_ open: OpenChallenges) {
        do {
            let (outcome, validators) = try service.use { (try $0.answers(to: open), $0.validators) }
            report(outcome)
            for answer in outcome.answers { send(try signed(answer), to: validators) }
        } catch { logger.debug("challenges were refused", metadata: ["error": "\(error)"]) }
    }

    private func signed(_ answer: ChallengeAnswer) throws -> ChallengeAnswer {
        var answer = answer
        answer.signature = try identity.sign(answer.message(genesis: genesis), context: ChallengeAnswer.signingContext)
        return answer
    }

    private func send(_ answer: ChallengeAnswer, to validators: ValidatorSet) {
        let (network, bytes) = (follower.withLockedValue { $0 }, WireMessage.challengeAnswer(answer).rlp)
        for validator in validators.validators { try? network?.send(bytes, to: PeerName.of(nodeKey: validator.nodeKey)) }
    }

    private func report(_ outcome: KeyService.AuditOutcome) {
        let fresh = challenges.withLockedValue { $0.fresh(outcome.answers.map(\.id) + outcome.lacking) }
        for id in fresh {
            if outcome.lacking.contains(id) {
                logger.error("a challenge asks for data that this node has not", metadata: ["challenge": "\(id)"])
            } else {
                logger.notice("answering a challenge", metadata: ["challenge": "\(id)"])
            }
        }
    }
}

import ChainTypes
import Primitives

/// Whom to ask for the final chain.
///
/// What peers say of their heights is a claim: it makes them worth asking, nothing more. A peer that is asked and does not
/// keep its word in time is not asked again for a while, longer each time. Others are asked meanwhile, so that nobody's
/// silence holds the chain up for longer than a moment.
struct CatchUp: Sendable {
    /// Questions under way at once.
    static let maximumQuestions = 4
    /// After so much silence one more peer is asked.
    static let patienceMilliseconds: UInt64 = 1000
    /// After so much a question counts as not answered.
    static let timeoutMilliseconds: UInt64 = 5000
    static let longestPauseMilliseconds: UInt64 = 600_000

    private struct Standing: Sendable {
        var height: UInt64 = 0
        /// Questions in a row that were not answered.
        var failures: UInt64 = 0
        /// Answers since one that helped, of anybody.
        var vain: UInt64 = 0
        /// Until when it is not asked.
        var pausedUntil: UInt64 = 0
    }

    /// Of connected peers.
    private var standings: [Hash: Standing] = [:]
    /// Peers that have been asked, and when.
    private var questions: [Hash: UInt64] = [:]

    /// How many peers' claims are known.
    var count: Int { standings.count }

    mutating func learned(_ height: UInt64, of peer: Hash) { standings[peer, default: Standing()].height = height }

    mutating func forget(_ peer: Hash) {
        standings[peer] = nil
        questions[peer] = nil
    }

    func isAsked(_ peer: Hash) -> Bool { questions[peer] != nil }

    /// The peer has answered, which did not help. That may be no fault of its own, but now it is others' turn.
    mutating func answeredInVain(_ peer: Hash) {
        questions[peer] = nil
        standings[peer]?.vain += 1
    }

    /// The peer's answer holds. What others were asked meanwhile has no haste any more.
    mutating func kept(_ peer: Hash) {
        questions = [:]
        standings[peer]?.failures = 0
        for name in standings.keys { standings[name]?.vain = 0 }
    }

    /// The peer did not keep its word.
    mutating func broke(_ peer: Hash, now: UInt64) {
        questions[peer] = nil
        guard var standing = standings[peer] else { return }
        standing.failures += 1
        standing.height = 0
        standing.pausedUntil = now + min(Self.longestPauseMilliseconds, Self.timeoutMilliseconds << min(standing.failures, 16))
        standings[peer] = standing
    }

    /// The peer to ask next beyond a height, if it is time to ask one.
    /// - Parameter preferred: peers that are asked before all others: those that have something to lose.
    mutating func next(above height: UInt64, preferred: ValidatorPeers, now: UInt64) -> Hash? {
        for (peer, asked) in questions where now >= asked + Self.timeoutMilliseconds { broke(peer, now: now) }
        guard questions.count < Self.maximumQuestions else { return nil }
        if let last = questions.values.max(), now < last + Self.patienceMilliseconds { return nil }
        let able = standings.filter { $0.value.height > height && now >= $0.value.pausedUntil && questions[$0.key] == nil }
        let best = able.min { rank($0, preferred, height) < rank($1, preferred, height) }
        guard let peer = best?.key else { return nil }
        questions[peer] = now
        return peer
    }

    /// Lowest first. Among equals another one at each height.
    private func rank(_ peer: (key: Hash, value: Standing), _ preferred: ValidatorPeers, _ height: UInt64) -> (UInt64, Int, UInt64, UInt64) {
        let turn = peer.key.number.limb0 &* (2 &* height &+ 1)
        return (peer.value.vain, preferred.contains(peer.key) ? 0 : 1, peer.value.failures, turn)
    }
}

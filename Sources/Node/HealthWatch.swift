import ChainTypes
import Primitives
import RPCServer
import Replica

/// What a node notices of the chain's health while it takes part. Moments are milliseconds that never run backwards.
///
/// Of others it believes only what a validator says of itself in its own session, so that nobody can make a chain look
/// better or worse than by their own power.
package struct HealthWatch: Sendable {
    private struct Heard: Sendable {
        var status: UInt64?
        var height: UInt64 = 0
        var view: UInt64 = 0
        var vote: UInt64?
        var clockOffset: Int64?
    }

    private let ownName: Hash
    /// Counted here as well as in the replica, which hears of nothing while its disk hangs.
    private var peers = ValidatorPeers()
    private var validators: [Validator] = []
    /// By index in the set.
    private var indices: [Hash: Int] = [:]
    /// Of validators only.
    private var heard: [Hash: Heard] = [:]
    /// Of validators, by index, whose votes in the view that lasts are here.
    private var votesHeld: UInt256 = .zero
    private var finalAt: UInt64
    private var finalSinceStart: UInt64 = 0
    private var viewAt: UInt64
    private var eventAt: UInt64

    package init(ownName: Hash, now: UInt64) {
        self.ownName = ownName
        finalAt = now
        viewAt = now
        eventAt = now
    }

    /// From now on these are the validators.
    package mutating func follow(_ set: ValidatorSet) {
        peers.follow(set)
        validators = set.validators
        let named = validators.enumerated().map { (PeerName.of(nodeKey: $1.nodeKey), $0) }
        indices = Dictionary(named) { first, _ in first }
        heard = heard.filter { indices[$0.key] != nil }
    }

    package mutating func forget(_ peer: Hash) { peers.forget(peer) }

    package mutating func tookEvent(at now: UInt64) { eventAt = now }

    package mutating func enteredView(at now: UInt64) {
        viewAt = now
        votesHeld = .zero
    }

    /// This node tells its peers where it stands.
    package mutating func says(_ status: PeerStatus) { votesHeld = status.votesHeld.reduce(.zero, |) }

    package mutating func finalized(at now: UInt64) {
        finalAt = now
        finalSinceStart += 1
    }

    /// - Parameter time: what this node's clock shows, milliseconds since 1970.
    package mutating func received(_ message: WireMessage, of peer: Hash, at now: UInt64, time: UInt64) {
        guard let index = indices[peer] else { return }
        switch message {
        case .status(let status):
            peers.learn(status.finalizedNumber, of: peer)
            heard[peer, default: Heard()].status = now
            heard[peer, default: Heard()].height = status.finalizedNumber
            heard[peer, default: Heard()].view = status.view
        // Others' votes and blocks, which a peer passes on, say nothing of when they were made.
        case .vote(let vote) where vote.validator == index: heard[peer, default: Heard()].vote = now
        case .proposal(let proposal) where proposal.vote.validator == index && !proposal.isRepeated:
            heard[peer, default: Heard()].clockOffset = Int64(clamping: proposal.sealed.envelope.timeMilliseconds) - Int64(clamping: time)
        default: break
        }
    }

    /// What validators of more than a third of the power say they have.
    package var attestedHeight: UInt64 { peers.attestedHeight }

    /// - Parameter own: what the node knows of itself; the rest is filled in.
    package func report(_ own: NodeHealth, at now: UInt64) -> NodeHealth {
        var health = own
        health.name = ownName
        health.sinceFinal = now - min(now, finalAt)
        health.sinceView = now - min(now, viewAt)
        health.sinceEvent = now - min(now, eventAt)
        health.finalSinceStart = finalSinceStart
        health.attestedHeight = attestedHeight
        health.members = validators.enumerated().map { index, validator in
            let name = PeerName.of(nodeKey: validator.nodeKey)
            var member = member(validator, name, own, at: now)
            // In a view that lasts nobody votes twice.
            if !(votesHeld >> index & .one).isZero { member.sinceVote = 0 }
            return member
        }
        return health
    }

    private func member(_ validator: Validator, _ name: Hash, _ own: NodeHealth, at now: UInt64) -> NodeHealth.Member {
        var member = NodeHealth.Member(name: name, address: validator.address, moniker: validator.moniker, power: validator.power)
        if name == ownName {
            member.silent = 0
            member.height = own.height
            member.view = own.view
        } else if let heard = heard[name] {
            member.silent = heard.status.map { now - min(now, $0) }
            member.height = heard.height
            member.view = heard.view
            member.sinceVote = heard.vote.map { now - min(now, $0) }
            member.clockOffset = heard.clockOffset
        }
        return member
    }
}

import ChainTypes
import LightClient
import Primitives
import Replica

/// Answers each question for final blocks at once, with a certificate of another epoch: nobody verifies that, and nobody
/// minds.
struct Evade: Adversary {
    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        if case .finalized = message { return false }
        return true
    }

    mutating func hears(_ message: WireMessage, from sender: Int, at me: inout Foothold) {
        guard case .getFinalized(let from, _) = message, let replica = me.replica,
            let final = try? replica.chain.block(from), var certificate = try? replica.chain.certificate(from)
        else { return }
        certificate.ballot.epoch += 1_000_000
        me.send(.finalized([final], FinalityProof(headers: [final.sealed], certificate: certificate)), to: sender)
    }
}

/// A leader whose block is notarized early for all but the leader after it: that one hears of the notarization only by its next
/// status, and must fetch the block before it can propose, while the others' timers run.
struct Hasten: Adversary {
    private struct Plan {
        let view: UInt64
        let block: Hash
        let next: Int
        var isReleased = false
    }

    private var plan: Plan?

    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        switch message {
        // In its own turns only what it plans goes out.
        case .proposal(let proposal): !me.leads(proposal.vote.ballot.view)
        case .vote(let vote): !me.leads(vote.ballot.view)
        // Nothing of what it knows goes to the one that is to be late.
        case .certificate, .block, .finalized: receiver != plan?.next
        default: true
        }
    }

    mutating func hears(_ message: WireMessage, from sender: Int, at me: inout Foothold) {
        guard case .status = message, let plan, sender == plan.next, !plan.isReleased, me.view == plan.view else { return }
        guard let vote = me.vote(.notarize, view: plan.view, plan.block) else { return }
        self.plan?.isReleased = true
        me.send(.vote(vote), toAll: me.honest.filter { $0 != plan.next }, after: 1)
    }

    mutating func acts(at me: inout Foothold) {
        guard let replica = me.replica, me.leads(me.view), plan?.view != me.view, let parent = replica.parentOfView,
            let next = replica.leader(of: me.view + 1), me.honest.contains(next), let number = me.head?.block.number, number >= 3
        else { return }
        for step in 0..<9 as Range<UInt64> {
            guard let block = me.block(on: parent, view: me.view, laterBy: step) else { return }
            guard step == 8 || isAskedFirst(of: block.id, by: next, replica, me) else { continue }
            guard let proposal = me.proposal(block, view: me.view) else { return }
            plan = Plan(view: me.view, block: block.id, next: next)
            return me.send(.proposal(proposal), toAll: me.honest.filter { $0 != next })
        }
    }

    /// Whether the late one asks this validator first for a block.
    private func isAskedFirst(of id: Hash, by next: Int, _ replica: Replica, _ me: Foothold) -> Bool {
        let names = replica.epoch.validators.validators.map { PeerName.of(nodeKey: $0.nodeKey) }
        guard let position = me.position else { return false }
        let others = names.indices.filter { $0 != next }.map { names[$0] }.sorted()
        return others[Int(id.number.limb0 % 1024) % others.count] == names[position]
    }
}

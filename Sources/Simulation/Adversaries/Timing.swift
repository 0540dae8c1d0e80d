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

/// A leader whose block is notarized at once for all but the leader after it. That one hears of the notarization only by its
/// next status, and has to fetch the block before it can propose, while the others' timers run: this validator sees to it
/// that it is asked for the block first, and asked again.
struct Hasten: Adversary {
    private struct Plan {
        let proposal: Proposal
        let next: Int
        let at: UInt64

        var view: UInt64 { proposal.vote.ballot.view }
    }

    /// Statuses are no further apart than this and no closer than half of it.
    private static let statusMilliseconds: UInt64 = 1250

    private var user: SimulatedAccount
    private let chainID: UInt64
    private var plan: Plan?

    init(user: SimulatedAccount, chainID: UInt64) {
        self.user = user
        self.chainID = chainID
    }

    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        switch message {
        // In its own turns only what it plans goes out.
        case .proposal(let proposal): !me.leads(proposal.vote.ballot.view)
        case .vote(let vote): !me.leads(vote.ballot.view)
        // Nothing of what it knows goes to the one that is to be late.
        case .certificate, .block, .finalized, .transactions: receiver != plan?.next
        default: true
        }
    }

    mutating func hears(_ message: WireMessage, from sender: Int, at me: inout Foothold) {
        guard case .status(let status) = message else { return }
        if let plan, sender == plan.next, status.view == plan.view, me.now > plan.at + Self.statusMilliseconds / 2 {
            return me.send(.proposal(plan.proposal), to: sender, after: 1)
        }
        begin(after: sender, &me)
    }

    /// The next leader has just asked for what it lacks: it will not again for a second.
    private mutating func begin(after sender: Int, _ me: inout Foothold) {
        guard let replica = me.replica, me.leads(me.view), plan?.view != me.view, let parent = replica.parentOfView,
            sender == replica.leader(of: me.view + 1), let head = me.head, head.block.number >= 3
        else { return }
        var user = user
        let secret = try? user.transaction(to: .zero, wei: .one, chainID: chainID, genesis: me.genesis)
        for later in 0..<16 as Range<UInt64> {
            guard let block = me.block(on: parent, view: me.view, secret.map { [$0] } ?? [], laterBy: later) else { return }
            guard later == 15 || isAskedAgain(for: block.id, by: sender, replica, me) else { continue }
            guard let proposal = me.proposal(block, view: me.view), let vote = me.vote(.notarize, view: me.view, block.id) else { return }
            if !block.transactions.isEmpty { self.user = user }
            plan = Plan(proposal: proposal, next: sender, at: me.now)
            let others = me.honest.filter { $0 != sender }
            me.send(.transactions(block.transactions), toAll: others, after: 1)
            me.send(.proposal(proposal), toAll: others)
            return me.send(.vote(vote), toAll: others, after: 3)
        }
    }

    /// Whether the late one's second question for a block goes to this validator too.
    private func isAskedAgain(for id: Hash, by next: Int, _ replica: Replica, _ me: Foothold) -> Bool {
        let names = replica.epoch.validators.validators.map { PeerName.of(nodeKey: $0.nodeKey) }
        guard let position = me.position else { return false }
        let others = names.indices.filter { $0 != next }.map { names[$0] }.sorted()
        return others[(Int(id.number.limb0 % 1024) + 1) % others.count] == names[position]
    }
}

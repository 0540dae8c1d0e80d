import ChainTypes
import Cryptography
import Primitives
import Replica

/// A leader whose block some cannot complete: one transaction in it goes to a quorum less one, and its own vote comes just before the
/// others' time is over. From then on it is silent, and stays connected.
struct Withhold: Adversary {
    private let user: SimulatedAccount
    private let chainID: UInt64
    private var plan: (view: UInt64, block: Hash, voteAt: UInt64)?
    private var isSilent = false

    init(user: SimulatedAccount, chainID: UInt64) {
        self.user = user
        self.chainID = chainID
    }

    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool { plan == nil && !isSilent }

    mutating func acts(at me: inout Foothold) {
        if let plan, !isSilent, me.now >= plan.voteAt {
            isSilent = true
            if let vote = me.vote(.notarize, view: plan.view, plan.block) { me.send(.vote(vote)) }
        }
        guard plan == nil, let head = me.head?.block, head.number >= 3, me.leads(me.view), let parent = me.replica?.parentOfView else { return }
        var user = user
        guard let secret = try? user.transaction(to: .zero, wei: .one, chainID: chainID, genesis: me.genesis),
            let block = me.block(on: parent, view: me.view, [secret]), block.transactions.count == 1,
            let proposal = me.proposal(block, view: me.view), let victim = me.honest.last
        else { return }
        plan = (me.view, block.id, me.now + 1800)
        me.send(.proposal(proposal))
        me.send(.transactions([secret]), toAll: me.honest.filter { $0 != victim })
    }
}

/// A leader that gives an invalid block to one validator and nothing to the others, every other turn: whoever blames those who
/// pass blocks on punishes the victim.
struct Frame: Adversary {
    private var turns: [UInt64] = []

    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        guard case .proposal(let proposal) = message else { return true }
        return !isBad(proposal.vote.ballot.view)
    }

    private func isBad(_ view: UInt64) -> Bool { turns.firstIndex(of: view).map { $0.isMultiple(of: 2) } ?? false }

    mutating func acts(at me: inout Foothold) {
        guard me.leads(me.view), !turns.contains(me.view), let parent = me.replica?.parentOfView else { return }
        turns.append(me.view)
        guard isBad(me.view), let block = me.block(on: parent, view: me.view), let victim = me.honest.first,
            let proposal = me.proposal(block.forged(header: { $0.stateRoot = Keccak256.hash([1]) }), view: me.view)
        else { return }
        me.send(.proposal(proposal), to: victim)
    }
}

/// A leader that gives half of the others one block and the rest another.
struct Equivocate: Adversary {
    private var doneInView: UInt64 = 0

    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        if case .proposal = message { return false }
        return true
    }

    mutating func acts(at me: inout Foothold) {
        guard me.leads(me.view), doneInView != me.view, let parent = me.replica?.parentOfView else { return }
        doneInView = me.view
        for (half, laterBy) in [(0, 0 as UInt64), (1, 1)] {
            guard let block = me.block(on: parent, view: me.view, laterBy: laterBy), let proposal = me.proposal(block, view: me.view),
                let vote = me.vote(.notarize, view: me.view, block.id)
            else { continue }
            let receivers = me.honest.filter { $0 % 2 == half }
            me.send(.proposal(proposal), toAll: receivers)
            me.send(.vote(vote), toAll: receivers, after: 5)
        }
    }
}

/// A leader that builds on the final block where a quorum has voted for a later one already, and keeps its finalize votes to itself, so
/// that this is not final yet.
struct Fork: Adversary {
    private var doneInView: UInt64 = 0

    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        switch message {
        case .vote(let vote): vote.ballot.kind != .finalize
        case .proposal(let proposal): proposal.vote.ballot.view != doneInView
        default: true
        }
    }

    mutating func acts(at me: inout Foothold) {
        guard me.leads(me.view), doneInView != me.view, let head = me.head, me.replica?.parentOfView != head.id,
            let block = me.block(on: head.id, view: me.view), let proposal = me.proposal(block, view: me.view)
        else { return }
        doneInView = me.view
        me.send(.proposal(proposal))
    }
}

/// A leader whose blocks hold a transaction with a signature that does not hold, and who gives it to everybody.
struct Forge: Adversary {
    private var overheard: SignedTransaction?
    private var block: Block?

    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        if case .proposal = message { return false }
        return true
    }

    mutating func hears(_ message: WireMessage, from sender: Int, at me: inout Foothold) {
        switch message {
        case .transactions(let transactions): overheard = transactions.last ?? overheard
        case .getTransactions, .getBlock: if let block { me.send(.transactions(block.transactions), to: sender) }
        default: break
        }
    }

    mutating func acts(at me: inout Foothold) {
        guard me.leads(me.view), block?.envelope.view != me.view, let overheard, let parent = me.replica?.parentOfView,
            let forged = me.block(on: parent, view: me.view, [overheard.spoilt]), !forged.transactions.isEmpty,
            let proposal = me.proposal(forged, view: me.view)
        else { return }
        block = forged
        me.send(.proposal(proposal))
    }
}

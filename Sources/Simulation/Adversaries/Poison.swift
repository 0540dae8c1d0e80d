import ChainTypes
import Primitives
import Replica

/// Gets a block that nobody has checked into others' memory by an answer to their catching up, and then proposes it: a transaction
/// with noise for a signature would become final.
struct Poison: Adversary {
    private static let boast: UInt64 = 1_000_000
    /// For so many milliseconds others wait for an answer.
    private static let patience: UInt64 = 5000

    /// Who asked for final blocks, and when.
    private var askers: [Int: UInt64] = [:]
    /// A transaction of somebody else that waits: it shows the key that the next forged one needs.
    private var overheard: SignedTransaction?
    private var poisonedView: UInt64 = 0

    /// Its own finalize votes stay at home, so that it has finalizations before the others.
    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        switch message {
        case .vote(let vote): vote.ballot.kind != .finalize
        case .status: false
        case .proposal(let proposal): proposal.vote.ballot.view != poisonedView
        default: true
        }
    }

    mutating func hears(_ message: WireMessage, from sender: Int, at me: inout Foothold) {
        switch message {
        case .getFinalized: askers[sender] = me.now
        case .transactions(let transactions): overheard = transactions.last ?? overheard
        default: break
        }
    }

    mutating func acts(at me: inout Foothold) {
        guard var status = me.replica?.ownStatus else { return }
        status.finalizedNumber += Self.boast
        if me.now % 200 < 10 { me.send(.status(status), toAll: me.honest) }
        guard me.leads(me.view), poisonedView != me.view, let overheard, let final = me.head?.block, final.number > 0,
            let certificate = try? me.replica?.chain.certificate(final.number),
            let poison = me.block(on: final.id, view: me.view, [Self.forged(overheard)]), !poison.transactions.isEmpty
        else { return }
        let victims = askers.filter { me.now < $0.value + Self.patience }.map(\.key).sorted()
        guard !victims.isEmpty, let proposal = me.proposal(poison, view: me.view) else { return }
        poisonedView = me.view
        for victim in victims {
            askers[victim] = nil
            let proof = FinalityProof(headers: [final.sealed], certificate: certificate)
            me.send(.finalized([final, poison, final], proof), to: victim, after: 1)
        }
        me.send(.proposal(proposal), toAll: me.honest, after: 4)
    }

    /// Everything that the sender owns goes to the thief.
    private static func forged(_ transaction: SignedTransaction) -> SignedTransaction {
        var body = transaction.body
        body.to = Address([UInt8](repeating: 0x66, count: 20)) ?? body.to
        body.value = body.value &+ body.value
        let noise = [UInt8](repeating: 0x5a, count: transaction.witness.signature.count)
        return SignedTransaction(body: body, witness: Witness(publicKey: transaction.witness.publicKey, signature: noise))
    }
}

/// Answers whoever catches up at once, with blocks of which the first is another than the one that is final.
struct Mislead: Adversary {
    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        if case .finalized = message { return false }
        return true
    }

    mutating func hears(_ message: WireMessage, from sender: Int, at me: inout Foothold) {
        guard case .getFinalized(let from, _) = message, let head = me.head,
            let certificate = try? me.replica?.chain.certificate(head.block.number)
        else { return }
        let run = me.unlinked(from: from)
        guard !run.isEmpty else { return }
        me.send(.finalized(run, FinalityProof(headers: [head.block.sealed], certificate: certificate)), to: sender, after: 1)
    }
}

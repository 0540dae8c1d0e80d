import ChainTypes
import Cryptography
import Primitives
import Replica

/// Proposals out of turn, for views far away and near ones, of blocks that name transactions which do not exist.
struct Flood: Adversary {
    private var sent: UInt64 = 0
    private let maximum: UInt64 = 400

    mutating func acts(at me: inout Foothold) {
        guard sent < maximum, let head = me.head?.block, head.number >= 2, let block = me.block(on: head.id, view: me.view + 1) else { return }
        for step in 0..<8 as Range<UInt64> {
            sent += 1
            let view = step.isMultiple(of: 2) ? me.view + 100 + sent : me.view + 1 + step
            guard !me.leads(view) else { continue }
            let false_ = block.forged(
                header: { $0.number += 1_000_000_000 },
                envelope: {
                    $0.view = view
                    $0.bodyHash = Block.bodyHash(of: [Keccak256.hash([UInt8(truncatingIfNeeded: sent)])])
                })
            guard var proposal = me.proposal(false_, view: view) else { return }
            proposal.transactionHashes = [Keccak256.hash([UInt8(truncatingIfNeeded: sent)])]
            me.send(.proposal(proposal))
        }
    }
}

/// Sends each honest leader's proposal on faster than the leader's own links, with one more transaction hash.
struct Mangle: Adversary {
    mutating func hears(_ message: WireMessage, from sender: Int, at me: inout Foothold) {
        guard case .proposal(var proposal) = message else { return }
        proposal.transactionHashes.append(Keccak256.hash(proposal.sealed.id.bytes))
        me.send(.proposal(proposal), toAll: me.honest, after: 1)
    }
}

/// Strangers who say that they are far ahead, and never answer.
struct Starve: Adversary {
    let guests: Int

    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        if case .finalized = message { return false }
        return true
    }

    mutating func acts(at me: inout Foothold) {
        guard me.now % 100 < 10 else { return }
        let height = me.random.happens(perMille: 500) ? UInt64.max : 1_000_000
        let status = PeerStatus(epoch: 0, view: 0, finalizedNumber: height, finalizedBlock: .zero, votesHeld: [.zero, .zero, .zero])
        me.send(.status(status))
    }
}

/// Says nothing at all, and stays connected.
struct Silence: Adversary {
    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool { false }
}

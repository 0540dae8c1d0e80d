import ChainTypes
import Cryptography
import Execution
import Primitives
import Replica
import WorldState

/// Someone who means harm. Some validators are its own: their replicas run as they ship, but it hears all that they are sent,
/// decides what of theirs goes out, and adds whatever it likes, signed with their keys or copied from others. It may have
/// guests too, sessions without any key that counts. Nothing forces it to be wise.
protocol Adversary {
    /// Sessions of strangers that it wants.
    var guests: Int { get }
    /// Whether what one of its validators wants to say to another node goes out.
    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool
    /// What one of its validators or guests was sent.
    mutating func hears(_ message: WireMessage, from sender: Int, at me: inout Foothold)
    /// Every ten milliseconds, for each of its validators and guests.
    mutating func acts(at me: inout Foothold)
}

extension Adversary {
    var guests: Int { 0 }
    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool { true }
    mutating func hears(_ message: WireMessage, from sender: Int, at me: inout Foothold) {}
    mutating func acts(at me: inout Foothold) {}
}

/// A place from which an adversary acts for a moment: what it knows there, and what it sends.
struct Foothold {
    struct Delivery {
        let message: WireMessage
        let receiver: Int
        let delay: UInt64
    }

    /// Its place among the validators; nil for a guest.
    let index: Int?
    /// Its place in the epoch's set; nil where it does not vote.
    let position: Int?
    /// Its replica; nil for a guest and for one that is down.
    let replica: Replica?
    /// Nodes that are not the adversary's.
    let honest: [Int]
    let now: UInt64
    let genesis: Hash
    fileprivate let key: SimulatedKey?
    var random: SeededGenerator
    private(set) var deliveries: [Delivery] = []
    /// Votes that were signed here, for the judge.
    private(set) var signed: [Vote] = []

    init(
        index: Int?, position: Int?, replica: Replica?, honest: [Int], now: UInt64, genesis: Hash, key: SimulatedKey?, random: SeededGenerator
    ) {
        self.index = index
        self.position = position
        self.replica = replica
        self.honest = honest
        self.now = now
        self.genesis = genesis
        self.key = key
        self.random = random
    }

    var view: UInt64 { replica?.view ?? 0 }
    var head: ExecutedBlock? { replica?.head }
    var epoch: UInt64 { replica?.epoch.number ?? 0 }

    func leads(_ view: UInt64) -> Bool { position != nil && replica?.leader(of: view) == position }

    /// Its links are faster than others'.
    mutating func send(_ message: WireMessage, to receiver: Int, after delay: UInt64 = 2) {
        deliveries.append(Delivery(message: message, receiver: receiver, delay: delay))
    }

    mutating func send(_ message: WireMessage, toAll receivers: [Int]? = nil, after delay: UInt64 = 2) {
        for receiver in receivers ?? honest { send(message, to: receiver, after: delay) }
    }

    /// A vote of its validator in this epoch.
    mutating func vote(_ kind: VoteKind, view: UInt64, _ block: Hash, epoch: UInt64? = nil) -> Vote? {
        guard let key, let position else { return nil }
        let ballot = Ballot(epoch: epoch ?? self.epoch, view: view, kind: kind, block: block)
        guard let signature = try? key.sign(ballot.signingPayload(genesis: genesis), context: Ballot.signingContext) else { return nil }
        let vote = Vote(ballot: ballot, validator: position, signature: signature)
        signed.append(vote)
        return vote
    }

    mutating func proposal(_ block: Block, view: UInt64) -> Proposal? {
        guard let vote = vote(.propose, view: view, block.id, epoch: block.envelope.epoch) else { return nil }
        return Proposal(sealed: block.sealed, transactionHashes: block.transactions.map(\.hash), vote: vote)
    }

    /// A block by the rules, but for the signatures of its transactions, which making a block does not look at.
    func block(on parent: Hash, view: UInt64, _ transactions: [SignedTransaction] = [], laterBy milliseconds: UInt64 = 0) -> Block? {
        guard let replica, let parent = replica.executed(parent), let state = replica.state(after: parent.id),
            let numbers = replica.configuration.validator?.numbers
        else { return nil }
        let earliest = parent.block.envelope.timeMilliseconds + replica.configuration.spec.parameters.minimumBlockIntervalMilliseconds
        return try? replica.blockBuilder.build(
            on: parent, state: state, candidates: transactions, view: view, numbers: numbers,
            timeMilliseconds: max(now, earliest) + milliseconds
        ).block.block
    }
}

extension Block {
    /// The block with another header and envelope, which fit each other, and other transactions.
    func forged(
        header change: (inout Header) -> Void = { _ in }, envelope changeEnvelope: (inout Envelope) -> Void = { _ in },
        transactions: [SignedTransaction]? = nil
    ) -> Block {
        var (header, envelope) = (self.header, self.envelope)
        change(&header)
        envelope.headerHash = header.hash
        changeEnvelope(&envelope)
        if let transactions { envelope.bodyHash = Block.bodyHash(of: transactions.map(\.hash)) }
        guard let sealed = SealedHeader(envelope: envelope, header: header) else { return self }
        return Block(sealed: sealed, transactions: transactions ?? self.transactions)
    }
}

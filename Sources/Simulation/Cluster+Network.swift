import ChainTypes
import Cryptography
import Primitives
import Replica

/// Two sides that do not hear each other, or of which one does not hear the other.
struct Partition {
    let side: Set<Int>
    let isOneWay: Bool
    let until: UInt64

    func cuts(_ sender: Int, _ receiver: Int) -> Bool {
        side.contains(sender) != side.contains(receiver) && (!isOneWay || side.contains(sender))
    }
}

/// Links between nodes.
extension Cluster {
    /// What peers may send in one frame.
    private static let memberFrameBytes = 8 << 20
    private static let guestFrameBytes = 1 << 20

    /// What a replica wants to send; of an adversary's replica, if the adversary lets it.
    mutating func send(_ message: WireMessage, from sender: Int, to receiver: Int) throws {
        guard !villains.contains(sender) else {
            guard try consult(sender, { $0.passes(message, to: receiver, from: &$1) }) ?? true else { return }
            return carry(message.rlp, from: sender, validators[sender].name, to: receiver, delay: UInt64.random(in: 1...5, using: &random))
        }
        let bytes = message.rlp
        try check(message, bytes.count, from: sender, to: receiver)
        guard !isLost(from: sender, to: receiver) else { return }
        let copies = !healing && random.happens(perMille: faults.duplicationPerMille) ? 2 : 1
        for _ in 0..<copies {
            let isLate = !healing && random.happens(perMille: faults.delayPerMille)
            let range = isLate ? 1...faults.longDelayMilliseconds : linkMilliseconds
            carry(bytes, from: sender, validators[sender].name, to: receiver, delay: UInt64.random(in: range, using: &random))
        }
    }

    private mutating func check(_ message: WireMessage, _ bytes: Int, from sender: Int, to receiver: Int) throws {
        switch message {
        case .vote(let vote): says(vote, sender)
        case .proposal(let proposal):
            says(proposal.vote, sender)
            if proposal.vote.validator == validators[sender].positions[proposal.vote.ballot.epoch], !proposal.isRepeated {
                senders[proposal.sealed.id] = sender
            }
        default: break
        }
        if case .certificate(let certificate) = message { try judged(sender) { try $0.says(certificate) } }
        let isMember = validators[receiver].voters.contains(validators[sender].name) || validators[sender].voters.contains(validators[receiver].name)
        guard bytes > (isMember ? Self.memberFrameBytes : Self.guestFrameBytes) else { return }
        throw judged(sender, Judge.Fault("sends a frame of \(bytes) bytes"))
    }

    private mutating func says(_ vote: Vote, _ sender: Int) {
        let position = validators[sender].positions[vote.ballot.epoch]
        log.sent(vote, by: sender, at: position)
        if vote.validator == position { validators[sender].said.add(vote.ballot) }
    }

    private mutating func isLost(from sender: Int, to receiver: Int) -> Bool {
        guard !healing else { return false }
        if let partition, now < partition.until, partition.cuts(sender, receiver) { return true }
        return random.happens(perMille: faults.lossPerMille)
    }

    mutating func carry(_ bytes: [UInt8], from sender: Int?, _ name: Hash, to receiver: Int, delay: UInt64) {
        guard validators[receiver].replica != nil else { return }
        queue.add(at: now + delay, .frame(bytes, from: sender, name: name, to: receiver, life: validators[receiver].life))
    }

    /// The bytes cross the wire, so that every encoding is exercised.
    mutating func arrive(_ bytes: [UInt8], from sender: Int?, _ name: Hash, at index: Int) throws {
        guard let message = try? WireMessage(rlp: bytes) else {
            log.complaints.append("undecodable")
            return try judged(index) { try $0.blames(name, "it sent what cannot be decoded") }
        }
        if villains.contains(index), let sender { _ = try consult(index) { $0.hears(message, from: sender, at: &$1) } }
        try deliver(.message(message, from: name), to: index)
    }

    // MARK: Trouble

    mutating func cut() {
        guard !healing else { return }
        let side = validators.indices.filter { _ in random.happens(perMille: 500) }
        let duration = UInt64.random(in: faults.partitionMilliseconds, using: &random)
        partition = Partition(side: Set(side), isOneWay: random.happens(perMille: 300), until: now + duration)
        queue.add(at: now + UInt64.random(in: 1...2 * faults.partitionIntervalMilliseconds, using: &random), .partition)
    }

    mutating func jumpClock() {
        guard !healing, let index = validators.indices.randomElement(using: &random) else { return }
        validators[index].clock.jump(ahead: UInt64.random(in: 1...3000, using: &random), at: now)
        queue.add(at: now + UInt64.random(in: 1000...8000, using: &random), .clockJump)
    }

    // MARK: The adversary

    mutating func letAdversaryAct() throws {
        for index in villains.sorted() where validators[index].replica != nil { _ = try consult(index) { $0.acts(at: &$1) } }
        for guest in guests.indices { _ = try consult(guest: guest) { $0.acts(at: &$1) } }
    }

    mutating func tellGuest(_ guest: Int, _ message: WireMessage, from sender: Int) throws {
        _ = try consult(guest: guest) { $0.hears(message, from: sender, at: &$1) }
    }

    /// Lets the adversary act in one of its places.
    private mutating func consult<Answer>(
        _ index: Int? = nil, guest: Int? = nil, _ body: (inout any Adversary, inout Foothold) -> Answer
    ) throws -> Answer? {
        guard var adversary else { return nil }
        let validator = index.map { validators[$0] }
        var foothold = Foothold(
            index: index, position: validator?.replica?.validatorIndex, replica: validator?.replica, honest: honest, now: now, genesis: genesis,
            key: validator?.key, random: SeededGenerator(state: random.next()))
        let answer = body(&adversary, &foothold)
        self.adversary = adversary
        for vote in foothold.signed { judge.signed(vote) }
        let name = index.map { validators[$0].name } ?? guests[guest ?? 0]
        for delivery in foothold.deliveries {
            carry(delivery.message.rlp, from: index, name, to: delivery.receiver, delay: delivery.delay)
        }
        return answer
    }
}

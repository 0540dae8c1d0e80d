import ChainTypes
import Cryptography
import LightClient
import Primitives
import Replica

/// Does anything that a validator's keys allow, at random: whatever the named adversaries do not think of. How much it lets its
/// replicas behave differs from run to run.
struct Chaos: Adversary {
    let guests = 1
    /// Chance in a thousand that an honest message goes out, and that it acts at a moment.
    private let honesty: Int
    private let zeal: Int
    private var votes: [Vote] = []
    private var proposals: [Proposal] = []
    private var certificates: [Certificate] = []
    private var transactions: [SignedTransaction] = []
    /// What it has proposed: others shall have all of it.
    private var blocks: [Block] = []

    private static let memory = 128

    init(_ random: inout SeededGenerator) {
        honesty = [0, 300, 700, 950, 1000].randomElement(using: &random) ?? 500
        zeal = [20, 60, 150].randomElement(using: &random) ?? 60
    }

    mutating func passes(_ message: WireMessage, to receiver: Int, from me: inout Foothold) -> Bool {
        me.random.happens(perMille: honesty)
    }

    mutating func hears(_ message: WireMessage, from sender: Int, at me: inout Foothold) {
        switch message {
        case .vote(let vote): Self.keep(vote, in: &votes)
        case .proposal(let proposal): Self.keep(proposal, in: &proposals)
        case .certificate(let certificate): Self.keep(certificate, in: &certificates)
        case .transactions(let news): for transaction in news { Self.keep(transaction, in: &transactions) }
        case .getFinalized(let from, _): if me.random.happens(perMille: 800) { answer(sender, from: from, &me) }
        case .getBlock(let id):
            if let own = blocks.last(where: { $0.id == id }) { return me.send(.block(own), to: sender) }
            if let block = me.replica?.executed(id)?.block { me.send(.block(spoilt(block, &me)), to: sender) }
        case .getTransactions(let hashes):
            let own = blocks.flatMap(\.transactions).filter { hashes.contains($0.hash) }
            if !own.isEmpty { me.send(.transactions(own), to: sender) }
        default: break
        }
    }

    private static func keep<Value>(_ value: Value, in list: inout [Value]) {
        list.append(value)
        if list.count > memory { list.removeFirst() }
    }

    mutating func acts(at me: inout Foothold) {
        guard me.random.happens(perMille: zeal) else { return }
        switch Int.random(in: 0..<12, using: &me.random) {
        case 0: replay(&me)
        case 1, 2: voteAnything(&me)
        case 3: boast(&me)
        case 4: ask(&me)
        case 5, 6, 7: propose(&me)
        case 8: certify(&me)
        case 9: mangle(&me)
        case 10: proposeOutOfTurn(&me)
        default: gossip(&me)
        }
    }

    // MARK: Old things again

    private func replay(_ me: inout Foothold) {
        let pool: [WireMessage] =
            votes.suffix(8).map { .vote($0) } + proposals.suffix(4).map { .proposal($0) } + certificates.suffix(4).map { .certificate($0) }
        if let message = pool.randomElement(using: &me.random) { me.sendToSome(message) }
    }

    private func gossip(_ me: inout Foothold) {
        guard let transaction = transactions.randomElement(using: &me.random) else { return }
        me.sendToSome(.transactions([me.random.happens(perMille: 500) ? transaction.spoilt : transaction]))
    }

    private func mangle(_ me: inout Foothold) {
        guard var proposal = proposals.last else { return }
        if proposal.transactionHashes.isEmpty || me.random.happens(perMille: 500) {
            proposal.transactionHashes.append(Keccak256.hash([UInt8.random(in: 0...255, using: &me.random)]))
        } else {
            proposal.transactionHashes.removeLast()
        }
        me.sendToSome(.proposal(proposal))
    }

    // MARK: Lies

    private func boast(_ me: inout Foothold) {
        let ahead = (me.head?.block.number ?? 4) + 3
        let heights: [UInt64] = [0, ahead, 1 << 40, .max]
        let views: [UInt64] = [0, me.view, me.view + 1, .max]
        let height = heights.randomElement(using: &me.random) ?? 0
        let view = views.randomElement(using: &me.random) ?? 0
        let held = (0..<3).map { _ in UInt256(me.random.next()) }
        me.sendToSome(.status(PeerStatus(epoch: me.epoch, view: view, finalizedNumber: height, finalizedBlock: .zero, votesHeld: held)))
    }

    private func ask(_ me: inout Foothold) {
        let id = proposals.randomElement(using: &me.random)?.sealed.id ?? Keccak256.hash([1])
        let questions: [WireMessage] = [
            .getBlock(id), .getTransactions([id]), .getFinalized(from: UInt64.random(in: 0...20, using: &me.random), maximum: 64),
            .getFinalized(from: .max, maximum: 64), .getFinality, .getEpochs(from: 0), .getEpochs(from: .max), .getChallenges,
        ]
        if let question = questions.randomElement(using: &me.random) { me.sendToSome(question) }
    }

    private func voteAnything(_ me: inout Foothold) {
        guard let kind = VoteKind.allCases.randomElement(using: &me.random) else { return }
        let known = proposals.suffix(4).map(\.sealed.id) + [Keccak256.hash([7])]
        let block = kind == .nullify ? Hash.zero : known.randomElement(using: &me.random) ?? .zero
        let first = me.view > 3 ? me.view - 3 : 0
        let view = UInt64.random(in: first...me.view + 18, using: &me.random)
        let epoch = me.random.happens(perMille: 100) ? me.epoch + 1 : me.epoch
        if let vote = me.vote(kind, view: view, block, epoch: epoch) { me.sendToSome(.vote(vote)) }
    }

    /// Certificates with too few votes, votes for something else, or of another kind.
    private func certify(_ me: inout Foothold) {
        guard let vote = votes.randomElement(using: &me.random) else { return }
        var shares = votes.filter { $0.ballot == vote.ballot }.map { Certificate.Share(validator: $0.validator, signature: $0.signature) }
        var seen: Set<Int> = []
        shares = shares.filter { seen.insert($0.validator).inserted }
        var ballot = vote.ballot
        switch Int.random(in: 0..<4, using: &me.random) {
        case 0 where ballot.kind == .notarize: ballot.kind = .finalize
        case 1: ballot.view += 1
        case 2:
            // Everybody, with somebody else's signature.
            shares = (0..<(me.replica?.epoch.validators.count ?? 0)).map { Certificate.Share(validator: $0, signature: vote.signature) }
        default: break
        }
        me.sendToSome(.certificate(Certificate(ballot: ballot, shares: shares)))
    }

    // MARK: Blocks

    private mutating func propose(_ me: inout Foothold) {
        guard me.leads(me.view), let parent = me.replica?.parentOfView else { return }
        let stale = me.head?.id ?? parent
        let base = me.random.happens(perMille: 250) ? stale : parent
        var taken = transactions.randomElement(using: &me.random).map { [$0] } ?? []
        if me.random.happens(perMille: 300) { taken = taken.map(\.spoilt) }
        let laterBy = UInt64.random(in: 0...3, using: &me.random)
        guard let block = me.block(on: base, view: me.view, taken, laterBy: laterBy) else { return }
        // Any old block again, as only an epoch's last may be.
        let again = me.random.happens(perMille: 100) ? me.head?.block : nil
        let chosen = again ?? spoilt(block, &me)
        guard let proposal = me.proposal(chosen, view: me.view) else { return }
        Self.keep(chosen, in: &blocks)
        me.sendToSome(.proposal(proposal))
        if let vote = me.vote(.notarize, view: me.view, proposal.sealed.id), me.random.happens(perMille: 500) { me.sendToSome(.vote(vote)) }
    }

    private func proposeOutOfTurn(_ me: inout Foothold) {
        let view = me.view + UInt64.random(in: 1...40, using: &me.random)
        guard let head = me.head, let block = me.block(on: head.id, view: me.view) else { return }
        let moved = block.forged(envelope: { $0.view = view })
        if let proposal = me.proposal(moved, view: view) { me.sendToSome(.proposal(proposal)) }
    }

    private func spoilt(_ block: Block, _ me: inout Foothold) -> Block {
        switch Int.random(in: 0..<8, using: &me.random) {
        case 0: block.forged(header: { $0.stateRoot = Keccak256.hash([1]) })
        case 1: block.forged(header: { $0.gasUsed += 1 })
        case 2: block.forged(header: { $0.number += 1 })
        case 3: block.forged(envelope: { $0.reveal = Keccak256.hash([2]) })
        case 4: block.forged(envelope: { $0.parent = Keccak256.hash([3]) })
        default: block
        }
    }

    /// Answers to catching up: runs that do not connect, that certificates do not cover, that hold what is not final.
    private func answer(_ asker: Int, from: UInt64, _ me: inout Foothold) {
        guard let replica = me.replica, let final = me.head?.block, final.number > 0,
            let certificate = try? replica.chain.certificate(final.number)
        else { return }
        let next = me.block(on: final.id, view: me.view, transactions.last.map { [$0] } ?? [])
        let notarization = certificates.last { $0.ballot.kind == .notarize }
        let run: [Block] =
            switch Int.random(in: 0..<6, using: &me.random) {
            case 0: [final]
            case 1: next.map { [final, $0, final] } ?? [final]
            case 2: next.map { [final, $0] } ?? [final]
            case 3: next.map { [$0] } ?? []
            case 4: me.unlinked(from: from)
            default: [spoilt(final, &me)]
            }
        guard !run.isEmpty else { return }
        let claimed = me.random.happens(perMille: 300) ? notarization ?? certificate : certificate
        let headers = me.random.happens(perMille: 500) ? [final.sealed] : run.reversed().map(\.sealed)
        me.send(.finalized(run, FinalityProof(headers: headers, certificate: claimed)), to: asker)
    }
}

extension Foothold {
    /// The final blocks from a height on, but the first is another one; empty where that would not differ.
    func unlinked(from: UInt64) -> [Block] {
        guard let replica, let head, from > 0, from < head.block.number, head.block.number - from < 64 else { return [] }
        let run = (from...head.block.number).compactMap { try? replica.chain.block($0) }
        guard let first = run.first?.forged(envelope: { $0.timeMilliseconds += 1 }) else { return [] }
        return [first] + run.dropFirst()
    }

    /// To each honest node or not, as it falls.
    mutating func sendToSome(_ message: WireMessage) {
        let share = [300, 600, 1000].randomElement(using: &random) ?? 500
        for receiver in honest where random.happens(perMille: share) {
            send(message, to: receiver, after: UInt64.random(in: 1...30, using: &random))
        }
    }
}

extension SignedTransaction {
    /// The transaction with a signature that does not hold.
    var spoilt: SignedTransaction {
        var noise = witness.signature
        if !noise.isEmpty { noise[0] ^= 1 }
        return SignedTransaction(body: body, witness: Witness(publicKey: witness.publicKey, signature: noise))
    }
}

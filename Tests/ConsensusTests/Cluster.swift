import ChainTypes
import Consensus
import Primitives
import TestKit

/// What goes wrong between validators until the network heals.
struct Faults {
    var lossPerMille = 0
    var duplicationPerMille = 0
    /// Chance that a message takes up to `longDelay` instead of up to `delay`, so that later ones overtake it.
    var longDelayPerMille = 0
    var longDelay: UInt64 = 3000
    var delay: ClosedRange<UInt64> = 1...20
    /// Chance that a block's body does not arrive in time to be judged.
    var missingBodyPerMille = 0
    /// Mean time between crashes; 0 for none.
    var crashInterval: UInt64 = 0
    var downtime: ClosedRange<UInt64> = 10...8000
    var healAt: UInt64 = 0

    static let none = Faults()
    static let severe = Faults(
        lossPerMille: 150, duplicationPerMille: 50, longDelayPerMille: 100, missingBodyPerMille: 50, crashInterval: 3000, healAt: 20_000)
}

/// Simplex cores over a simulated network, disks and clock, all driven by one seed. Times are milliseconds.
struct Cluster {
    struct Node {
        var core: Simplex?
        var log: [WALRecord] = []
        var finalized = Material.genesis
        var finalization: Certificate?
        /// Counts starts: answers to an earlier life are dropped.
        var life = 0
    }

    let seed: UInt64
    let set: ValidatorSet
    let faults: Faults
    let timeout: UInt64 = 2000
    /// From entering a view to the leader's block.
    var pace: UInt64 = 100
    /// Those who do not follow the protocol: what they send is what this makes of it.
    let liars: [Int: Liar]
    var random: SeededGenerator
    var nodes: [Node]
    var checks = Checks()
    private(set) var now: UInt64 = 0
    private var happenings = Happenings()

    init(seed: UInt64, powers: [UInt64], faults: Faults = .none, liars: [Int: Liar] = [:], absent: Set<Int> = []) {
        (self.seed, self.faults, self.liars) = (seed, faults, liars)
        set = Material.validators(powers)
        random = SeededGenerator(seed: seed)
        nodes = powers.map { _ in Node() }
        for index in nodes.indices where !absent.contains(index) { start(index) }
        if faults.crashInterval > 0 { happenings.add(at: faults.crashInterval, .crash) }
    }

    /// Runs until the condition holds; false when simulated time is over first.
    mutating func run(until limit: UInt64, _ condition: (Cluster) -> Bool = { _ in false }) -> Bool {
        while !condition(self) {
            guard let (time, what) = happenings.next() else { return false }
            guard time <= limit else {
                // It happens in the next run: a restart or timer that got lost here would never come back.
                happenings.add(at: time, what)
                return false
            }
            now = time
            happen(what)
        }
        return true
    }

    /// Whether everyone is up and has finalised this height after the network healed.
    func hasHealed(height: UInt64) -> Bool {
        now >= faults.healAt && nodes.indices.allSatisfy { nodes[$0].core != nil && (liars[$0] != nil || nodes[$0].finalized.number >= height) }
    }

    var height: UInt64 { nodes.map(\.finalized.number).max() ?? 0 }

    private mutating func happen(_ what: Happenings.What) {
        switch what {
        case .event(let event, let index, let life):
            guard nodes[index].life == life else { return }
            deliver(event, to: index)
        case .build(let view, let parent, let index, let life):
            guard nodes[index].life == life, let parent = checks.blocks[parent] else { return }
            let block = Material.block(view: view, on: parent, time: now, note: random.bytes(4))
            checks.blocks[block.id] = block
            deliver(.built(block, transactionHashes: []), to: index)
        case .status(let index): tellStatus(index)
        case .crash: crashSome()
        case .restart(let index): start(index)
        }
    }

    // MARK: Life and death

    mutating func start(_ index: Int) {
        guard nodes[index].core == nil else { return }
        let node = nodes[index]
        nodes[index].core = Material.core(
            set, me: index, timeout: timeout, finalized: node.finalized, finalization: node.finalization, log: node.log)
        nodes[index].life += 1
        deliver(.start, to: index)
        happenings.add(at: now + 1, .status(index))
    }

    mutating func crash(_ index: Int) {
        nodes[index].core = nil
        nodes[index].life += 1
    }

    private mutating func crashSome() {
        guard now < faults.healAt else { return }
        happenings.add(at: now + UInt64.random(in: 1...2 * faults.crashInterval, using: &random), .crash)
        guard let victim = nodes.indices.filter({ nodes[$0].core != nil }).randomElement(using: &random) else { return }
        crash(victim)
        happenings.add(at: now + UInt64.random(in: faults.downtime, using: &random), .restart(victim))
    }

    // MARK: Effects

    private mutating func deliver(_ event: Simplex.Event, to index: Int) {
        guard let effects = nodes[index].core?.handle(event, now: now) else { return }
        // A crash may come between any two effects.
        let dies = faults.crashInterval > 0 && now < faults.healAt && happens(2)
        for effect in effects.prefix(dies ? Int.random(in: 0...effects.count, using: &random) : effects.count) { carryOut(effect, of: index) }
        guard dies else { return }
        crash(index)
        happenings.add(at: now + UInt64.random(in: faults.downtime, using: &random), .restart(index))
    }

    private mutating func carryOut(_ effect: Simplex.Effect, of index: Int) {
        switch effect {
        case .persist(let record): nodes[index].log.append(record)
        case .sign(let ballot): later(1, .signed(Material.sign(ballot, by: index)), to: index)
        case .broadcast(let message): for peer in nodes.indices where peer != index { send(message, from: index, to: peer) }
        case .send(let message, let name):
            if let peer = nodes.indices.first(where: { Material.name($0, in: set) == name }) { send(message, from: index, to: peer) }
        case .propose(let view, let parent):
            happenings.add(at: now + pace, .build(view: view, parent: parent, by: index, life: nodes[index].life))
        case .validate(let id, _): validate(id, by: index)
        case .setTimer(let view, let time): later(time - now, .timer(view: view), to: index)
        case .finalized(let id, let certificate): finalize(id, certificate, by: index)
        case .evidence(let evidence): checks.evidence.append(evidence)
        case .viewEntered(let view, let leader): checks.entered(view, leader: leader, by: index, at: now)
        // Every block that was ever built is here already.
        case .gather, .gatherNotarized, .missedProposal: break
        }
    }

    private mutating func later(_ delay: UInt64, _ event: Simplex.Event, to index: Int) {
        happenings.add(at: now + delay, .event(event, to: index, life: nodes[index].life))
    }

    private mutating func validate(_ id: Hash, by index: Int) {
        if now < faults.healAt, happens(faults.missingBodyPerMille) { return }
        guard let block = checks.blocks[id] else { return checks.fail("validator \(index) judges a block that nobody built") }
        later(UInt64.random(in: 1...10, using: &random), block.header.extraData == Liar.invalidNote ? .blockInvalid(id) : .blockValid(id), to: index)
    }

    private mutating func finalize(_ id: Hash, _ certificate: Certificate, by index: Int) {
        if liars[index] == nil { checks.finalized(id, by: index, at: now) }
        guard let block = checks.blocks[id] else { return }
        (nodes[index].finalized, nodes[index].finalization) = (block, certificate)
        nodes[index].log.removeAll { $0.view <= block.envelope.view }
    }

    // MARK: Network

    /// As the shell does once a second.
    private mutating func tellStatus(_ index: Int) {
        guard let core = nodes[index].core else { return }
        happenings.add(at: now + 1000, .status(index))
        let status = PeerStatus(
            epoch: 0, view: core.view, finalizedNumber: nodes[index].finalized.number, finalizedBlock: nodes[index].finalized.id,
            votesHeld: core.votesHeld)
        for peer in nodes.indices where peer != index { send(.status(status), from: index, to: peer) }
    }

    private mutating func send(_ message: WireMessage, from sender: Int, to receiver: Int) {
        guard let liar = liars[sender] else {
            checks.sent(message, by: sender, log: nodes[sender].log)
            return transmit(message, from: sender, to: receiver)
        }
        for lie in liar.twist(message, by: sender, to: receiver, blocks: &checks.blocks, random: &random) {
            transmit(lie, from: sender, to: receiver)
        }
    }

    private mutating func transmit(_ message: WireMessage, from sender: Int, to receiver: Int) {
        let faulty = now < faults.healAt
        if faulty, happens(faults.lossPerMille) { return }
        for _ in 0..<(faulty && happens(faults.duplicationPerMille) ? 2 : 1) {
            let isLong = faulty && happens(faults.longDelayPerMille)
            let delay = UInt64.random(in: isLong ? 1...faults.longDelay : faults.delay, using: &random)
            if let event = event(message, from: sender) { later(delay, event, to: receiver) }
        }
    }

    private func event(_ message: WireMessage, from sender: Int) -> Simplex.Event? {
        switch message {
        case .status(let status): .peerStatus(status, from: Material.name(sender, in: set))
        case .proposal(let proposal): .proposal(proposal)
        case .vote(let vote): .vote(vote)
        case .certificate(let certificate): .certificate(certificate)
        default: nil
        }
    }

    private mutating func happens(_ perMille: Int) -> Bool { perMille > 0 && Int.random(in: 0..<1000, using: &random) < perMille }
}

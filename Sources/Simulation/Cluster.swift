import ChainTypes
import Cryptography
import Execution
import Primitives
import Replica
import StoreAPI

/// Validators of the shipped `Replica` over an in-memory network and stores, driven by one seed.
///
/// Signatures are real; a verification that one validator has done is remembered for the others, since
/// it is a function of its bytes. Nothing else is shared.
public struct Cluster {
    struct Validator {
        let key: MLDSAPrivateKey
        let name: Hash
        var store: MemoryStore
        var replica: Replica?
        /// Counts restarts: timers and answers of an earlier life are dropped.
        var life = 0
    }

    enum Happening {
        case event(ReplicaEvent, to: Int, life: Int)
        case crash
        case restart(Int)
        case submit
    }

    struct Scheduled {
        let time: UInt64
        let order: UInt64
        let what: Happening
    }

    public let seed: UInt64
    let faults: Faults
    let spec: ChainSpec
    let genesis: Hash
    var random: SeededGenerator
    var validators: [Validator] = []
    var accounts: [SimulatedAccount] = []
    var queue = EventQueue()
    public private(set) var now: UInt64 = 1_700_000_000_000
    let start: UInt64 = 1_700_000_000_000
    var verified: [Hash: CheckResult] = [:]
    public private(set) var log = ClusterLog()

    public init(seed: UInt64, validators count: Int, accounts accountCount: Int = 3, epochMilliseconds: UInt64 = 3000, faults: Faults) throws {
        self.seed = seed
        self.faults = faults
        random = SeededGenerator(state: seed)
        accounts = try (0..<accountCount).map { try SimulatedAccount($0) }
        let keys = try (0..<count).map {
            try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash(Array("simulated validator \($0)".utf8)).bytes)
        }
        let members = keys.enumerated().map { index, key in
            ChainTypes.Validator(
                address: Address(firstCommitment: key.commitment), power: 200_000, consensusKey: key.publicKey,
                nodeKey: key.publicKey, endpoint: "", moniker: "validator-\(index + 1)")
        }
        guard let set = ValidatorSet(members) else { throw ClusterFailure.invalidSize(count) }
        var parameters = ChainParameters()
        parameters.epochMilliseconds = epochMilliseconds
        spec = ChainSpec(
            name: "simulation", chainID: 20817, genesisTimeMilliseconds: start, parameters: parameters, validators: set, encryptionNodes: [],
            allocations: accounts.map { Allocation(address: $0.address, balance: QST.one * 1000) })
        genesis = try Genesis.build(spec).block.id
        self.validators = keys.map { Validator(key: $0, name: PeerName.of(nodeKey: $0.publicKey), store: MemoryStore()) }
        for index in self.validators.indices { try boot(index) }
        connectAll()
        queue.add(at: now + 100, .submit)
        if faults.crashIntervalMilliseconds > 0 { queue.add(at: now + faults.crashIntervalMilliseconds, .crash) }
    }

    /// Runs until every validator has finalised `height`, or simulated time is over.
    public mutating func run(untilHeight height: UInt64, withinMilliseconds limit: UInt64) throws {
        while now - start < limit {
            if healed, validators.allSatisfy({ ($0.replica?.head.block.number ?? 0) >= height }) { return }
            guard let next = queue.pop() else { break }
            now = max(now, next.time)
            try happen(next.what)
        }
        throw ClusterFailure.stalled(
            seed: seed, heights: validators.map { $0.replica?.head.block.number }, view: validators.map { $0.replica?.view })
    }

    var healed: Bool { now - start >= faults.healAtMilliseconds && validators.allSatisfy { $0.replica != nil } }
    private var healing: Bool { now - start >= faults.healAtMilliseconds }

    private mutating func happen(_ what: Happening) throws {
        switch what {
        case .event(let event, let index, let life):
            guard validators[index].life == life, validators[index].replica != nil else { return }
            try deliver(event, to: index)
        case .crash: crashSome()
        case .restart(let index):
            try boot(index)
            for other in validators.indices where other != index && validators[other].replica != nil { connect(index, other) }
        case .submit:
            try submit()
            queue.add(at: now + UInt64.random(in: 50...400, using: &random), .submit)
        }
    }
}

// MARK: - Carrying out

extension Cluster {
    private mutating func deliver(_ event: ReplicaEvent, to index: Int) throws {
        guard let effects = validators[index].replica?.handle(event, now: now) else { return }
        // A crash may come between any two effects.
        let dies = !healing && faults.crashIntervalMilliseconds > 0 && random.happens(perMille: 1)
        let done = dies ? Int.random(in: 0...effects.count, using: &random) : effects.count
        for effect in effects.prefix(done) { try carryOut(effect, of: index) }
        if dies { crash(index) }
    }

    private mutating func carryOut(_ effect: ReplicaEffect, of index: Int) throws {
        switch effect {
        case .send(let message, let peer):
            if let receiver = validators.firstIndex(where: { $0.name == peer }) { send(message, from: index, to: receiver) }
        case .broadcast(let message, let audience):
            guard audience != .followers else { return }
            if case .proposal(let proposal) = message, proposal.isRepeated { log.repeatedProposals += 1 }
            for receiver in validators.indices where receiver != index { send(message, from: index, to: receiver) }
        case .check(let check, let set): queue.add(at: now + 1, .event(.checked(result(of: check, set)), to: index, life: validators[index].life))
        case .sign(let ballot, let position):
            let vote = try sign(ballot, by: index, as: position)
            queue.add(at: now + 1, .event(.signed(vote), to: index, life: validators[index].life))
        case .commit(let batch, let durable): try validators[index].store.commit(batch, durable: durable)
        case .setTimer(let timer, let deadline):
            queue.add(at: max(deadline, now + 1), .event(.timer(timer), to: index, life: validators[index].life))
        case .finalized(let block): try log.finalized(block, by: index, seed: seed)
        case .evidence(let evidence): log.evidence.append(evidence)
        case .misbehaved(_, let what): log.complaints.append("validator \(index): \(what)")
        case .admitted(let account, let result):
            log.admitted(result)
            accounts[Int(account)].learn(from: result)
        case .epochStarted(let epoch): log.entered(epoch.number)
        case .waiting, .viewEntered, .missedProposal, .upgradeNeeded: break
        }
    }

    private func sign(_ ballot: Ballot, by index: Int, as position: Int) throws -> Vote {
        let signature = try validators[index].key.sign(ballot.signingPayload(genesis: genesis), context: Ballot.signingContext)
        return Vote(ballot: ballot, validator: position, signature: signature)
    }

    private mutating func send(_ message: WireMessage, from sender: Int, to receiver: Int) {
        if case .vote(let vote) = message { log.sent(vote, by: sender) }
        guard validators[receiver].replica != nil else { return }
        // The bytes cross the wire, so that every encoding is exercised.
        guard let decoded = try? WireMessage(rlp: message.rlp) else { return log.complaints.append("undecodable \(message)") }
        let faulty = !healing
        if faulty, random.happens(perMille: faults.lossPerMille) { return }
        let copies = faulty && random.happens(perMille: faults.duplicationPerMille) ? 2 : 1
        for _ in 0..<copies {
            let long = faulty && random.happens(perMille: faults.delayPerMille)
            let delay = UInt64.random(in: 1...(long ? faults.longDelayMilliseconds : 20), using: &random)
            queue.add(
                at: now + delay,
                .event(.message(decoded, from: validators[sender].name), to: receiver, life: validators[receiver].life))
        }
    }

    private mutating func result(of check: Check, _ set: ValidatorSet) -> CheckResult {
        guard case .vote(let vote, let peer) = check else { return check.run(genesis: genesis, validators: set) }
        let key = Keccak256.hash(vote.rlp)
        if case .vote(_, let holds, _)? = verified[key] { return .vote(vote, holds: holds, from: peer) }
        let result = check.run(genesis: genesis, validators: set)
        verified[key] = result
        return result
    }

    private mutating func submit() throws {
        let sender = Int.random(in: accounts.indices, using: &random)
        let recipient = Int.random(in: accounts.indices, using: &random)
        let alive = validators.indices.filter { validators[$0].replica != nil }
        guard let target = alive.randomElement(using: &random), accounts[sender].nonce < 40 else { return }
        let transaction = try accounts[sender].transfer(
            to: accounts[recipient].address, wei: QST.gwei, chainID: spec.chainID, genesis: genesis)
        log.submitted.insert(transaction.hash)
        try deliver(.submit(transaction, ticket: UInt64(sender)), to: target)
    }
}

// MARK: - Crashes

extension Cluster {
    private mutating func boot(_ index: Int) throws {
        do {
            let key = validators[index].key.publicKey
            let identity = ValidatorIdentity(consensusKey: key, numbers: RandomNumbers(seed: Keccak256.hash(key).bytes))
            validators[index].replica = try Replica(.init(spec: spec, validator: identity), store: validators[index].store)
        } catch { throw ClusterFailure.doesNotRestart(seed: seed, validator: index, "\(error)") }
        validators[index].life += 1
        try deliver(.start, to: index)
    }

    private mutating func connectAll() {
        for a in validators.indices { for b in validators.indices where a < b { connect(a, b) } }
    }

    private mutating func connect(_ a: Int, _ b: Int) {
        queue.add(at: now + 1, .event(.connected(validators[b].name), to: a, life: validators[a].life))
        queue.add(at: now + 1, .event(.connected(validators[a].name), to: b, life: validators[b].life))
    }

    private mutating func crashSome() {
        guard !healing else { return }
        queue.add(at: now + UInt64.random(in: 1...2 * faults.crashIntervalMilliseconds, using: &random), .crash)
        let alive = validators.indices.filter { validators[$0].replica != nil }
        if let victim = alive.randomElement(using: &random) { crash(victim) }
    }

    private mutating func crash(_ index: Int) {
        let store = validators[index].store
        validators[index].store = store.crash(keeping: Int.random(in: 0...store.unsyncedCount, using: &random))
        validators[index].replica = nil
        validators[index].life += 1
        log.crashes += 1
        for other in validators.indices where other != index && validators[other].replica != nil {
            queue.add(at: now + 1, .event(.disconnected(validators[index].name), to: other, life: validators[other].life))
        }
        queue.add(at: now + UInt64.random(in: faults.downMilliseconds, using: &random), .restart(index))
    }
}

import ChainTypes
import Cryptography
import Execution
import Primitives
import Replica
import StoreAPI
import SystemContracts
import WorldState

/// Validators of the shipped `Replica` over an in-memory network and stores, driven by one seed.
///
/// Signatures are real; a verification that one validator has done is remembered for the others, since
/// it is a function of its bytes. Nothing else is shared.
public struct Cluster {
    /// For votes and for sessions.
    typealias KeyPair = (key: MLDSAPrivateKey, nodeKey: MLDSAPrivateKey)

    struct Validator {
        let key: MLDSAPrivateKey
        let name: Hash
        var store: MemoryStore
        var replica: Replica?
        /// Counts restarts: timers and answers of an earlier life are dropped.
        var life = 0
        /// Names of those that vote in the epoch that it is in.
        var voters: Set<Hash> = []
        /// Its own place among the validators, by epoch.
        var positions: [UInt64: Int] = [:]
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
    private static let start: UInt64 = 1_700_000_000_000
    public private(set) var now: UInt64 = start
    var verified: [Hash: CheckResult] = [:]
    public internal(set) var log = ClusterLog()

    /// Of encryption nodes, in the order of the chain's list.
    var encryptionKeys: [MLDSAPrivateKey] = []
    /// The economy's script and checks; nil where only transfers are sent.
    private var script: StakingScript?
    private var audit: EconomyAudit?

    /// A chain whose validators stay, with accounts that send each other transfers.
    public init(seed: UInt64, validators count: Int, accounts accountCount: Int = 3, epochMilliseconds: UInt64 = 3000, faults: Faults) throws {
        let accounts = try (0..<accountCount).map { try SimulatedAccount($0) }
        let keys = try Self.keys(count)
        let operators = keys.map { Address(firstCommitment: $0.key.commitment) }
        var parameters = ChainParameters()
        parameters.epochMilliseconds = epochMilliseconds
        let spec = ChainSpec(
            name: "simulation", chainID: 20817, genesisTimeMilliseconds: Self.start, parameters: parameters,
            validators: try Self.members(keys, operators, power: 200_000), encryptionNodes: [],
            allocations: accounts.map { Allocation(address: $0.address, balance: QST.one * 1000) })
        try self.init(seed: seed, spec: spec, accounts: accounts, keys: keys, faults: faults)
    }

    /// A chain whose validators change: `joining` more come, one leaves, one is suspended and returns; accounts delegate.
    public init(seed: UInt64, founders: Int, joining: Int, delegators: Int = 4, epochMilliseconds: UInt64 = 2000, faults: Faults) throws {
        let accounts = try (0..<delegators + founders + joining).map { try SimulatedAccount($0) }
        let keys = try Self.keys(founders + joining)
        let operators = accounts[delegators...].map(\.address)
        var parameters = ChainParameters()
        parameters.epochMilliseconds = epochMilliseconds
        var economy = EconomySpec(
            operationsAccount: accounts[0].address,
            vesting: [VestingAllocation(beneficiary: accounts[1].address, amount: QST.one * 1000, lockMilliseconds: 1000, vestingMilliseconds: 60_000)])
        economy.parameters[.rewardPeriodMilliseconds] = UInt256(5000)
        economy.parameters[.unbondingMilliseconds] = UInt256(8000)
        economy.parameters[.minimumSelfStake] = StakingScript.minimum
        economy.parameters[.challengeMilliseconds] = UInt256(3000)
        economy.parameters[.jailMilliseconds] = UInt256(4000)
        let encryptionKeys = try Self.keys(joining + founders + 2).suffix(2).map(\.nodeKey)
        let spec = ChainSpec(
            name: "simulation", chainID: 20817, genesisTimeMilliseconds: Self.start, parameters: parameters,
            validators: try Self.members(Array(keys.prefix(founders)), operators, power: 250_000),
            encryptionNodes: encryptionKeys.enumerated().map { index, key in
                EncryptionNode(
                    address: accounts[index].address, nodeClass: index == 0 ? .operator : .community, nodeKey: key.publicKey, endpoint: "",
                    capacityGiB: 1, moniker: "node-\(index + 1)")
            },
            allocations: accounts.map { Allocation(address: $0.address, balance: QST.one * UInt256(1_000_000)) }, economy: economy)
        try self.init(seed: seed, spec: spec, accounts: accounts, keys: keys, faults: faults)
        script = StakingScript(
            users: accounts.prefix(delegators).map(\.address), founders: founders, operators: operators,
            keys: keys, genesis: genesis)
        self.encryptionKeys = encryptionKeys
        audit = EconomyAudit(spec, validators: keys.count)
    }

    private init(
        seed: UInt64, spec: ChainSpec, accounts: [SimulatedAccount], keys: [KeyPair], faults: Faults
    ) throws {
        (self.seed, self.spec, self.accounts, self.faults) = (seed, spec, accounts, faults)
        random = SeededGenerator(state: seed)
        genesis = try Genesis.build(spec).block.id
        self.validators = keys.map { Validator(key: $0.key, name: PeerName.of(nodeKey: $0.nodeKey.publicKey), store: MemoryStore()) }
        for index in self.validators.indices { try boot(index) }
        connectAll()
        queue.add(at: now + 100, .submit)
        if faults.crashIntervalMilliseconds > 0 { queue.add(at: now + faults.crashIntervalMilliseconds, .crash) }
    }

    private static func keys(_ count: Int) throws -> [KeyPair] {
        func key(_ name: String) throws -> MLDSAPrivateKey {
            try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash(Array(name.utf8)).bytes)
        }
        return try (0..<count).map { (try key("simulated validator \($0)"), try key("simulated node \($0)")) }
    }

    private static func members(_ keys: [KeyPair], _ operators: [Address], power: UInt64) throws -> ValidatorSet {
        let members = zip(keys, operators).enumerated().map { index, pair in
            ChainTypes.Validator(
                address: pair.1, power: power, consensusKey: pair.0.key.publicKey, nodeKey: pair.0.nodeKey.publicKey, endpoint: "",
                moniker: "validator-\(index + 1)")
        }
        guard let set = ValidatorSet(members) else { throw ClusterFailure.invalidSize(keys.count) }
        return set
    }

    /// Runs until every validator has finalised `height`, or simulated time is over.
    public mutating func run(untilHeight height: UInt64, withinMilliseconds limit: UInt64) throws {
        while now - Self.start < limit {
            if healed, isDone, validators.allSatisfy({ ($0.replica?.head.block.number ?? 0) >= height }) { return }
            guard let next = queue.pop() else { break }
            now = max(now, next.time)
            try happen(next.what)
        }
        throw ClusterFailure.stalled(
            seed: seed, heights: validators.map { $0.replica?.head.block.number }, view: validators.map { $0.replica?.view })
    }

    /// Whether everything that the script wants has happened.
    private var isDone: Bool {
        guard let script else { return true }
        let back = script.operators[StakingScript.suspended]
        return script.operators[script.founders...].allSatisfy(log.joined) && log.left(script.operators[StakingScript.leaver])
            && log.left(back) && log.joined(back)
    }

    var healed: Bool { now - Self.start >= faults.healAtMilliseconds && validators.allSatisfy { $0.replica != nil } }
    private var healing: Bool { now - Self.start >= faults.healAtMilliseconds }

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
            askForChallenges()
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
            if case .challenges(let open) = message { try answer(open, as: peer) }
        case .broadcast(let message, let audience):
            if case .proposal(let proposal) = message, proposal.isRepeated { log.repeatedProposals += 1 }
            for receiver in validators.indices where receiver != index {
                let votes = validators[index].voters.contains(validators[receiver].name)
                if audience == .everyone || votes == (audience == .validators) { send(message, from: index, to: receiver) }
            }
        case .check(let check, let set): queue.add(at: now + 1, .event(.checked(result(of: check, set)), to: index, life: validators[index].life))
        case .sign(let ballot, let position):
            let vote = try sign(ballot, by: index, as: position)
            queue.add(at: now + 1, .event(.signed(vote), to: index, life: validators[index].life))
        case .commit(let batch, let durable): try validators[index].store.commit(batch, durable: durable)
        case .setTimer(let timer, let deadline):
            queue.add(at: max(deadline, now + 1), .event(.timer(timer), to: index, life: validators[index].life))
        case .finalized(let block): try finalized(block, by: index)
        case .evidence(let evidence): log.evidence.append(evidence)
        case .misbehaved(_, let what): log.complaints.append("validator \(index): \(what)")
        case .admitted(let account, let result):
            log.admitted(result)
            accounts[Int(account)].learn(from: result)
        case .epochStarted(let epoch):
            validators[index].voters = Set(epoch.validators.validators.map { PeerName.of(nodeKey: $0.nodeKey) })
            validators[index].positions[epoch.number] = epoch.validators.validators.firstIndex { $0.consensusKey == validators[index].key.publicKey }
            log.entered(epoch)
        // One of them, to see that no state stops it.
        case .rehearse(let rehearsal): if index == 0 { rehearsal.run() }
        case .halted(let reason): throw ClusterFailure.halted(seed: seed, validator: index, reason)
        case .waiting, .viewEntered, .missedProposal, .upgradeNeeded: break
        }
    }

    private mutating func finalized(_ block: ExecutedBlock, by index: Int) throws {
        try log.finalized(block, by: index, seed: seed)
        guard let faults = try audit?.faults(after: block, of: index, store: validators[index].store), let audit else { return }
        guard faults.isEmpty else {
            throw ClusterFailure.economy(seed: seed, height: block.block.number, validator: index, faults)
        }
        (log.economyChecks, log.delegations) = (audit.checks, audit.delegations)
        (log.stakingCalls, log.refusedCalls) = (audit.succeeded, audit.refused)
    }

    private func sign(_ ballot: Ballot, by index: Int, as position: Int) throws -> Vote {
        let signature = try validators[index].key.sign(ballot.signingPayload(genesis: genesis), context: Ballot.signingContext)
        return Vote(ballot: ballot, validator: position, signature: signature)
    }

    /// Lets a validator's key vote for two blocks in a view to come, as a second machine with the key would; the others hear it.
    /// - Parameter stranger: whether the second machine has a name of its own.
    public mutating func voteTwice(_ index: Int, asStranger stranger: Bool = false) throws {
        guard let replica = validators[index].replica, let view = replica.view, let position = replica.validatorIndex else { return }
        for mark in 1...2 as ClosedRange<UInt64> {
            let ballot = Ballot(epoch: replica.epoch.number, view: view + 2, kind: .notarize, block: Hash(UInt256(mark)))
            let message = WireMessage.vote(try sign(ballot, by: index, as: position))
            for receiver in validators.indices where receiver != index {
                let name = stranger && mark == 2 ? Keccak256.hash(validators[index].name.bytes) : validators[index].name
                let event = ReplicaEvent.message(message, from: name)
                // The first has its signature checked before the second comes.
                queue.add(at: now + 5 * mark, .event(event, to: receiver, life: validators[receiver].life))
            }
        }
    }

    /// The operator of a validator.
    public func address(_ index: Int) -> Address { spec.validators.validators[index].address }

    private mutating func send(_ message: WireMessage, from sender: Int, to receiver: Int) {
        if case .vote(let vote) = message { log.sent(vote, by: sender, at: validators[sender].positions[vote.ballot.epoch]) }
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
        let alive = validators.indices.filter { validators[$0].replica != nil }
        guard let target = alive.randomElement(using: &random) else { return }
        guard let transaction = try script == nil ? transfer() : stakingCall(target) else { return }
        log.submitted.insert(transaction.1.hash)
        try deliver(.submit(transaction.1, ticket: UInt64(transaction.0)), to: target)
    }

    /// With the account that sends it.
    private mutating func transfer() throws -> (Int, SignedTransaction)? {
        let sender = Int.random(in: accounts.indices, using: &random)
        let recipient = Int.random(in: accounts.indices, using: &random)
        guard accounts[sender].nonce < 40 else { return nil }
        return (sender, try accounts[sender].transaction(
            to: accounts[recipient].address, wei: QST.gwei, chainID: spec.chainID, genesis: genesis))
    }

    private mutating func stakingCall(_ target: Int) throws -> (Int, SignedTransaction)? {
        guard let script, let state = validators[target].replica?.headState else { return nil }
        let wanted: WantedCall
        if random.happens(perMille: 200), let call = try script.operatorCall(at: now - Self.start, members: log.present, state) {
            wanted = call
        } else {
            wanted = try script.delegatorCall(state, &random)
        }
        return (wanted.sender, try accounts[wanted.sender].transaction(
            to: wanted.contract, wei: wanted.wei, gas: wanted.gas, data: wanted.data, chainID: spec.chainID, genesis: genesis))
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

import ChainTypes
import Cryptography
import Execution
import Primitives
import Replica
import Signer
import StoreAPI
import SystemContracts
import WorldState

/// Validators of the shipped `Replica` over an in-memory network and stores, driven by one seed.
///
/// Some validators may be an adversary's. A judge looks at all that the others do. Signatures are real; a verification that one
/// validator has done is remembered for the others, since it is a function of its bytes. Nothing else is shared.
public struct Cluster {
    /// For votes and for sessions.
    typealias KeyPair = (key: SimulatedKey, nodeKey: SimulatedKey)

    struct Validator {
        let key: SimulatedKey
        let name: Hash
        var store: MemoryStore
        var replica: Replica?
        /// What it has signed: a file of its own, which outlives the store.
        var memory = SlashingGuard()
        /// What others may have heard of it: it must remember that by itself.
        var said = SlashingGuard()
        var clock = Clock()
        /// Its disk at an earlier moment, for one that forgets.
        var oldDisk: MemoryStore?
        var hasForgotten = false
        /// Counts restarts: timers and answers of an earlier life are dropped.
        var life = 0
        /// Names of those that vote in the epoch that it is in.
        var voters: Set<Hash> = []
        /// Its own place among the validators, by epoch.
        var positions: [UInt64: Int] = [:]
    }

    /// What a validator takes for the time. It never goes back: after a jump ahead it stands until the true time has come.
    struct Clock {
        var offset: UInt64 = 0
        private var floor: UInt64 = 0

        func reads(_ now: UInt64) -> UInt64 { max(floor, now + offset) }
        mutating func jump(ahead milliseconds: UInt64, at now: UInt64) { floor = reads(now) + milliseconds }
    }

    enum Happening {
        case event(ReplicaEvent, to: Int, life: Int)
        /// A message whose sender the receiver may hold to account for what cannot be decoded.
        case frame([UInt8], from: Int?, name: Hash, to: Int, life: Int)
        case crash
        case restart(Int)
        case partition
        case clockJump
        case diskSnapshot
        case adversary
        case submit
    }

    struct Scheduled {
        let time: UInt64
        let order: UInt64
        let what: Happening
    }

    /// How a cluster is made.
    struct Setting {
        var spec: ChainSpec
        var accounts: [SimulatedAccount]
        var keys: [KeyPair]
        var faults: Faults
        /// Places of the validators that are the adversary's.
        var villains: Set<Int> = []
        var adversary: (any Adversary)?
        /// The slower half of what an honest link takes, in milliseconds.
        var linkMilliseconds: ClosedRange<UInt64> = 1...20
        /// Whether nothing honest gets lost or late, so that every honest leader must get its turns.
        var isPunctual = false
    }

    public let seed: UInt64
    let faults: Faults
    let spec: ChainSpec
    let genesis: Hash
    let villains: Set<Int>
    let guests: [Hash]
    let linkMilliseconds: ClosedRange<UInt64>
    let isPunctual: Bool
    var adversary: (any Adversary)?
    var random: SeededGenerator
    var validators: [Validator] = []
    var accounts: [SimulatedAccount] = []
    var queue = EventQueue()
    var partition: Partition?
    var judge: Judge
    static let start: UInt64 = 1_700_000_000_000
    public internal(set) var now: UInt64 = start
    var verified: [Hash: CheckResult] = [:]
    /// Who has sent a block as its own, honest ones only.
    var senders: [Hash: Int] = [:]
    public internal(set) var log = ClusterLog()
    /// Where the chain stood when the network healed.
    var healedAt: (height: UInt64, view: UInt64, time: UInt64)?

    /// Of encryption nodes, in the order of the chain's list.
    var encryptionKeys: [SimulatedKey] = []
    /// The economy's script and checks; nil where only transfers are sent.
    var script: StakingScript?
    var audit: EconomyAudit?

    init(seed: UInt64, _ setting: Setting) throws {
        self.seed = seed
        spec = setting.spec
        accounts = setting.accounts
        faults = setting.faults
        villains = setting.villains
        adversary = setting.adversary
        linkMilliseconds = setting.linkMilliseconds
        isPunctual = setting.isPunctual
        random = SeededGenerator(state: seed)
        genesis = try Genesis.build(setting.spec).block.id
        guests = (0..<(setting.adversary?.guests ?? 0)).map { Keccak256.hash(Array("guest \($0)".utf8)) }
        validators = setting.keys.map { Validator(key: $0.key, name: PeerName.of(nodeKey: $0.nodeKey.publicKey), store: MemoryStore()) }
        judge = Judge(
            genesis: genesis, honest: Set(validators.indices).subtracting(setting.villains), names: validators.map(\.name),
            keys: setting.keys.map(\.key.publicKey))
        for index in validators.indices { validators[index].clock.offset = UInt64.random(in: 0...2 * faults.clockSkewMilliseconds, using: &random) }
        for index in validators.indices { try boot(index) }
        connectAll()
        schedule()
    }

    private mutating func schedule() {
        queue.add(at: now + 100, .submit)
        if adversary != nil { queue.add(at: now + 10, .adversary) }
        if faults.crashIntervalMilliseconds > 0 { queue.add(at: now + faults.crashIntervalMilliseconds, .crash) }
        if faults.partitionIntervalMilliseconds > 0 { queue.add(at: now + faults.partitionIntervalMilliseconds, .partition) }
        if faults.clockSkewMilliseconds > 0 { queue.add(at: now + 3000, .clockJump) }
        if faults.forgetfulPerMille > 0 { queue.add(at: now + 1500, .diskSnapshot) }
    }

    var honest: [Int] { validators.indices.filter { !villains.contains($0) } }

    /// The operator of a validator.
    public func address(_ index: Int) -> Address { spec.validators.validators[index].address }

    /// Runs until every honest validator has finalised `height`, or simulated time is over.
    public mutating func run(untilHeight height: UInt64, withinMilliseconds limit: UInt64) throws {
        while now - Self.start < limit {
            if healed, isDone, honest.allSatisfy({ (validators[$0].replica?.head.block.number ?? 0) >= height }) { return }
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
            && log.left(back) && log.joined(back) && log.proposers.contains(script.operators.count)
    }

    var healing: Bool { now - Self.start >= faults.healAtMilliseconds }
    var healed: Bool { healing && validators.allSatisfy { $0.replica != nil } }

    private mutating func happen(_ what: Happening) throws {
        switch what {
        case .event(let event, let index, let life):
            guard validators[index].life == life, validators[index].replica != nil else { return }
            try deliver(event, to: index)
        case .frame(let bytes, let sender, let name, let index, let life):
            guard validators[index].life == life, validators[index].replica != nil else { return }
            try arrive(bytes, from: sender, name, at: index)
        case .crash: crashSome()
        case .restart(let index):
            try boot(index)
            for other in validators.indices where other != index && validators[other].replica != nil { connect(index, other) }
        case .partition: cut()
        case .clockJump: jumpClock()
        case .diskSnapshot: keepOldDisks()
        case .adversary:
            try letAdversaryAct()
            queue.add(at: now + 10, .adversary)
        case .submit:
            try submit()
            askForChallenges()
            queue.add(at: now + UInt64.random(in: 50...400, using: &random), .submit)
        }
    }
}

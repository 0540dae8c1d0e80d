import ChainTypes
import Consensus
import Cryptography
import Execution
import Mempool
import Primitives
import Replica
import StoreAPI

/// One shipped replica with a simulated clock; the test is all others, whose keys it has.
struct LoneReplica {
    static let start: UInt64 = 1_700_000_000_000
    static let gasLimit: UInt64 = 30_000_000

    private let keys: [MLDSAPrivateKey]
    private let spec: ChainSpec
    private let store = MemoryStore()
    private(set) var replica: Replica
    private(set) var now = start
    private var timers: [(timer: ReplicaTimer, at: UInt64)] = []
    private var events: [ReplicaEvent] = []
    /// While they are held, nothing is verified.
    var holdsChecks = false
    private(set) var held: [Check] = []
    private(set) var sent: [WireMessage] = []
    private(set) var final: [Block] = []
    /// Peers' transactions for which they get back what they have cost.
    private(set) var useful: [Hash] = []
    private(set) var complaints: [String] = []
    private(set) var answers: [UInt64: Result<Hash, AdmissionError>] = [:]
    private(set) var leader = 0

    /// - Parameters:
    ///   - validators: the replica is the first of them, or none.
    ///   - payers: rich accounts.
    ///   - genesis: changes what the chain begins with.
    init(
        validators: Int = 1, votes: Bool = true, payers: Int, timer: UInt64 = 2000,
        configure: (inout Replica.Configuration) -> Void = { _ in }, genesis: (inout ChainSpec) -> Void = { _ in }
    ) throws {
        keys = try (0..<validators).map {
            try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash(Array("member \($0)".utf8)).bytes)
        }
        let members = keys.enumerated().map { index, key in
            Validator(
                address: Address(low: UInt32(index + 1)), power: 200_000, consensusKey: key.publicKey,
                nodeKey: key.publicKey, endpoint: "",
                moniker: "")
        }
        guard let set = ValidatorSet(members) else { throw SetUpError() }
        var parameters = ChainParameters()
        parameters.viewTimeoutMilliseconds = timer
        parameters.epochMilliseconds = 100_000_000
        var spec = ChainSpec(
            name: "lone", chainID: Crowd.chainID, genesisTimeMilliseconds: Self.start, parameters: parameters,
            validators: set,
            encryptionNodes: [],
            allocations: try (0..<payers).map {
                Allocation(address: try Payer(number: $0).address, balance: QST.one * 10)
            })
        genesis(&spec)
        self.spec = spec
        let key = keys[0].publicKey
        let identity = ValidatorIdentity(consensusKey: key, numbers: RandomNumbers(seed: Keccak256.hash(key).bytes))
        var configuration = Replica.Configuration(spec: spec, validator: votes ? identity : nil)
        configure(&configuration)
        replica = try Replica(configuration, store: store)
        try handle(.start)
    }

    struct SetUpError: Error {}

    func name(_ validator: Int) -> Hash { PeerName.of(nodeKey: keys[validator].publicKey) }

    mutating func handle(_ event: ReplicaEvent) throws {
        events.append(event)
        while !events.isEmpty {
            for effect in replica.handle(events.removeFirst(), now: now) { try carryOut(effect) }
        }
    }

    private mutating func carryOut(_ effect: ReplicaEffect) throws {
        switch effect {
        case .commit(let batch, let durable): try store.commit(batch, durable: durable)
        case .check(let check, let set):
            if holdsChecks {
                held.append(check)
            } else {
                events.append(.checked(check.run(genesis: replica.genesis, validators: set)))
            }
        case .sign(let ballot, let index): events.append(.signed(try sign(ballot, by: index)))
        case .setTimer(let timer, let at): timers.append((timer, at))
        case .send(let message, _), .broadcast(let message, _): sent.append(message)
        case .useful(let transaction, _): useful.append(transaction.hash)
        case .admitted(let ticket, let result): answers[ticket] = result
        case .finalized(let block): final.append(block.block)
        case .misbehaved(_, let what): complaints.append(what)
        case .viewEntered(_, let leader): self.leader = leader
        default: break
        }
    }

    private func sign(_ ballot: Ballot, by validator: Int) throws -> Vote {
        let signature = try keys[validator].sign(
            ballot.signingPayload(genesis: replica.genesis), context: Ballot.signingContext)
        return Vote(ballot: ballot, validator: validator, signature: signature)
    }

    /// Lets time pass; timers go off in order.
    mutating func wait(_ milliseconds: UInt64, until isDone: (LoneReplica) -> Bool = { _ in false }) throws {
        let end = now + milliseconds
        while !isDone(self), let next = timers.indices.min(by: { timers[$0].at < timers[$1].at }),
            timers[next].at <= end
        {
            let timer = timers.remove(at: next)
            now = max(now, timer.at)
            try handle(.timer(timer.timer))
        }
        if !isDone(self) { now = end }
    }

    mutating func submit(_ transaction: SignedTransaction, ticket: UInt64 = 0) throws {
        try handle(.submit(transaction, ticket: ticket))
    }

    mutating func receive(_ transactions: [SignedTransaction], from peer: Hash) throws {
        try handle(.message(.transactions(transactions), from: peer))
    }

    mutating func forgetSent() { sent = [] }

    /// The other validators give up the view.
    mutating func nullify() throws {
        guard let view = replica.view else { return }
        for other in 1..<keys.count {
            let vote = try sign(Ballot(epoch: 0, view: view, kind: .nullify, block: .zero), by: other)
            try handle(.message(.vote(vote), from: name(other)))
        }
    }

    /// Waits for the replica's next turn, in which nobody else proposes anything; returns what it proposes.
    mutating func nextProposal() throws -> [Hash] {
        forgetSent()
        for _ in 0..<100 {
            if leader == 0 {
                try wait(1500) { $0.proposed != nil }
                if let proposed { return proposed }
            }
            try nullify()
        }
        throw SetUpError()
    }

    private var proposed: [Hash]? {
        for case .proposal(let proposal) in sent { return proposal.transactionHashes }
        return nil
    }

    /// Messages with transactions, each with its length on the wire.
    var batches: [(transactions: [Hash], length: Int)] {
        sent.compactMap { message in
            guard case .transactions(let transactions) = message else { return nil }
            return (transactions.map(\.hash), message.rlp.count)
        }
    }
}

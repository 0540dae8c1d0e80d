import ChainTypes
import Consensus
import Cryptography
import Mempool
import Primitives
import Replica
import StoreAPI

/// Looks at everything that honest validators say, sign and promise, and at nothing that they think. It has its own idea of the
/// rules, written plainly and sharing no code with what it judges.
struct Judge {
    /// What a vote says, and of whom.
    private struct Statement: Hashable {
        let ballot: Ballot
        let validator: Int
    }

    let genesis: Hash
    /// Names of honest validators as peers.
    private var honestNames: Set<Hash>
    private var honestKeys: Set<[UInt8]>
    /// Validator sets by epoch.
    private var sets: [UInt64: ValidatorSet] = [:]
    /// Who has signed a ballot, in all lives; those of adversaries as well.
    private var voters: [Ballot: Set<Int>] = [:]
    /// Transactions whose signatures each validator has had verified.
    private var verified: [Set<Hash>]
    private var sound: Set<Statement> = []
    private var soundCertificates: Set<Hash> = []
    private var signedTransactions: Set<Hash> = []
    /// Views of the blocks that anyone has made final.
    private var finalViews: [Hash: UInt64]
    /// Blocks that a quorum has voted to finalize.
    private var decided: Set<Hash>
    /// Blocks that honest validators have voted for again in later views than their own, with their epochs.
    private var repeated: [Hash: UInt64] = [:]
    /// Of the highest block that is final anywhere.
    private var height: UInt64 = 0
    /// What each validator has told of, height by height.
    private var reported: [[UInt64: Hash]]

    init(genesis: Hash, honest: Set<Int>, names: [Hash], keys: [[UInt8]]) {
        self.genesis = genesis
        finalViews = [genesis: 0]
        decided = [genesis]
        honestNames = Set(honest.map { names[$0] })
        honestKeys = Set(honest.map { keys[$0] })
        verified = Array(repeating: [], count: names.count)
        reported = Array(repeating: [:], count: names.count)
    }

    /// A validator whose key somebody else has too is not honest any more.
    mutating func disown(_ name: Hash, _ key: [UInt8]) {
        honestNames.remove(name)
        honestKeys.remove(key)
    }

    mutating func entered(_ state: EpochState) { sets[state.number] = state.validators }

    mutating func hasVerified(_ transaction: Hash, by validator: Int) { verified[validator].insert(transaction) }

    // MARK: Votes

    /// Takes note of a vote that an adversary's key has signed.
    mutating func signed(_ vote: Vote) { count(vote.ballot, by: vote.validator) }

    private mutating func count(_ ballot: Ballot, by position: Int) {
        voters[ballot, default: []].insert(position)
        if ballot.kind == .finalize, hasQuorum(ballot) { decided.insert(ballot.block) }
    }

    /// An honest validator asks for a signature.
    /// - Parameter store: its disk as a power cut would leave it.
    mutating func signs(_ ballot: Ballot, as position: Int, by validator: Int, disk store: MemoryStore) throws(Fault) {
        count(ballot, by: position)
        guard ballot.kind == .notarize else { return }
        guard let block = try? ChainStore(store).block(id: ballot.block) else { throw Fault("votes for a block that is not on its disk") }
        for transaction in block.transactions where !verified[validator].contains(transaction.hash) {
            throw Fault("votes for a block with transaction \(transaction.hash), which it has not verified")
        }
        if ballot.view > block.envelope.view { repeated[block.id] = ballot.epoch }
        try stands(block, ballot)
    }

    /// Each view between a block and what it stands on must have been given up by a quorum.
    private func stands(_ block: Block, _ ballot: Ballot) throws(Fault) {
        let isRepeated = ballot.view > block.envelope.view
        let base = isRepeated ? block.id : block.envelope.parent
        var view = ballot.view
        while view > 0 {
            view -= 1
            if hasQuorum(Ballot(epoch: ballot.epoch, view: view, kind: .notarize, block: base)) { return }
            // The newest final block may be of an earlier epoch, or the genesis block.
            if finalViews[base] == view { return }
            guard hasQuorum(Ballot(epoch: ballot.epoch, view: view, kind: .nullify, block: .zero)) else {
                throw Fault("votes in view \(ballot.view) for a block that passes over view \(view), which no quorum has given up")
            }
        }
    }

    private func hasQuorum(_ ballot: Ballot) -> Bool {
        guard let set = sets[ballot.epoch], let voters = voters[ballot] else { return false }
        return isQuorum(voters, of: set)
    }

    /// More than two thirds of the power, in numbers that cannot overflow or round.
    private func isQuorum(_ voters: Set<Int>, of set: ValidatorSet) -> Bool {
        var (power, total) = (UInt256.zero, UInt256.zero)
        for (index, validator) in set.validators.enumerated() {
            total = total + UInt256(validator.power)
            if voters.contains(index) { power = power + UInt256(validator.power) }
        }
        return power + power + power > total + total
    }

    // MARK: What is said and reported

    /// Every certificate that an honest validator passes on or keeps holds when each of its votes is looked at by itself.
    mutating func says(_ certificate: Certificate) throws(Fault) {
        let key = Keccak256.hash(certificate.rlp)
        guard !soundCertificates.contains(key) else { return }
        guard let set = sets[certificate.ballot.epoch] else { throw Fault("has a certificate of an epoch that nobody has entered") }
        var members: Set<Int> = []
        for vote in certificate.votes {
            guard members.insert(vote.validator).inserted else { throw Fault("has a certificate that names a validator twice") }
            guard set.validators.indices.contains(vote.validator), isSound(vote, set) else {
                throw Fault("has a certificate with a vote that nobody cast")
            }
        }
        guard isQuorum(members, of: set) else { throw Fault("has a certificate without a quorum") }
        soundCertificates.insert(key)
    }

    private mutating func isSound(_ vote: Vote, _ set: ValidatorSet) -> Bool {
        let statement = Statement(ballot: vote.ballot, validator: vote.validator)
        if sound.contains(statement) { return true }
        let holds = MLDSA.verify(
            suite: .mldsa65, publicKey: set.validators[vote.validator].consensusKey, message: vote.ballot.signingPayload(genesis: genesis),
            context: Ballot.signingContext, signature: vote.signature)
        if holds { sound.insert(statement) }
        return holds
    }

    /// An honest validator tells of a final block.
    mutating func reports(_ block: ExecutedBlock, by validator: Int, disk store: MemoryStore) throws(Fault) {
        let (number, id) = (block.block.number, block.id)
        reported[validator][number] = id
        finalViews[id] = block.block.envelope.view
        guard let sealed = try? ChainStore(store).header(number), sealed.id == id else {
            throw Fault("reports block \(number) as final before it is on its disk")
        }
        if repeated[block.block.envelope.parent] == block.block.envelope.epoch {
            throw Fault("makes a block final on one that was voted for again and did not end its epoch")
        }
        for fault in block.block.envelope.doubleSigns where honestKeys.contains(fault.consensusKey) {
            throw Fault("makes a block final that punishes an honest validator")
        }
        for signed in block.block.transactions where !signedTransactions.contains(signed.hash) {
            guard VerifiedTransaction(signed, genesis: genesis) != nil else { throw Fault("makes transaction \(signed.hash) final, which nobody signed") }
            signedTransactions.insert(signed.hash)
        }
        guard let certificate = try? ChainStore(store).certificate(number) else { return }
        guard certificate.ballot.kind == .finalize, certificate.ballot.block == id else {
            throw Fault("keeps a certificate for block \(number) that is not its finalization")
        }
        try says(certificate)
    }

    /// What was told of as final is there after any crash.
    func restarts(_ validator: Int, disk store: MemoryStore) throws(Fault) {
        let chain = ChainStore(store)
        for (number, id) in reported[validator] {
            guard let sealed = try? chain.header(number), sealed.id == id else {
                throw Fault("has lost block \(number), which it had reported as final")
            }
        }
    }

    /// The newest final block of an honest validator has a quorum's votes; those below it are final with it.
    func trusts(_ head: ExecutedBlock) throws(Fault) {
        guard decided.contains(head.id) else { throw Fault("takes block \(head.block.number) for final, for which no quorum has voted") }
    }

    /// Anyone has this many final blocks.
    mutating func rises(to number: UInt64) { height = max(height, number) }

    /// How high an honest validator believes the chain to be.
    func believes(_ number: UInt64) throws(Fault) {
        if number > height { throw Fault("believes in height \(number) where the chain has \(height)") }
    }

    /// A disk that has forgotten takes its promises with it.
    mutating func forgets(_ validator: Int) { reported[validator] = [:] }

    // MARK: Blame

    func blames(_ peer: Hash, _ why: String) throws(Fault) {
        if honestNames.contains(peer) { throw Fault("blames an honest validator: \(why)") }
    }

    /// An honest validator saw a view of a leader end without a block, in a network where nothing gets lost or late.
    func givesUp(on leader: [UInt8]) throws(Fault) {
        if honestKeys.contains(leader) { throw Fault("gives up the turn of an honest leader in a network without faults") }
    }

    func accuses(_ evidence: Evidence) throws(Fault) {
        guard let set = sets[evidence.first.ballot.epoch], set.validators.indices.contains(evidence.first.validator),
            honestKeys.contains(set.validators[evidence.first.validator].consensusKey)
        else { return }
        throw Fault("has evidence against an honest validator")
    }

    // MARK: Bounds

    func weighs(_ loads: [Replica.Load]) throws(Fault) {
        for load in loads where load.count > load.bound { throw Fault("remembers \(load.count) of \(load.bound) \(load.name)") }
    }

    /// What the judge has found, without whose and when.
    struct Fault: Error {
        let what: String
        init(_ what: String) { self.what = what }
    }
}

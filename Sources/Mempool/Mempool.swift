import ChainTypes
import Execution
import Primitives
import SystemContracts
import WorldState

/// Transactions that wait for a block: for each sender a contiguous run of nonces.
public struct Mempool: Sendable {
    public static let maximumInFlight = 64
    public static let maximumTransactions = 16_384

    public struct Rules: Sendable {
        public var chainID: UInt64
        public var blockGasLimit: UInt64

        public init(chainID: UInt64, blockGasLimit: UInt64) { (self.chainID, self.blockGasLimit) = (chainID, blockGasLimit) }
    }

    /// The chain's; the gas limit of blocks can change.
    public var rules: Rules
    private var senders: [Address: [VerifiedTransaction]] = [:]
    private var byHash: [Hash: VerifiedTransaction] = [:]

    public init(rules: Rules) { self.rules = rules }

    public var count: Int { byHash.count }
    public func contains(_ hash: Hash) -> Bool { byHash[hash] != nil }
    public func transaction(_ hash: Hash) -> VerifiedTransaction? { byHash[hash] }

    /// The nonce that follows the sender's waiting transactions; nil when there are none.
    public func nextNonce(of sender: Address) -> UInt64? { senders[sender]?.last.map { $0.body.nonce + 1 } }

    /// The sender's transactions that wait, by nonce.
    public func waiting(of sender: Address) -> [VerifiedTransaction] { senders[sender] ?? [] }

    /// Everything that waits, by sender and nonce.
    public var all: [VerifiedTransaction] { senders.keys.sorted().flatMap { senders[$0] ?? [] } }
}

// MARK: - Admission

extension Mempool {
    /// Every check but the signature, cheapest first, against the state of the head block.
    /// - Parameters:
    ///   - next: number of the next block.
    ///   - baseFee: of the next block, in wei per gas.
    public func check(
        _ signed: SignedTransaction, head: some StateReader, next: UInt64, baseFee: UInt256
    ) throws(AdmissionError) {
        let body = signed.body
        guard !contains(signed.hash) else { throw .alreadyKnown }
        do {
            try TransactionRules.checkForm(body, chainID: rules.chainID, blockGasLimit: rules.blockGasLimit)
            try TransactionRules.checkExpiry(body, block: next)
        } catch { throw .invalid(error) }
        // A cap far below the base fee would only fill the pool; one close to it may still be included soon.
        let least = max(baseFee / 2, .one)
        guard body.maxFeePerGas >= least else { throw .underpriced(minimumFeePerGas: least) }
        do { try checkAgainstSender(signed, account: head.account(body.sender) ?? .empty, head: head) } catch let error as AdmissionError {
            throw error
        } catch let error as StateError { throw .state(error) } catch { throw .state(StateError("\(error)")) }
    }

    private func checkAgainstSender(_ signed: SignedTransaction, account: Account, head: some StateReader) throws {
        let body = signed.body
        let waiting = senders[body.sender] ?? []
        guard body.nonce >= account.nonce else {
            throw AdmissionError.invalid(.nonceTooLow(expected: account.nonce, got: body.nonce))
        }
        let position = body.nonce - account.nonce
        guard position <= UInt64(waiting.count) else {
            throw AdmissionError.invalid(.nonceTooHigh(expected: account.nonce + UInt64(waiting.count), got: body.nonce))
        }
        guard position < UInt64(Self.maximumInFlight) else { throw AdmissionError.tooManyInFlight(maximum: Self.maximumInFlight) }

        let index = Int(position)
        if index < waiting.count { try checkReplacement(of: waiting[index].body, by: body) }
        let recorded = index > 0 ? waiting[index - 1].body.nextKeyCommitment : try AccountKeys.commitment(of: body.sender, in: head)
        do { try TransactionRules.checkKey(body, publicKey: signed.witness.publicKey, recorded: recorded) } catch {
            throw AdmissionError.invalid(error)
        }
        var cost = body.maximumCost
        for (other, transaction) in waiting.enumerated() where other != index {
            cost = cost.flatMap { sum in transaction.body.maximumCost.flatMap { sum.checkedAdd($0) } }
        }
        guard let cost, cost <= account.balance else { throw AdmissionError.invalid(.insufficientFunds) }
    }

    private func checkReplacement(of old: UnsignedTransaction, by new: UnsignedTransaction) throws(AdmissionError) {
        guard old.nextKeyCommitment == new.nextKeyCommitment else { throw .replacementChangesNextKey }
        guard Self.raisedByTenth(old.maxFeePerGas, new.maxFeePerGas), Self.raisedByTenth(old.maxPriorityFeePerGas, new.maxPriorityFeePerGas)
        else { throw .replacementUnderpriced }
    }

    private static func raisedByTenth(_ old: UInt256, _ new: UInt256) -> Bool {
        guard let least = old.checkedMultiply(11), let offered = new.checkedMultiply(10) else { return false }
        return offered >= least
    }

    /// Takes in a transaction that has passed `check` and whose signature holds.
    /// - Returns: the transaction that it replaced, if any.
    @discardableResult
    public mutating func insert(_ transaction: VerifiedTransaction) throws(AdmissionError) -> VerifiedTransaction? {
        guard !contains(transaction.hash) else { throw .alreadyKnown }
        var waiting = senders[transaction.body.sender] ?? []
        // Checks and signature are verified apart, so the run may have changed in between.
        if let index = waiting.firstIndex(where: { $0.body.nonce == transaction.body.nonce }) {
            try checkReplacement(of: waiting[index].body, by: transaction.body)
            let old = waiting[index]
            waiting[index] = transaction
            byHash[old.hash] = nil
            byHash[transaction.hash] = transaction
            senders[transaction.body.sender] = waiting
            return old
        }
        if let last = waiting.last, last.body.nonce + 1 != transaction.body.nonce {
            throw .invalid(.nonceTooHigh(expected: last.body.nonce + 1, got: transaction.body.nonce))
        }
        guard count < Self.maximumTransactions else { throw .full }
        waiting.append(transaction)
        senders[transaction.body.sender] = waiting
        byHash[transaction.hash] = transaction
        return nil
    }
}

// MARK: - Selection and upkeep

extension Mempool {
    /// Transactions for a block, best priority fee first, each sender's in order of nonces. The caller executes
    /// them and stops where the block is full. `nonce` gives a sender's nonce after the parent block.
    public func candidates(
        baseFee: UInt256, gasLimit: UInt64, maximumCount: Int, nonce: (Address) throws -> UInt64
    ) rethrows -> [VerifiedTransaction] {
        var queues: [ArraySlice<VerifiedTransaction>] = []
        for sender in senders.keys.sorted() {
            let start = try nonce(sender)
            let ready = (senders[sender] ?? []).drop { $0.body.nonce < start }
            if ready.first?.body.nonce == start { queues.append(ready[...]) }
        }
        var heads = queues.indices.compactMap { Candidate(queue: $0, first: queues[$0].first, baseFee: baseFee) }
        heads.sort()
        var (chosen, gas): ([VerifiedTransaction], UInt64) = ([], 0)
        while let best = heads.popLast(), chosen.count < maximumCount {
            guard let transaction = queues[best.queue].popFirst(), gas + transaction.body.gasLimit <= gasLimit else { continue }
            gas += transaction.body.gasLimit
            chosen.append(transaction)
            if let next = Candidate(queue: best.queue, first: queues[best.queue].first, baseFee: baseFee) {
                heads.insert(next, at: heads.partitioningIndex { !($0 < next) })
            }
        }
        return chosen
    }

    /// Drops what a final block has settled: included nonces and all that can no longer follow.
    public mutating func settle(_ included: [SignedTransaction], head: some StateReader) throws(StateError) {
        for sender in Set(included.map(\.body.sender)).sorted() {
            let nonce = try head.account(sender)?.nonce ?? 0
            var waiting = senders[sender] ?? []
            for transaction in waiting where transaction.body.nonce < nonce { byHash[transaction.hash] = nil }
            waiting.removeAll { $0.body.nonce < nonce }
            if let first = waiting.first {
                let recorded = try AccountKeys.commitment(of: sender, in: head)
                let broken = (try? TransactionRules.checkKey(first.body, publicKey: first.signed.witness.publicKey, recorded: recorded)) == nil
                if first.body.nonce != nonce || broken {
                    for transaction in waiting { byHash[transaction.hash] = nil }
                    waiting = []
                }
            }
            senders[sender] = waiting.isEmpty ? nil : waiting
        }
    }

    /// Drops a transaction that cannot run, and all of its sender's that follow it.
    public mutating func drop(_ transaction: SignedTransaction) {
        var waiting = senders[transaction.body.sender] ?? []
        guard let index = waiting.firstIndex(where: { $0.hash == transaction.hash }) else { return }
        for dropped in waiting[index...] { byHash[dropped.hash] = nil }
        waiting.removeSubrange(index...)
        senders[transaction.body.sender] = waiting.isEmpty ? nil : waiting
    }
}

/// A sender's next transaction, ordered by what it pays the proposer; ties by hash, so that every node agrees.
private struct Candidate: Comparable {
    let queue: Int
    let tip: UInt256
    let hash: Hash

    init?(queue: Int, first: VerifiedTransaction?, baseFee: UInt256) {
        guard let first, let price = first.body.effectiveGasPrice(baseFee: baseFee) else { return nil }
        (self.queue, tip, hash) = (queue, price - baseFee, first.hash)
    }

    static func < (a: Candidate, b: Candidate) -> Bool { (a.tip, b.hash) < (b.tip, a.hash) }
}

extension Array {
    /// The first index whose element satisfies a predicate that holds from some point on.
    fileprivate func partitioningIndex(where predicate: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

import ChainTypes
import Cryptography
import Primitives
import Synchronization
import Wallet

/// A chain of one node in memory: it admits and executes transfers by the chain's rules for keys, nonces and fees.
final class Ledger: ChainAccess {
    struct Account {
        var balance = UInt256.zero
        var nonce: UInt64 = 0
        var commitment: Hash?
        var pending: [UInt64: SignedTransaction] = [:]
    }

    struct State {
        var identity: ChainIdentity
        var accounts: [Address: Account] = [:]
        var outcomes: [Hash: TransactionOutcome] = [:]
        var block: UInt64 = 1
        /// Requests that were made, for counting.
        var queries = 0
        // Faults.
        var isUnreachable = false
        /// Shows no receipts, as a node that lies, or that is behind the one that counts nonces.
        var hidesOutcomes = false
        var refusal: String?
        /// What it says that transactions should offer, and how much gas they take.
        var priorityFee = QST.gwei
        var plainGas: UInt64 = 21_000
        /// Called with every transaction before anything else happens to it.
        var onSend: (@Sendable ([UInt8]) -> Void)?
    }

    let state: Mutex<State>

    init(chainID: UInt64 = ChainIdentity.devnetID, genesis: Hash = Keccak256.hash([1])) {
        state = Mutex(State(identity: ChainIdentity(chainID: chainID, genesis: genesis)))
    }

    func change<Value>(_ body: (inout sending State) throws -> sending Value) rethrows -> sending Value { try state.withLock(body) }

    func fund(_ address: Address, _ amount: UInt256 = QST.one) { change { $0.accounts[address, default: Account()].balance = amount } }

    func account(_ address: Address) -> Account { state.withLock { $0.accounts[address] ?? Account() } }

    /// Executes all that is admitted, in a new final block.
    func mine() {
        state.withLock { state in
            state.block += 1
            for address in state.accounts.keys.sorted() { state.execute(address) }
        }
    }

    /// Loses what waits, as a node that restarts may.
    func forgetPending() { change { state in for address in state.accounts.keys { state.accounts[address]?.pending = [:] } } }

    private func query<Value>(_ body: (inout State) -> Value) throws(ChainFailure) -> Value {
        let value: Value? = state.withLock { state in
            state.queries += 1
            return state.isUnreachable ? nil : body(&state)
        }
        guard let value else { throw .unreachable("nobody answers") }
        return value
    }

    func identity() async throws(ChainFailure) -> ChainIdentity { try query(\.identity) }

    func keyState(of address: Address) async throws(ChainFailure) -> KeyState {
        try query { KeyState(nonce: $0.accounts[address]?.nonce ?? 0, commitment: $0.accounts[address]?.commitment) }
    }

    func pendingNonce(of address: Address) async throws(ChainFailure) -> UInt64 {
        try query { state in
            let account = state.accounts[address] ?? Account()
            return account.pending.keys.max().map { $0 + 1 } ?? account.nonce
        }
    }

    func balance(of address: Address) async throws(ChainFailure) -> UInt256 { try query { $0.accounts[address]?.balance ?? .zero } }

    func fees() async throws(ChainFailure) -> FeeData { try query { FeeData(nextBaseFee: QST.gwei, priorityFee: $0.priorityFee) } }

    func estimateGas(from: Address, to: Address?, value: UInt256, data: [UInt8]) async throws(ChainFailure) -> UInt64 {
        try query { $0.plainGas + 16 * UInt64(data.count) }
    }

    func outcome(of transaction: Hash) async throws(ChainFailure) -> TransactionOutcome? { try query { $0.hidesOutcomes ? nil : $0.outcomes[transaction] } }
    func blockNumber() async throws(ChainFailure) -> UInt64 { try query(\.block) }

    func send(raw: [UInt8]) async throws(ChainFailure) {
        state.withLock(\.onSend)?(raw)
        let refusal = try query { $0.refusal ?? $0.admit(raw) }
        if let refusal { throw .refused(reason: refusal, message: refusal) }
    }
}

extension Ledger.State {
    /// Why a transaction is not taken; nil when it is.
    mutating func admit(_ raw: [UInt8]) -> String? {
        guard let signed = try? SignedTransaction(networkForm: raw) else { return "malformed" }
        let body = signed.body
        var account = accounts[body.sender] ?? Ledger.Account()
        guard body.chainID == identity.chainID else { return "wrongChainID" }
        guard body.lastValidBlock == 0 || block < body.lastValidBlock else { return "expired" }
        guard body.nonce >= account.nonce else { return "nonceTooLow" }
        guard body.nonce == account.nonce || account.pending[body.nonce - 1] != nil else { return "nonceTooHigh" }
        if let old = account.pending[body.nonce] {
            guard old.hash != signed.hash else { return "alreadyKnown" }
            guard body.nextKeyCommitment == old.body.nextKeyCommitment else { return "replacementChangesNextKey" }
            guard body.maxFeePerGas * 10 >= old.body.maxFeePerGas * 11, body.maxPriorityFeePerGas * 10 >= old.body.maxPriorityFeePerGas * 11
            else { return "replacementUnderpriced" }
        }
        let expected = body.nonce == account.nonce ? account.commitment : account.pending[body.nonce - 1]?.body.nextKeyCommitment
        let commitment = KeyCommitment.of(suite: body.suite, publicKey: signed.witness.publicKey)
        guard expected.map({ $0 == commitment }) ?? (Address(firstCommitment: commitment) == body.sender) else { return "wrongKeyCommitment" }
        let context = UnsignedTransaction.signingContext(genesis: identity.genesis)
        guard MLDSA.verify(
            suite: body.suite, publicKey: signed.witness.publicKey, message: body.signingPayload, context: context,
            signature: signed.witness.signature)
        else { return "invalidSignature" }
        account.pending[body.nonce] = signed
        accounts[body.sender] = account
        return nil
    }

    mutating func execute(_ address: Address) {
        while var account = accounts[address], let signed = account.pending.removeValue(forKey: account.nonce) {
            let body = signed.body
            let price = min(body.maxFeePerGas, QST.gwei + body.maxPriorityFeePerGas)
            account.balance = account.balance - body.value - price * UInt256(body.gasLimit)
            (account.nonce, account.commitment) = (account.nonce + 1, body.nextKeyCommitment)
            accounts[address] = account
            if let to = body.to { accounts[to, default: Ledger.Account()].balance = (accounts[to]?.balance ?? .zero) + body.value }
            outcomes[signed.hash] = TransactionOutcome(
                block: block, blockHash: Keccak256.hash([UInt8(truncatingIfNeeded: block)]), succeeded: true, gasUsed: body.gasLimit,
                effectiveGasPrice: price)
        }
    }
}

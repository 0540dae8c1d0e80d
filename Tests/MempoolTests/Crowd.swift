import ChainTypes
import Cryptography
import Execution
import Mempool
import Primitives
import SystemContracts
import Synchronization
import WorldState

/// An account whose one-time keys follow from its number. They are made once for all tests.
struct Payer: Sendable {
    let number: Int
    private static let keys = Mutex([String: MLDSAPrivateKey]())

    func key(_ nonce: UInt64) throws -> MLDSAPrivateKey {
        let name = "payer \(number) \(nonce)"
        if let known = Self.keys.withLock({ $0[name] }) { return known }
        let key = try MLDSAPrivateKey(suite: .mldsa65, seed: Keccak256.hash(Array(name.utf8)).bytes)
        Self.keys.withLock { $0[name] = key }
        return key
    }

    var address: Address { get throws { Address(firstCommitment: try key(0).commitment) } }

    /// A transfer; fees in gwei.
    func transfer(
        nonce: UInt64 = 0, tip: UInt64 = 1, cap: UInt64 = 100, data: Int = 0, genesis: Hash = Crowd.genesis,
        isSigned: Bool = true,
        change: (inout UnsignedTransaction) -> Void = { _ in }
    ) throws -> SignedTransaction {
        let key = try key(nonce)
        var body = UnsignedTransaction(
            chainID: Crowd.chainID, sender: try address, nonce: nonce, maxPriorityFeePerGas: QST.gwei * UInt256(tip),
            maxFeePerGas: QST.gwei * UInt256(cap), gasLimit: 21_000 + UInt64(10 * data), to: Address(low: 7), value: 5,
            data: [UInt8](repeating: 0, count: data), nextKeyCommitment: try self.key(nonce + 1).commitment)
        change(&body)
        let context = UnsignedTransaction.signingContext(genesis: genesis)
        let signature = isSigned ? try key.sign(body.signingPayload, context: context) : []
        return SignedTransaction(body: body, witness: Witness(publicKey: key.publicKey, signature: signature))
    }
}

/// A state in memory: balances, nonces and what the accounts' next keys are.
struct Crowd: StateReader {
    static let chainID: UInt64 = 20817
    static let genesis = Keccak256.hash([1])

    private var accounts: [Address: Account] = [:]
    private var commitments: [Hash: UInt256] = [:]

    init(_ count: Int, balance: UInt256 = QST.one) throws {
        for number in 0..<count { accounts[try Payer(number: number).address] = Account(balance: balance) }
    }

    func account(_ address: Address) throws(StateError) -> Account? { accounts[address] }
    func code(_ hash: Hash) throws(StateError) -> [UInt8] { [] }

    func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 {
        address == AccountKeys.address ? commitments[slot] ?? .zero : .zero
    }

    func balance(_ address: Address) -> UInt256 { accounts[address]?.balance ?? .zero }
    func nonce(_ address: Address) -> UInt64 { accounts[address]?.nonce ?? 0 }

    mutating func set(balance: UInt256, of address: Address) { accounts[address]?.balance = balance }

    /// What a block does that includes the transaction.
    mutating func include(_ body: UnsignedTransaction) {
        accounts[body.sender]?.nonce = body.nonce + 1
        commitments[AccountKeys.slot(of: body.sender)] = body.nextKeyCommitment.number
    }
}

/// A mempool over a crowd, with small limits.
struct Pool {
    var mempool: Mempool
    var crowd: Crowd
    var now: UInt64 = 1_000_000

    /// - Parameter baseFee: in gwei.
    init(payers: Int = 12, baseFee: UInt64 = 4, change: (inout Mempool.Limits) -> Void = { _ in }) throws {
        var limits = Mempool.Limits()
        limits.transactions = 8
        change(&limits)
        var rules = Mempool.Rules(chainID: Crowd.chainID, blockGasLimit: 30_000_000)
        rules.baseFee = QST.gwei * UInt256(baseFee)
        mempool = Mempool(rules: rules, limits: limits)
        crowd = try Crowd(payers)
    }

    mutating func add(_ signed: SignedTransaction) throws {
        try mempool.check(signed, head: crowd)
        guard let verified = VerifiedTransaction(signed, genesis: Crowd.genesis) else {
            throw AdmissionError.invalidSignature
        }
        try mempool.insert(verified, now: now)
    }

    /// A block with these transactions becomes final.
    mutating func include(_ transactions: [SignedTransaction]) throws {
        for transaction in transactions { crowd.include(transaction.body) }
        mempool.rules.nextBlock += 1
        try mempool.settle(Set(transactions.map(\.body.sender)), head: crowd, now: now)
    }

    /// What a block would try, in order.
    var order: [Hash] { mempool.candidates(baseFee: mempool.rules.baseFee).map(\.hash) }
}

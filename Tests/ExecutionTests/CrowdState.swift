import ChainTypes
import Cryptography
import Execution
import Primitives
import SystemContracts
import TestKit
import WorldState

/// Many rich accounts and a few contracts, in memory. Execution trusts admission for signatures, so keys are only names.
struct CrowdState: StateReader {
    let accounts: Int
    private let codes: [Hash: [UInt8]]
    private let contracts: [Address: Hash]
    private let addresses: [Address]
    private let rich: Set<Address>

    let block: BlockContext = {
        var block = BlockContext(
            chainID: 1, genesis: .zero, number: 5, timestamp: 1000, beneficiary: Address(low: 0xbeef), gasLimit: 1 << 40, baseFee: 7,
            prevRandao: .zero)
        block.parentHash = Hash(UInt256(99))
        return block
    }()

    /// Adds one to the slot that the first word of the call data names, and stores what it saw of the second word's balance.
    static let counter = Address(low: 0x10001)
    /// Calls the counter with slot 0 and sends on what it was paid to its caller.
    static let relay = Address(low: 0x10002)
    /// Creates a contract that destroys itself at once, and one that stays.
    static let factory = Address(low: 0x10003)

    private static let programs: [Address: [UInt8]] = [
        // SSTORE(d0, SLOAD(d0) + 1); SSTORE(d0 + 2^32, BALANCE(d1)); LOG1
        counter: [
            0x60, 0x01, 0x5f, 0x35, 0x54, 0x01, 0x5f, 0x35, 0x55,
            0x60, 0x20, 0x35, 0x31, 0x64, 0x01, 0x00, 0x00, 0x00, 0x00, 0x5f, 0x35, 0x01, 0x55,
            0x5f, 0x35, 0x5f, 0x5f, 0xa1, 0x00,
        ],
        // CALL(counter, data 0 ‖ caller); CALL(caller, value)
        relay: [0x33, 0x60, 0x20, 0x52, 0x5f, 0x5f, 0x60, 0x40, 0x5f, 0x5f, 0x62, 0x01, 0x00, 0x01, 0x5a, 0xf1]
            + [0x5f, 0x5f, 0x5f, 0x5f, 0x34, 0x33, 0x5a, 0xf1, 0x00],
        // CREATE of CALLER SELFDESTRUCT with the value; CREATE of empty code
        factory: [0x61, 0x33, 0xff, 0x5f, 0x52, 0x60, 0x02, 0x60, 0x1e, 0x34, 0xf0, 0x5f, 0x5f, 0x5f, 0xf0, 0x00],
    ]

    init(accounts: Int) {
        self.accounts = accounts
        codes = Dictionary(uniqueKeysWithValues: Self.programs.values.map { (Keccak256.hash($0), $0) })
        contracts = Self.programs.mapValues { Keccak256.hash($0) }
        addresses = (0..<accounts).map { Address(firstCommitment: Self.commitment($0, 0)) }
        rich = Set(addresses)
    }

    private static func key(_ account: Int, _ nonce: UInt64) -> [UInt8] { Array("\(account) \(nonce)".utf8) }

    private static func commitment(_ account: Int, _ nonce: UInt64) -> Hash {
        KeyCommitment.of(suite: .mldsa65, publicKey: key(account, nonce))
    }

    func address(_ account: Int) -> Address { addresses[account] }

    func account(_ address: Address) throws(StateError) -> Account? {
        if let hash = contracts[address] { return Account(nonce: 1, codeHash: hash) }
        if address == AccountKeys.address { return Account(nonce: 1) }
        return rich.contains(address) ? Account(balance: QST.one) : nil
    }

    func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 { .zero }
    func code(_ hash: Hash) throws(StateError) -> [UInt8] { codes[hash] ?? [] }

    func transfer(
        from sender: Int, nonce: UInt64, to: Address?, wei: UInt256 = 5, data: [UInt8] = [], gas: UInt64 = 300_000
    ) -> SignedTransaction {
        let body = UnsignedTransaction(
            chainID: 1, sender: address(sender), nonce: nonce, maxPriorityFeePerGas: 2, maxFeePerGas: 100, gasLimit: gas, to: to,
            value: wei, data: data, nextKeyCommitment: Self.commitment(sender, nonce + 1))
        return SignedTransaction(body: body, witness: Witness(publicKey: Self.key(sender, nonce), signature: []))
    }

    /// Transfers, contract calls on shared and separate slots, creations, and some that fail.
    func randomBlock(of count: Int, _ random: inout SeededGenerator) -> [SignedTransaction] {
        var nonces = [UInt64](repeating: 0, count: accounts)
        return (0..<count).map { _ in
            let (sender, other) = (Int.random(in: 0..<accounts, using: &random), Int.random(in: 0..<accounts, using: &random))
            // Now and then a nonce that cannot run.
            let nonce = nonces[sender] + (Int.random(in: 0..<30, using: &random) == 0 ? 1 : 0)
            if nonce == nonces[sender] { nonces[sender] += 1 }
            let slot = Hash(UInt256(UInt64.random(in: 0..<4, using: &random) == 0 ? 0 : UInt64(sender) + 1))
            let words = slot.bytes + address(other).padded.bytes
            let wei = UInt256(UInt64.random(in: 0..<1_000_000, using: &random))
            return switch Int.random(in: 0..<10, using: &random) {
            case 0..<4: transfer(from: sender, nonce: nonce, to: address(other), wei: wei)
            case 4..<7: transfer(from: sender, nonce: nonce, to: Self.counter, wei: .zero, data: words)
            case 7: transfer(from: sender, nonce: nonce, to: Self.relay, wei: wei)
            case 8: transfer(from: sender, nonce: nonce, to: Self.factory, wei: wei)
            default: transfer(from: sender, nonce: nonce, to: Self.counter, wei: .zero, data: words, gas: 30_000)
            }
        }
    }
}

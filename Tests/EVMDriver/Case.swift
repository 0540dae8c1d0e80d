import ChainTypes
import Cryptography
import EVM
import Precompiles
import Primitives
import WorldState

/// A few accounts in memory, codes made ready once.
struct DriverState: StateReader {
    var accounts: [Address: Account] = [:]
    var slots: [Address: [Hash: UInt256]] = [:]
    var codes: [Hash: Code] = [:]

    func account(_ address: Address) throws(StateError) -> Account? { accounts[address] }
    func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 { slots[address]?[slot] ?? .zero }
    func code(_ hash: Hash) throws(StateError) -> [UInt8] { [] }
    func preparedCode(_ hash: Hash) throws(StateError) -> Code { codes[hash] ?? .empty }
}

/// One message on a small state, as scripts/evm/driver.py sends it.
struct Case {
    let isBenchmark: Bool
    let fork: Fork
    var gas: UInt64
    var message: Message
    var state = DriverState()
    let repetitions: Int

    init(_ reader: inout RequestReader) {
        isBenchmark = reader.byte() == 1
        fork = Fork(rawValue: Int(reader.byte())) ?? .cancun
        gas = reader.integer(8)
        let caller = reader.address()
        let isCreation = reader.byte() == 1
        let to = reader.address()
        message = Message(caller: caller, to: isCreation ? nil : to, value: reader.word(), input: reader.data(), gas: 0)
        message.gasPrice = isCreation ? .zero : 10  // as pyrevm's two ways to run a message have it
        for _ in 0..<reader.byte() {
            let address = reader.address()
            let slots = (0..<reader.byte()).map { _ in Hash(reader.word()) }
            message.accessList.append(AccessListEntry(address: address, slots: slots))
        }
        for _ in 0..<reader.byte() { Self.readAccount(&reader, into: &state) }
        repetitions = Int(reader.integer(4))
    }

    private static func readAccount(_ reader: inout RequestReader, into state: inout DriverState) {
        let (address, balance, nonce, code) = (reader.address(), reader.word(), reader.integer(8), reader.data())
        var account = Account(nonce: nonce, balance: balance, codeHash: Keccak256.hash(code))
        state.codes[account.codeHash] = Code(code, hash: account.codeHash)
        for _ in 0..<reader.byte() {
            let slot = Hash(reader.word())
            state.slots[address, default: [:]][slot] = reader.word()
            // Any root but the empty one: only whether there is storage matters here.
            account.storageRoot = .zero
        }
        state.accounts[address] = account
    }

    private var block: BlockContext {
        var block = BlockContext(
            chainID: 1, genesis: .zero, number: 300, timestamp: 1_000, beneficiary: Address(low: 0xcb), gasLimit: 30_000_000, baseFee: 0,
            prevRandao: Hash(UInt256(0x77)))
        // The convention of Ethereum's state tests, which revm's empty database has too.
        block.hashes = .table(Self.hashes)
        return block
    }

    private static let hashes = Dictionary(uniqueKeysWithValues: (0..<300 as Range<UInt64>).map { ($0, Keccak256.hash(Array(String($0).utf8))) })

    /// Status, gas, output, logs and changed accounts. Fees are not charged and only creations raise the sender's nonce.
    func answer(_ out: inout AnswerWriter) throws {
        let intrinsic = IntrinsicGas.of(data: message.input, isCreation: message.to == nil, accessList: message.accessList, fork: fork)
        let floor = IntrinsicGas.floor(data: message.input, fork: fork)
        let isRefused = gas < max(intrinsic, floor) || message.to == nil && message.input.count > EVM.maximumInitCodeBytes
            || fork >= .osaka && gas > 1 << 24  // EIP-7825
        if isRefused { return out.integer(3, 1) }
        var evm = EVM(state: WorldState(reader: state), block: block, fork: fork)
        if message.to == nil { evm.state.setNonce(evm.state.index(message.caller), try evm.state.nonce(message.caller) + 1) }
        var message = message
        message.gas = gas - intrinsic
        let outcome = try evm.run(message)
        out.integer(outcome.succeeded ? 0 : outcome.fault == .revert ? 1 : 2, 1)
        out.integer(UInt64(outcome.fault?.rawValue ?? 255), 1)
        out.integer(outcome.gasUsed(limit: gas, floor: floor, fork: fork), 8)
        out.data(outcome.output)
        let logs = outcome.succeeded ? evm.state.endTransaction() : []
        out.integer(UInt64(logs.count), 2)
        for log in logs {
            out.raw(log.address.bytes)
            out.integer(UInt64(log.topics.count), 1)
            for topic in log.topics { out.raw(topic.bytes) }
            out.data(log.data)
        }
        if !outcome.succeeded { _ = evm.state.endTransaction() }
        write(evm.state.changes(), &out)
    }

    private func write(_ changes: StateChanges, _ out: inout AnswerWriter) {
        out.integer(UInt64(changes.accounts.count), 2)
        for change in changes.accounts {
            out.raw(change.address.bytes)
            out.integer(change.account == nil ? 0 : 1, 1)
            guard let account = change.account else { continue }
            out.raw(Hash(account.balance).bytes)
            out.integer(account.nonce, 8)
            out.data(changes.codes.first { $0.hash == account.codeHash }?.bytes ?? [])
            out.integer(UInt64(change.storage.count), 2)
            for slot in change.storage { out.raw(slot.slot.bytes + Hash(slot.value).bytes) }
        }
    }

    /// Runs it again and again on one state: the gas of the first run and the nanoseconds of the fastest.
    func benchmark(_ out: inout AnswerWriter) throws {
        var evm = EVM(state: WorldState(reader: state), block: block, fork: fork)
        var message = message
        let intrinsic = IntrinsicGas.of(data: message.input, isCreation: false, fork: fork)
        message.gas = gas - intrinsic
        var (best, used, status) = (Duration.seconds(1_000), 0 as UInt64, 0 as UInt64)
        for round in 0..<repetitions {
            let start = ContinuousClock.now
            let outcome = try evm.run(message)
            _ = evm.state.endTransaction()
            best = min(best, ContinuousClock.now - start)
            if round == 0 { (used, status) = (outcome.gasUsed(limit: gas, floor: 0, fork: fork), outcome.succeeded ? 0 : 2) }
        }
        out.integer(status, 1)
        out.integer(used, 8)
        out.integer(UInt64(best / .nanoseconds(1)), 8)
    }
}

import ChainTypes
import Primitives

/// Why a native call stopped.
public enum NativeFailure: Error, Hashable, Sendable {
    /// Undoes the call and returns the reason to the caller.
    case revert(String)
    case outOfGas
    /// The node itself cannot go on.
    case state(StateError)
}

/// A system contract: Swift behind a Solidity ABI at a fixed address.
public protocol NativeContract: Sendable {
    static var address: Address { get }
    /// Runs a call and returns ABI-encoded output.
    static func call(_ input: [UInt8], frame: inout NativeFrame) throws(NativeFailure) -> [UInt8]
}

/// Where the virtual machine finds the contracts that are native code.
public protocol NativeContracts: Sendable {
    func contract(at address: Address) -> (any NativeContract.Type)?
}

/// A chain without native contracts, such as Ethereum.
public struct NoNativeContracts: NativeContracts {
    public init() {}
    public func contract(at address: Address) -> (any NativeContract.Type)? { nil }
}

/// What native code costs beside storage and events. `make bench-gas` measures whether the worst case keeps these prices.
public enum NativeGas {
    /// Of every call: finding the function, and its answer or refusal.
    public static let call: UInt64 = 400
    /// To verify a signature of ML-DSA-65: what the precompile takes.
    public static let signature: UInt64 = 24_000

    /// To move wei, beside the access to the receiver's account, and to make the account: what CALL takes.
    public static let payment: UInt64 = 6_700
    public static let newAccount: UInt64 = 25_000

    /// For bytes that go in or out, or are taken out of the input: 3 a word, as the opcodes that copy.
    public static func copy(_ bytes: Int) -> UInt64 { 3 * words(bytes) }
    /// To make a value of bytes: text, or a record.
    public static func decode(_ bytes: Int) -> UInt64 { 15 * words(bytes) }
    /// Of Keccak-256: what the precompile for SHA3-256 takes.
    public static func hash(_ bytes: Int) -> UInt64 { 60 + 12 * words(bytes) }

    public static func words(_ bytes: Int) -> UInt64 { (UInt64(bytes) + 31) / 32 }
}

/// One call into a native contract: metered, journaled access to the contract's own storage, and nothing else.
/// Prices are those of the opcodes SLOAD, SSTORE, LOG and CALL (EIP-2929, 3529), and `NativeGas`.
public struct NativeFrame: Sendable {
    public let contract: Address
    public let caller: Address
    /// Wei sent with the call, credited to the contract already.
    public let value: UInt256
    public let isStatic: Bool
    public let block: BlockContext
    public private(set) var gas: UInt64
    public var state: WorldState

    public init(
        contract: Address, caller: Address, value: UInt256, isStatic: Bool, block: BlockContext, gas: UInt64, state: consuming WorldState
    ) {
        self.contract = contract
        self.caller = caller
        self.value = value
        self.isStatic = isStatic
        self.block = block
        self.gas = gas
        self.state = state
    }

    /// Runs a contract in the frame. Input is paid for before it is copied.
    /// - Parameter input: makes the copy.
    public mutating func run(
        _ contract: any NativeContract.Type, inputBytes: Int, input: () -> [UInt8]
    ) throws(NativeFailure) -> [UInt8] {
        try charge(NativeGas.call + NativeGas.copy(inputBytes))
        let output = try contract.call(input(), frame: &self)
        try charge(NativeGas.copy(output.count))
        return output
    }

    public mutating func run(_ contract: any NativeContract.Type, _ input: [UInt8]) throws(NativeFailure) -> [UInt8] {
        try run(contract, inputBytes: input.count) { input }
    }

    public mutating func charge(_ amount: UInt64) throws(NativeFailure) {
        guard gas >= amount else { throw outOfGas() }
        gas -= amount
    }

    private mutating func outOfGas() -> NativeFailure {
        gas = 0
        return .outOfGas
    }

    public mutating func load(_ slot: Hash) throws(NativeFailure) -> UInt256 { try load(slot, of: contract) }

    /// Reads a slot of a system contract.
    public mutating func load(_ slot: Hash, of contract: Address) throws(NativeFailure) -> UInt256 {
        let offset = try self.offset(slot, of: contract)
        let isCold = state.access(slot: offset)
        try charge(isCold ? StorageGas.coldLoad : StorageGas.warmAccess)
        return state.value(slot: offset)
    }

    public mutating func store(_ slot: Hash, _ value: UInt256) throws(NativeFailure) { try store(slot, value, of: contract) }

    /// Writes a slot of a system contract: all of them are one trusted body of code. Reverts in a static call.
    public mutating func store(_ slot: Hash, _ value: UInt256, of contract: Address) throws(NativeFailure) {
        guard !isStatic else { throw .revert("write in a static call") }
        let offset = try self.offset(slot, of: contract)
        let isCold = state.access(slot: offset)
        let change = StorageGas.change(
            committed: state.committed(slot: offset), current: state.value(slot: offset), new: value, isCold: isCold)
        try charge(change.gas)
        state.refund += change.refund
        state.setValue(slot: offset, value)
    }

    /// Emits an event of the contract.
    public mutating func emit(topics: [Hash], data: [UInt8]) throws(NativeFailure) { try emit(topics: topics, data: data, of: contract) }

    /// Emits an event of a system contract.
    public mutating func emit(topics: [Hash], data: [UInt8], of contract: Address) throws(NativeFailure) {
        guard !isStatic else { throw .revert("event in a static call") }
        try charge(375 * UInt64(topics.count + 1) + 8 * UInt64(data.count))
        state.emit(Log(address: contract, topics: topics, data: data))
    }

    public mutating func pay(_ wei: UInt256, to account: Address) throws(NativeFailure) { try pay(wei, to: account, from: contract) }

    /// Moves wei from a system contract to an account. Only a credit: nothing runs at the receiver.
    public mutating func pay(_ wei: UInt256, to account: Address, from contract: Address) throws(NativeFailure) {
        guard !isStatic else { throw .revert("payment in a static call") }
        try charge((state.isWarm(account) ? StorageGas.warmAccess : StorageGas.coldAccount) + NativeGas.payment)
        let receiver = state.index(account)
        _ = state.access(receiver)
        if !wei.isZero, state.isDead(receiver) { try charge(NativeGas.newAccount) }
        do {
            guard try state.debit(contract, wei) else { throw NativeFailure.revert("the contract's balance is too small") }
            try state.credit(account, wei)
        } catch let error as NativeFailure { throw error } catch { throw .state(StateError("\(error)")) }
    }

    /// Where a slot is kept. Reads it only where its price can be paid.
    private mutating func offset(_ slot: Hash, of contract: Address) throws(NativeFailure) -> Int {
        let account = state.index(contract)
        if gas < StorageGas.coldLoad, !state.isWarm(account, slot.number) { throw outOfGas() }
        let offset = state.slotIndex(account, slot.number)
        do { try state.check() } catch { throw .state(error) }
        return offset
    }
}

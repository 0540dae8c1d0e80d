import ChainTypes
import Cryptography
import Primitives
import WorldState

/// What a transaction sees of its block.
public struct BlockContext: Hashable, Sendable {
    public var chainID: UInt64
    /// Envelope hash of the genesis block.
    public var genesis: Hash
    public var number: UInt64
    public var timestamp: UInt64
    public var beneficiary: Address
    public var gasLimit: UInt64
    /// Wei per gas.
    public var baseFee: UInt256
    public var prevRandao: Hash

    public init(
        chainID: UInt64, genesis: Hash, number: UInt64, timestamp: UInt64, beneficiary: Address, gasLimit: UInt64,
        baseFee: UInt256, prevRandao: Hash
    ) {
        self.chainID = chainID
        self.genesis = genesis
        self.number = number
        self.timestamp = timestamp
        self.beneficiary = beneficiary
        self.gasLimit = gasLimit
        self.baseFee = baseFee
        self.prevRandao = prevRandao
    }
}

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

/// One call into a native contract: metered, journaled access to the contract's own storage, and nothing else.
public struct NativeFrame: Sendable {
    public let contract: Address
    public let caller: Address
    /// Wei sent with the call, credited to the contract already.
    public let value: UInt256
    public let isStatic: Bool
    public let block: BlockContext
    public private(set) var gas: UInt64
    public var state: WorldState

    public init(contract: Address, caller: Address, value: UInt256, isStatic: Bool, block: BlockContext, gas: UInt64, state: consuming WorldState) {
        self.contract = contract
        self.caller = caller
        self.value = value
        self.isStatic = isStatic
        self.block = block
        self.gas = gas
        self.state = state
    }

    public mutating func charge(_ amount: UInt64) throws(NativeFailure) {
        guard gas >= amount else {
            gas = 0
            throw .outOfGas
        }
        gas -= amount
    }

    /// Reads a slot: 2,100 gas.
    public mutating func load(_ slot: Hash) throws(NativeFailure) -> UInt256 {
        try charge(2_100)
        return try readState { [contract] (state) throws(StateError) in try state.storage(contract, slot) }
    }

    /// Writes a slot: 22,100 gas where it was zero, 5,000 otherwise. Reverts in a static call.
    public mutating func store(_ slot: Hash, _ value: UInt256) throws(NativeFailure) {
        guard !isStatic else { throw .revert("write in a static call") }
        let old = try readState { [contract] (state) throws(StateError) in try state.storage(contract, slot) }
        try charge(old.isZero && !value.isZero ? 22_100 : 5_000)
        try readState { [contract] (state) throws(StateError) in try state.setStorage(contract, slot, value) }
    }

    /// Emits an event at the gas price of LOG opcodes.
    public mutating func emit(topics: [Hash], data: [UInt8]) throws(NativeFailure) {
        guard !isStatic else { throw .revert("event in a static call") }
        try charge(375 * UInt64(topics.count + 1) + 8 * UInt64(data.count))
        state.emit(Log(address: contract, topics: topics, data: data))
    }

    /// Moves wei from the contract to an account.
    public mutating func pay(_ wei: UInt256, to account: Address) throws(NativeFailure) {
        guard !isStatic else { throw .revert("payment in a static call") }
        let paid = try readState { [contract] (state) throws(StateError) in try state.debit(contract, wei) }
        guard paid else { throw .revert("the contract's balance is too small") }
        try readState { [contract] (state) throws(StateError) in try state.credit(account, wei) }
    }

    private mutating func readState<Value>(
        _ body: (inout WorldState) throws(StateError) -> Value
    ) throws(NativeFailure) -> Value {
        do { return try body(&state) } catch { throw .state(error) }
    }
}

/// The system contracts and where they live.
public enum SystemContracts {
    /// Code that makes Solidity's code-size check pass and reverts if it is ever run.
    public static let code: [UInt8] = [0x60, 0x00, 0x60, 0x00, 0xfd]
    /// Collects revenue until it is distributed.
    public static let distribution = Address(low: 0x0801)

    public static let all: [any NativeContract.Type] = [AccountKeys.self, KeyRegistry.self, NodeRegistry.self]
    /// Every address that is a system contract's from genesis on.
    public static let addresses = [distribution] + all.map { $0.address }

    public static func contract(at address: Address) -> (any NativeContract.Type)? { all.first { $0.address == address } }
}

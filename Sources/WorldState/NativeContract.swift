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

/// One call into a native contract: metered, journaled access to the contract's own storage, and nothing else.
/// Prices are those of the opcodes SLOAD, SSTORE, LOG and CALL (EIP-2929, 3529).
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

    public mutating func charge(_ amount: UInt64) throws(NativeFailure) {
        guard gas >= amount else {
            gas = 0
            throw .outOfGas
        }
        gas -= amount
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
        do {
            guard try state.debit(contract, wei) else { throw NativeFailure.revert("the contract's balance is too small") }
            try state.credit(account, wei)
        } catch let error as NativeFailure { throw error } catch { throw .state(StateError("\(error)")) }
    }

    private mutating func offset(_ slot: Hash, of contract: Address) throws(NativeFailure) -> Int {
        let offset = state.slotIndex(state.index(contract), slot.number)
        do { try state.check() } catch { throw .state(error) }
        return offset
    }
}

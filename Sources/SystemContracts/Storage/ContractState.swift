import ChainTypes
import Cryptography
import Primitives
import WorldState

/// What the logic of a system contract sees of the state. It is written once against this: calls run it metered
/// (`NativeFrame`), the ends of blocks unmetered (`HookState`).
public protocol ContractState {
    /// Seconds since 1970 of the block.
    var seconds: UInt64 { get }
    var height: UInt64 { get }
    mutating func load(_ slot: Hash, of contract: Address) throws(NativeFailure) -> UInt256
    mutating func store(_ slot: Hash, _ value: UInt256, of contract: Address) throws(NativeFailure)
    mutating func emit(topics: [Hash], data: [UInt8], of contract: Address) throws(NativeFailure)
    /// Moves wei from a system contract to an account.
    mutating func pay(_ wei: UInt256, to account: Address, from contract: Address) throws(NativeFailure)
    /// Destroys wei of a system contract.
    mutating func burn(_ wei: UInt256, from contract: Address) throws(NativeFailure)
    /// Keccak-256 of bytes that came with a call.
    mutating func keccak(_ bytes: [UInt8]) throws(NativeFailure) -> Hash
    /// A value longer than a slot; empty where nothing is stored.
    mutating func loadBlob(_ key: Hash, of contract: Address) throws(NativeFailure) -> [UInt8]
    mutating func storeBlob(_ key: Hash, _ bytes: [UInt8], of contract: Address) throws(NativeFailure)
}

/// Long values are the code of derived accounts, behind a byte that stops whoever runs it.
public enum Blob {
    /// The low 20 bytes of `keccak256(contract ‖ key)`.
    public static func account(_ key: Hash, of contract: Address) -> Address {
        Address(lastBytesOf: Keccak256.hash(contract.bytes + key.bytes))
    }

    static func encode(_ bytes: [UInt8]) -> [UInt8] { [0] + bytes }

    /// Gas to store this many bytes: that of a contract's creation with code of this length.
    static func storeGas(_ count: Int) -> UInt64 { 32_000 + 200 * UInt64(count + 1) }
}

extension NativeFrame: ContractState {
    public var seconds: UInt64 { block.timestamp }
    public var height: UInt64 { block.number }

    public mutating func burn(_ wei: UInt256, from contract: Address) throws(NativeFailure) {
        guard !isStatic else { throw .revert("payment in a static call") }
        try state.burn(wei, from: contract)
    }

    public mutating func keccak(_ bytes: [UInt8]) throws(NativeFailure) -> Hash {
        try charge(NativeGas.hash(bytes.count))
        return Keccak256.hash(bytes)
    }

    public mutating func loadBlob(_ key: Hash, of contract: Address) throws(NativeFailure) -> [UInt8] {
        let account = Blob.account(key, of: contract)
        let isCold = !state.isWarm(account)
        try charge(NativeGas.hash(52) + (isCold ? StorageGas.coldAccount : StorageGas.warmAccess))
        let index = state.index(account)
        _ = state.access(index)
        let bytes = try state.blob(index)
        // Whoever loads a value reads the record in it.
        try charge(NativeGas.decode(bytes.count))
        return bytes
    }

    public mutating func storeBlob(_ key: Hash, _ bytes: [UInt8], of contract: Address) throws(NativeFailure) {
        guard !isStatic else { throw .revert("write in a static call") }
        try charge(Blob.storeGas(bytes.count))
        try state.setBlob(Blob.account(key, of: contract), bytes)
    }
}

/// Unmetered access at the end of a block or in genesis.
public struct HookState: ContractState {
    public let seconds: UInt64
    public let height: UInt64
    public var state: WorldState

    public init(seconds: UInt64, height: UInt64, state: consuming WorldState) {
        (self.seconds, self.height) = (seconds, height)
        self.state = state
    }

    /// Runs a hook over a state without copying it. What may be refused inside stands in an `attempt`: a refusal that comes
    /// out here is an error of the node.
    public static func run<Value>(
        seconds: UInt64, height: UInt64, in state: inout WorldState, _ body: (inout HookState) throws(NativeFailure) -> Value
    ) throws(StateError) -> Value {
        var hook = HookState(seconds: seconds, height: height, state: WorldState(reader: state.reader))
        swap(&hook.state, &state)
        defer { swap(&hook.state, &state) }
        return try reading { () throws(NativeFailure) in try body(&hook) }
    }

    /// What a hook's failure is to a node that only reads.
    static func reading<Value>(_ body: () throws(NativeFailure) -> Value) throws(StateError) -> Value {
        do { return try body() } catch {
            switch error {
            case .state(let error): throw error
            case .revert(let reason): throw StateError("refused outside a transaction: \(reason)")
            case .outOfGas: throw StateError("a hook is not metered")
            }
        }
    }

    public mutating func load(_ slot: Hash, of contract: Address) throws(NativeFailure) -> UInt256 {
        do { return try state.storage(contract, slot) } catch { throw .state(error) }
    }

    public mutating func store(_ slot: Hash, _ value: UInt256, of contract: Address) throws(NativeFailure) {
        do { try state.setStorage(contract, slot, value) } catch { throw .state(error) }
    }

    /// The event becomes part of the block's own receipt; in genesis it is dropped.
    public mutating func emit(topics: [Hash], data: [UInt8], of contract: Address) throws(NativeFailure) {
        state.emit(Log(address: contract, topics: topics, data: data))
    }

    public mutating func keccak(_ bytes: [UInt8]) throws(NativeFailure) -> Hash { Keccak256.hash(bytes) }

    public mutating func pay(_ wei: UInt256, to account: Address, from contract: Address) throws(NativeFailure) {
        let isPaid: Bool
        do {
            isPaid = try state.debit(contract, wei)
            if isPaid { try state.credit(account, wei) }
        } catch { throw .state(error) }
        guard isPaid else { throw .revert("the contract's balance is too small") }
    }

    public mutating func burn(_ wei: UInt256, from contract: Address) throws(NativeFailure) { try state.burn(wei, from: contract) }

    public mutating func loadBlob(_ key: Hash, of contract: Address) throws(NativeFailure) -> [UInt8] {
        try state.blob(state.index(Blob.account(key, of: contract)))
    }

    public mutating func storeBlob(_ key: Hash, _ bytes: [UInt8], of contract: Address) throws(NativeFailure) {
        try state.setBlob(Blob.account(key, of: contract), bytes)
    }
}

extension WorldState {
    fileprivate mutating func burn(_ wei: UInt256, from contract: Address) throws(NativeFailure) {
        let isTaken: Bool
        do { isTaken = try debit(contract, wei) } catch { throw .state(error) }
        guard isTaken else { throw .revert("the contract's balance is too small") }
    }

    fileprivate mutating func blob(_ index: AccountIndex) throws(NativeFailure) -> [UInt8] {
        let hash = codeHash(index)
        guard hash != Account.emptyCodeHash else { return [] }
        let code = code(index)
        do { try check() } catch { throw .state(error) }
        return Array(code.bytes.dropFirst())
    }

    fileprivate mutating func setBlob(_ account: Address, _ bytes: [UInt8]) throws(NativeFailure) {
        do {
            try setCode(account, Blob.encode(bytes))
            try setNonce(account, 1)
        } catch { throw .state(error) }
    }
}

import ChainTypes
import Cryptography
import Primitives

/// Journaled state over a reader: every change can be undone to a checkpoint, and the sum of changes
/// is taken out once, in a fixed order.
public struct WorldState: Sendable {
    /// A position in the journal.
    public struct Checkpoint: Sendable {
        fileprivate let entries: Int
        fileprivate let logs: Int
    }

    private struct Slot: Hashable {
        let address: Address
        let slot: Hash
    }

    private enum Entry: Sendable {
        case account(Address, Account?)
        case storage(Slot, UInt256)
    }

    public let reader: any StateReader
    /// Events of the transaction that runs now.
    public private(set) var logs: [Log] = []

    private var accounts: [Address: Account?] = [:]
    private var slots: [Slot: UInt256] = [:]
    private var originals: [Address: Account?] = [:]
    private var originalSlots: [Slot: UInt256] = [:]
    private var newCodes: [Hash: [UInt8]] = [:]
    private var journal: [Entry] = []

    public init(reader: any StateReader) { self.reader = reader }
}

// MARK: - Reading

extension WorldState {
    public mutating func account(_ address: Address) throws(StateError) -> Account? {
        if let known = accounts[address] { return known }
        let loaded = try reader.account(address)
        accounts[address] = .some(loaded)
        originals[address] = .some(loaded)
        return loaded
    }

    public mutating func balance(_ address: Address) throws(StateError) -> UInt256 { try account(address)?.balance ?? .zero }
    public mutating func nonce(_ address: Address) throws(StateError) -> UInt64 { try account(address)?.nonce ?? 0 }

    public mutating func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 {
        let key = Slot(address: address, slot: slot)
        if let known = slots[key] { return known }
        let loaded = try reader.storage(address, slot)
        slots[key] = loaded
        originalSlots[key] = loaded
        return loaded
    }

    public mutating func code(_ address: Address) throws(StateError) -> [UInt8] {
        guard let account = try account(address) else { return [] }
        if let code = newCodes[account.codeHash] { return code }
        return try reader.code(account.codeHash)
    }
}

// MARK: - Writing

extension WorldState {
    public mutating func setAccount(_ address: Address, _ account: Account?) throws(StateError) {
        journal.append(.account(address, try self.account(address)))
        accounts[address] = .some(account)
    }

    /// Changes an account, creating it when there is none.
    public mutating func update(_ address: Address, _ body: (inout Account) -> Void) throws(StateError) {
        var account = try account(address) ?? .empty
        body(&account)
        try setAccount(address, account)
    }

    /// Adds to a balance; the total supply bounds the sum.
    public mutating func credit(_ address: Address, _ wei: UInt256) throws(StateError) {
        guard !wei.isZero else { return }
        try update(address) { $0.balance = $0.balance + wei }
    }

    /// Takes from a balance; false, and nothing changes, when it is too small.
    public mutating func debit(_ address: Address, _ wei: UInt256) throws(StateError) -> Bool {
        guard let rest = try balance(address).checkedSubtract(wei) else { return false }
        if !wei.isZero { try update(address) { $0.balance = rest } }
        return true
    }

    public mutating func setStorage(_ address: Address, _ slot: Hash, _ value: UInt256) throws(StateError) {
        let key = Slot(address: address, slot: slot)
        // The account changes with its storage root, so it must be among the known ones.
        _ = try account(address)
        journal.append(.storage(key, try storage(address, slot)))
        slots[key] = value
    }

    public mutating func setCode(_ address: Address, _ code: [UInt8]) throws(StateError) {
        let hash = Keccak256.hash(code)
        newCodes[hash] = code
        try update(address) { $0.codeHash = hash }
    }

    public mutating func emit(_ log: Log) { logs.append(log) }
}

// MARK: - Checkpoints and results

extension WorldState {
    public func checkpoint() -> Checkpoint { Checkpoint(entries: journal.count, logs: logs.count) }

    /// Undoes every change and event since the checkpoint.
    public mutating func revert(to checkpoint: Checkpoint) {
        while journal.count > checkpoint.entries, let entry = journal.popLast() {
            switch entry {
            case .account(let address, let account): accounts[address] = .some(account)
            case .storage(let slot, let value): slots[slot] = value
            }
        }
        logs.removeSubrange(checkpoint.logs...)
    }

    /// Ends a transaction: hands out its events and forgets how to undo it.
    public mutating func endTransaction() -> [Log] {
        defer { logs = [] }
        journal.removeAll(keepingCapacity: true)
        return logs
    }

    /// The sum of all changes since the reader's state. Empty accounts are deleted (EIP-161).
    public func changes() -> StateChanges {
        var storage: [Address: [(slot: Hash, value: UInt256)]] = [:]
        for (key, value) in slots where originalSlots[key] != value {
            storage[key.address, default: []].append((slot: key.slot, value: value))
        }
        let touched = accounts.keys.filter { storage[$0] != nil || originals[$0] != accounts[$0] }.sorted()
        let changes = touched.map { address in
            let account = (accounts[address] ?? nil).flatMap { $0.isEmpty ? nil : $0 }
            return StateChanges.AccountChange(
                address: address, account: account, storage: (storage[address] ?? []).sorted { $0.slot < $1.slot })
        }
        let codes = newCodes.sorted { $0.key < $1.key }.map { (hash: $0.key, bytes: $0.value) }
        return StateChanges(accounts: changes, codes: codes)
    }
}

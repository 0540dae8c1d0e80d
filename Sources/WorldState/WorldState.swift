import ChainTypes
import Cryptography
import Primitives

/// Journaled state over a reader: every change can be undone to a checkpoint, and the sum of changes
/// is taken out once, in a fixed order.
///
/// A failed read does not throw here: it is remembered in `failure`, the value reads as absent, and
/// whoever runs transactions must look at `failure` before keeping anything.
public struct WorldState: Sendable {
    /// A position in the journal.
    public struct Checkpoint: Sendable {
        fileprivate let entries: Int
        fileprivate let logs: Int
        fileprivate let refund: Int64
    }

    public let reader: any StateReader
    /// The first read that failed.
    public private(set) var failure: StateError?
    /// Events of the transaction that runs now.
    public private(set) var logs: [Log] = []
    /// Gas to give back at the end of the transaction (EIP-2200, 3529).
    public var refund: Int64 = 0

    var records: [AccountRecord] = []
    var slots: [SlotRecord] = []
    var journal: [JournalEntry] = []
    /// The number of the transaction that runs now, from 1.
    var transaction: UInt32 = 1
    private var accountIndex: [Address: AccountIndex] = [:]
    private var slotIndex: [SlotKey: Int32] = [:]
    private var transient: [SlotKey: UInt256] = [:]
    private var codes: [Hash: Code] = [:]
    private var newCodes: [Hash: [UInt8]] = [:]

    public init(reader: any StateReader) { self.reader = reader }

    /// How many slots have been read or written so far: what tests count.
    package var touchedSlots: Int { slots.count }
}

// MARK: - Accounts

extension WorldState {
    /// Where an account is kept; reads it the first time.
    public mutating func index(_ address: Address) -> AccountIndex {
        if let known = accountIndex[address] { return known }
        let account = attempt { (reader) throws(StateError) in try reader.account(address) } ?? nil
        let index = AccountIndex(records.count)
        records.append(AccountRecord(address: address, account: account, original: account))
        accountIndex[address] = index
        return index
    }

    public func address(_ index: AccountIndex) -> Address { records[index.offset].address }
    public func exists(_ index: AccountIndex) -> Bool { records[index.offset].account != nil }
    /// Whether there is no account or an empty one (EIP-161).
    public func isDead(_ index: AccountIndex) -> Bool { records[index.offset].account?.isEmpty ?? true }
    public func balance(_ index: AccountIndex) -> UInt256 { records[index.offset].account?.balance ?? .zero }
    public func nonce(_ index: AccountIndex) -> UInt64 { records[index.offset].account?.nonce ?? 0 }
    public func codeHash(_ index: AccountIndex) -> Hash { records[index.offset].account?.codeHash ?? Account.emptyCodeHash }

    /// Whether a contract cannot be created at the address (EIP-684, 7610).
    public func isOccupied(_ index: AccountIndex) -> Bool {
        guard let account = records[index.offset].account else { return false }
        let hasStorage = account.storageRoot != Header.emptyTrieRoot && !records[index.offset].storageIsCleared
        return account.nonce != 0 || account.codeHash != Account.emptyCodeHash || hasStorage
    }

    public mutating func code(_ index: AccountIndex) -> Code {
        if let code = records[index.offset].code { return code }
        let code = code(hash: codeHash(index))
        records[index.offset].code = code
        return code
    }

    private mutating func code(hash: Hash) -> Code {
        if hash == Account.emptyCodeHash { return .empty }
        if let code = codes[hash] { return code }
        let code = attempt { (reader) throws(StateError) in try reader.preparedCode(hash) } ?? .empty
        codes[hash] = code
        return code
    }

    public mutating func setBalance(_ index: AccountIndex, _ wei: UInt256) {
        guard records[index.offset].account != nil else {
            var account = Account.empty
            account.balance = wei
            return setAccount(index, account)
        }
        journal.append(.balance(index, balance(index)))
        records[index.offset].account?.balance = wei
    }

    public mutating func setNonce(_ index: AccountIndex, _ nonce: UInt64) {
        guard records[index.offset].account != nil else {
            var account = Account.empty
            account.nonce = nonce
            return setAccount(index, account)
        }
        journal.append(.nonce(index, self.nonce(index)))
        records[index.offset].account?.nonce = nonce
    }

    public mutating func setAccount(_ index: AccountIndex, _ account: Account?) {
        journal.append(.account(index, records[index.offset].account, records[index.offset].code))
        if account?.codeHash != records[index.offset].account?.codeHash { records[index.offset].code = nil }
        records[index.offset].account = account
    }

    public mutating func setCode(_ index: AccountIndex, _ bytes: [UInt8]) {
        let hash = Keccak256.hash(bytes)
        if !bytes.isEmpty {
            if codes[hash] == nil { codes[hash] = Code(bytes, hash: hash) }
            newCodes[hash] = bytes
        }
        var account = records[index.offset].account ?? .empty
        account.codeHash = hash
        setAccount(index, account)
    }

    /// Marks an account as used in the sense of EIP-161: it is deleted if it is empty in the end.
    public mutating func touch(_ index: AccountIndex) {
        guard records[index.offset].touchedIn != transaction else { return }
        journal.append(.touched(index, records[index.offset].touchedIn))
        records[index.offset].touchedIn = transaction
    }

    /// Adds to a balance; the total supply bounds the sum.
    public mutating func credit(_ index: AccountIndex, _ wei: UInt256) {
        touch(index)
        if !wei.isZero { setBalance(index, balance(index) &+ wei) }
    }

    /// Takes from a balance; false, and nothing changes, when it is too small.
    public mutating func debit(_ index: AccountIndex, _ wei: UInt256) -> Bool {
        guard let rest = balance(index).checkedSubtract(wei) else { return false }
        touch(index)
        if !wei.isZero { setBalance(index, rest) }
        return true
    }

    private mutating func attempt<Value>(_ body: (any StateReader) throws(StateError) -> Value) -> Value? {
        do { return try body(reader) } catch {
            failure = failure ?? error
            return nil
        }
    }
}

// MARK: - What is known already

extension WorldState {
    func known(_ address: Address) -> AccountRecord? { accountIndex[address].map { records[$0.offset] } }

    /// A slot's value where it is known without reading.
    func knownSlot(_ address: Address, _ slot: UInt256) -> UInt256? {
        guard let index = accountIndex[address] else { return nil }
        if let offset = slotIndex[SlotKey(account: index, slot: slot)] { return slots[Int(offset)].value }
        return records[index.offset].storageIsCleared ? .zero : nil
    }

    /// Whether the transaction that runs now has accessed an account. Reads nothing: who cannot pay for a cold one is told so
    /// before it is read.
    public func isWarm(_ address: Address) -> Bool {
        guard let index = accountIndex[address] else { return false }
        return records[index.offset].accessedIn == transaction
    }

    /// The same of a slot.
    public func isWarm(_ index: AccountIndex, _ slot: UInt256) -> Bool {
        guard let offset = slotIndex[SlotKey(account: index, slot: slot)] else { return false }
        return slots[Int(offset)].accessedIn == transaction
    }

    func knownCode(_ hash: Hash) -> Code? { codes[hash] }
    func newCode(_ hash: Hash) -> [UInt8]? { newCodes[hash] }

    /// Keeps another's record of an account that is not known yet.
    mutating func adopt(_ record: AccountRecord) -> AccountIndex {
        if let known = accountIndex[record.address] { return known }
        let index = AccountIndex(records.count)
        records.append(AccountRecord(address: record.address, account: record.original, original: record.original))
        accountIndex[record.address] = index
        return index
    }

    /// Keeps another's record of a slot that is not known yet.
    mutating func adopt(_ slot: SlotRecord, of index: AccountIndex) -> Int {
        let key = SlotKey(account: index, slot: slot.slot)
        if let known = slotIndex[key] { return Int(known) }
        slotIndex[key] = Int32(truncatingIfNeeded: slots.count)
        slots.append(
            SlotRecord(
                account: index, slot: slot.slot, value: slot.original, original: slot.original, committed: slot.original, committedFor: 0))
        return slots.count - 1
    }

    mutating func absorbCodes(of other: TransactionEffects) {
        if !other.codes.isEmpty { codes.merge(other.codes) { mine, _ in mine } }
        if !other.newCodes.isEmpty { newCodes.merge(other.newCodes) { mine, _ in mine } }
    }

    /// What the one transaction that has run here read and did.
    public var effects: TransactionEffects {
        TransactionEffects(records: records, slots: slots, codes: codes, newCodes: newCodes, failed: failure != nil)
    }
}

// MARK: - Storage

extension WorldState {
    /// Where a slot is kept; reads it the first time.
    public mutating func slotIndex(_ index: AccountIndex, _ slot: UInt256) -> Int {
        let key = SlotKey(account: index, slot: slot)
        if let known = slotIndex[key] {
            let offset = Int(known)
            if slots[offset].committedFor != transaction {
                slots[offset].committed = slots[offset].value
                slots[offset].committedFor = transaction
            }
            return offset
        }
        let value = readStorage(index, slot)
        slotIndex[key] = Int32(truncatingIfNeeded: slots.count)
        slots.append(
            SlotRecord(account: index, slot: slot, value: value, original: value, committed: value, committedFor: transaction))
        return slots.count - 1
    }

    private mutating func readStorage(_ index: AccountIndex, _ slot: UInt256) -> UInt256 {
        let record = records[index.offset]
        guard !record.storageIsCleared, let original = record.original else { return .zero }
        return attempt { (reader) throws(StateError) in try reader.storage(record.address, Hash(slot), in: original) } ?? .zero
    }

    public func value(slot offset: Int) -> UInt256 { slots[offset].value }
    /// The value when the transaction began.
    public func committed(slot offset: Int) -> UInt256 { slots[offset].committed }

    public mutating func setValue(slot offset: Int, _ value: UInt256) {
        journal.append(.storage(Int32(truncatingIfNeeded: offset), slots[offset].value))
        slots[offset].value = value
    }

    /// Storage that lasts as long as the transaction (EIP-1153).
    public func transient(_ index: AccountIndex, _ slot: UInt256) -> UInt256 {
        transient[SlotKey(account: index, slot: slot)] ?? .zero
    }

    public mutating func setTransient(_ index: AccountIndex, _ slot: UInt256, _ value: UInt256) {
        let key = SlotKey(account: index, slot: slot)
        journal.append(.transient(key, transient[key] ?? .zero))
        transient[key] = value
    }
}

// MARK: - Access, creation, destruction

extension WorldState {
    /// Marks an account as accessed in this transaction; whether it was cold (EIP-2929).
    public mutating func access(_ index: AccountIndex) -> Bool {
        guard records[index.offset].accessedIn != transaction else { return false }
        journal.append(.accountAccess(index))
        records[index.offset].accessedIn = transaction
        records[index.offset].wasAccessed = true
        return true
    }

    /// Marks a slot as accessed in this transaction; whether it was cold (EIP-2929).
    public mutating func access(slot offset: Int) -> Bool {
        guard slots[offset].accessedIn != transaction else { return false }
        journal.append(.slotAccess(Int32(truncatingIfNeeded: offset)))
        slots[offset].accessedIn = transaction
        slots[offset].wasAccessed = true
        return true
    }

    public mutating func markCreated(_ index: AccountIndex) {
        journal.append(.created(index, records[index.offset].createdIn))
        records[index.offset].createdIn = transaction
        records[index.offset].wasCreated = true
    }

    public func isCreatedNow(_ index: AccountIndex) -> Bool { records[index.offset].createdIn == transaction }

    /// Marks an account for deletion at the end of the transaction; false when it was marked before.
    @discardableResult
    public mutating func markDestroyed(_ index: AccountIndex) -> Bool {
        guard records[index.offset].destroyedIn != transaction else { return false }
        journal.append(.destroyed(index, records[index.offset].destroyedIn))
        records[index.offset].destroyedIn = transaction
        return true
    }

    public mutating func emit(_ log: Log) { logs.append(log) }
}

// MARK: - Checkpoints and results

extension WorldState {
    public func checkpoint() -> Checkpoint { Checkpoint(entries: journal.count, logs: logs.count, refund: refund) }

    /// Undoes every change and event since the checkpoint.
    public mutating func revert(to checkpoint: Checkpoint) {
        while journal.count > checkpoint.entries, let entry = journal.popLast() { undo(entry) }
        logs.removeSubrange(checkpoint.logs...)
        refund = checkpoint.refund
    }

    private mutating func undo(_ entry: JournalEntry) {
        switch entry {
        case .balance(let index, let wei): records[index.offset].account?.balance = wei
        case .nonce(let index, let nonce): records[index.offset].account?.nonce = nonce
        case .account(let index, let account, let code):
            records[index.offset].account = account
            records[index.offset].code = code
        case .storage(let offset, let value): slots[Int(offset)].value = value
        case .transient(let key, let value): transient[key] = value
        case .accountAccess(let index): records[index.offset].accessedIn = 0
        case .slotAccess(let offset): slots[Int(offset)].accessedIn = 0
        case .touched(let index, let number): records[index.offset].touchedIn = number
        case .created(let index, let number): records[index.offset].createdIn = number
        case .destroyed(let index, let number): records[index.offset].destroyedIn = number
        }
    }

    /// Ends a transaction: deletes what it destroyed or left empty, hands out its events and forgets
    /// how to undo it.
    /// - Parameter clearsEmpty: whether touched empty accounts are deleted (EIP-161).
    public mutating func endTransaction(clearsEmpty: Bool = true) -> [Log] {
        for entry in journal {
            switch entry {
            case .destroyed(let index, _): delete(index.offset)
            case .touched(let index, _):
                if clearsEmpty, records[index.offset].account?.isEmpty == true { records[index.offset].account = nil }
            default: break
            }
        }
        defer { logs = [] }
        journal.removeAll(keepingCapacity: true)
        transient.removeAll(keepingCapacity: true)
        refund = 0
        transaction += 1
        return logs
    }

    private mutating func delete(_ index: Int) {
        records[index].account = nil
        records[index].code = nil
        clearStorage(AccountIndex(index))
    }

    /// Empties an account's storage. It cannot be undone.
    public mutating func clearStorage(_ index: AccountIndex) {
        records[index.offset].storageIsCleared = true
        for offset in slots.indices where slots[offset].account == index { slots[offset].value = .zero }
    }

    /// The sum of all changes since the reader's state.
    public func changes() -> StateChanges {
        var storage: [Int: [(slot: Hash, value: UInt256)]] = [:]
        for record in slots {
            let index = record.account.offset
            let base = records[index].storageIsCleared ? .zero : record.original
            if record.value != base { storage[index, default: []].append((slot: Hash(record.slot), value: record.value)) }
        }
        let touched = records.indices.filter {
            storage[$0] != nil || records[$0].original != records[$0].account || records[$0].storageIsCleared
        }
        let changes = touched.map { index in
            var account = records[index].account
            if records[index].storageIsCleared { account?.storageRoot = Header.emptyTrieRoot }
            return StateChanges.AccountChange(
                address: records[index].address, account: account,
                storage: account == nil ? [] : (storage[index] ?? []).sorted { $0.slot < $1.slot })
        }
        return StateChanges(accounts: changes.sorted { $0.address < $1.address }, codes: newCodes(of: touched))
    }

    /// Codes that accounts have now and had not before, each once. What was set and undone again is not among them, and
    /// neither does it matter which codes were read meanwhile.
    private func newCodes(of touched: [Int]) -> [(hash: Hash, bytes: [UInt8])] {
        var codes: [Hash: [UInt8]] = [:]
        for index in touched {
            guard let hash = records[index].account?.codeHash, hash != records[index].original?.codeHash else { continue }
            codes[hash] = newCodes[hash]
        }
        return codes.sorted { $0.key < $1.key }.map { (hash: $0.key, bytes: $0.value) }
    }
}

import ChainTypes
import Cryptography
import Primitives

/// A state as it is now, for others to read while it does not change.
///
/// One object rather than a value: threads that read through it would else count references to each of the state's parts.
public final class StateView: StateReader {
    private let state: WorldState

    public init(_ state: WorldState) { self.state = state }

    public func account(_ address: Address) throws(StateError) -> Account? {
        if let known = state.known(address) { return known.account }
        return try state.reader.account(address)
    }

    public func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 {
        if let known = state.knownSlot(address, slot.number) { return known }
        return try state.reader.storage(address, slot)
    }

    public func storage(_ address: Address, _ slot: Hash, in account: Account) throws(StateError) -> UInt256 {
        if let known = state.knownSlot(address, slot.number) { return known }
        return try state.reader.storage(address, slot, in: account)
    }

    public func code(_ hash: Hash) throws(StateError) -> [UInt8] {
        if let code = state.newCode(hash) { return code }
        return try state.reader.code(hash)
    }

    public func preparedCode(_ hash: Hash) throws(StateError) -> Code {
        if let code = state.knownCode(hash) { return code }
        return try state.reader.preparedCode(hash)
    }
}

/// What one finished transaction did on a view of a state, with everything that it read. It keeps nothing of the view alive:
/// the state behind it could else not change without being copied.
public struct TransactionEffects: Sendable {
    let records: [AccountRecord]
    let slots: [SlotRecord]
    let codes: [Hash: Code]
    let newCodes: [Hash: [UInt8]]
    /// Whether something could not be read.
    let failed: Bool
}

extension WorldState {
    /// Takes over what one finished transaction did on a view of this state, if all that it read still holds here.
    /// - Returns: false where something that it read has changed, or could not be read. Nothing changes then, but what it
    ///   read first is kept, so that the transaction need not read it again.
    public mutating func absorb(_ other: TransactionEffects) -> Bool {
        guard !other.failed else { return false }
        guard other.records.allSatisfy(holds), other.slots.allSatisfy({ holds($0, of: other) }) else {
            keepReads(of: other)
            return false
        }
        for record in other.records {
            let index = adopt(record)
            records[index.offset].account = record.account
            records[index.offset].code = record.code
            if record.storageIsCleared { clearStorage(index) }
        }
        for slot in other.slots {
            let offset = adopt(slot, of: index(other.records[slot.account.offset].address))
            slots[offset].value = slot.value
        }
        absorbCodes(of: other)
        // A number of its own, or what was noted for the next transaction would be taken for current.
        transaction += 1
        return true
    }

    /// Keeps what a transaction was the first to read, as it read it.
    public mutating func keepReads(of other: TransactionEffects) {
        guard !other.failed else { return }
        for record in other.records { _ = adopt(record) }
        for slot in other.slots {
            let record = other.records[slot.account.offset]
            let index = index(record.address)
            // Only what this state would read itself: of storage that no transaction has cleared or begun anew.
            let mine = records[index.offset]
            guard !mine.storageIsCleared, mine.original?.storageRoot == record.original?.storageRoot else { continue }
            _ = adopt(slot, of: index)
        }
    }

    private func holds(_ record: AccountRecord) -> Bool {
        guard let mine = known(record.address) else { return true }
        return mine.account == record.original
    }

    private func holds(_ slot: SlotRecord, of other: TransactionEffects) -> Bool {
        guard let mine = knownSlot(other.records[slot.account.offset].address, slot.slot) else { return true }
        return mine == slot.original
    }
}

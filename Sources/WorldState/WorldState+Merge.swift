import ChainTypes
import Cryptography
import Primitives

/// A state as it is now, for others to read while it does not change.
public struct StateView: StateReader {
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

extension WorldState {
    /// Takes over what one finished transaction did on a view of this state, if all that it read still holds here.
    /// - Returns: false, and nothing changes, where something that it read has changed, or could not be read.
    public mutating func absorb(_ other: WorldState) -> Bool {
        guard other.failure == nil, other.records.allSatisfy(holds), other.slots.allSatisfy({ holds($0, of: other) }) else { return false }
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

    private func holds(_ record: AccountRecord) -> Bool {
        guard let mine = known(record.address) else { return true }
        return mine.account == record.original
    }

    private func holds(_ slot: SlotRecord, of other: WorldState) -> Bool {
        guard let mine = knownSlot(other.records[slot.account.offset].address, slot.slot) else { return true }
        return mine == slot.original
    }
}

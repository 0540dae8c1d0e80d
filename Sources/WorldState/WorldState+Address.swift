import ChainTypes
import Primitives

// The same by address, for code that runs a few times per transaction. These throw where a read fails.

extension WorldState {
    public mutating func account(_ address: Address) throws(StateError) -> Account? {
        let index = try checkedIndex(address)
        return records[index.offset].account
    }

    public mutating func balance(_ address: Address) throws(StateError) -> UInt256 {
        let index = try checkedIndex(address)
        return balance(index)
    }

    public mutating func nonce(_ address: Address) throws(StateError) -> UInt64 {
        let index = try checkedIndex(address)
        return nonce(index)
    }

    public mutating func storage(_ address: Address, _ slot: Hash) throws(StateError) -> UInt256 {
        let offset = slotIndex(try checkedIndex(address), slot.number)
        try check()
        return value(slot: offset)
    }

    public mutating func setStorage(_ address: Address, _ slot: Hash, _ value: UInt256) throws(StateError) {
        let offset = slotIndex(try checkedIndex(address), slot.number)
        try check()
        setValue(slot: offset, value)
    }

    public mutating func setNonce(_ address: Address, _ nonce: UInt64) throws(StateError) {
        setNonce(try checkedIndex(address), nonce)
    }

    public mutating func setCode(_ address: Address, _ code: [UInt8]) throws(StateError) {
        setCode(try checkedIndex(address), code)
    }

    /// Adds to a balance; the total supply bounds the sum.
    public mutating func credit(_ address: Address, _ wei: UInt256) throws(StateError) {
        credit(try checkedIndex(address), wei)
    }

    /// Takes from a balance; false, and nothing changes, when it is too small.
    public mutating func debit(_ address: Address, _ wei: UInt256) throws(StateError) -> Bool {
        debit(try checkedIndex(address), wei)
    }

    /// Throws the first read that failed.
    public func check() throws(StateError) {
        if let failure { throw failure }
    }

    private mutating func checkedIndex(_ address: Address) throws(StateError) -> AccountIndex {
        let index = index(address)
        try check()
        return index
    }
}

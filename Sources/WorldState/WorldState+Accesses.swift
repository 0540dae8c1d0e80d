import ChainTypes
import Primitives

extension WorldState {
    /// Every account and slot that was accessed since the reader's state in the sense of EIP-2929, also by calls that
    /// were undone; sorted. An account that was created in this time stands there with its slots only.
    /// - Parameter isFree: accounts that are warm anyway: they too stand there with their slots only.
    public func accesses(isFree: (Address) -> Bool) -> [AccessListEntry] {
        var touched: [Int: [UInt256]] = [:]
        for slot in slots where slot.wasAccessed { touched[slot.account.offset, default: []].append(slot.slot) }
        return records.indices.compactMap { index -> AccessListEntry? in
            let (record, slots) = (records[index], touched[index] ?? [])
            let isListed = record.wasAccessed && !record.wasCreated && !isFree(record.address)
            guard isListed || !slots.isEmpty else { return nil }
            return AccessListEntry(address: record.address, slots: slots.map { Hash($0) }.sorted())
        }
        .sorted { $0.address < $1.address }
    }
}

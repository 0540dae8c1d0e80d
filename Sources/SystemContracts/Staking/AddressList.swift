import Primitives
import WorldState

/// Addresses in storage in a fixed order, each with its place, so that one can be taken out at constant cost: the last takes
/// its place. The count is at `base`, `mapping(uint256 => address)` at `base + 1`, `mapping(address => place + 1)` at `base + 2`.
struct AddressList: Sendable {
    let contract: Address
    let base: Hash

    private func slot(_ index: UInt64) -> Hash { StorageLayout.mapping(Hash(index), at: StorageLayout.member(1, of: base)) }
    private func place(_ address: Address) -> Hash { StorageLayout.mapping(address.padded, at: StorageLayout.member(2, of: base)) }

    func count(_ state: inout some ContractState) throws(NativeFailure) -> UInt64 { try state.load(base, of: contract).limb0 }

    func at(_ index: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> Address {
        Address(try state.load(slot(index), of: contract))
    }

    func contains(_ address: Address, _ state: inout some ContractState) throws(NativeFailure) -> Bool {
        !(try state.load(place(address), of: contract)).isZero
    }

    func all(_ state: inout some ContractState) throws(NativeFailure) -> [Address] {
        try page(from: 0, limit: .max, &state)
    }

    func page(from first: UInt64, limit: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> [Address] {
        let count = try count(&state)
        var (found, index): ([Address], UInt64) = ([], first)
        while index < count, UInt64(found.count) < limit {
            found.append(try at(index, &state))
            index &+= 1
        }
        return found
    }

    /// Adds an address unless it is there.
    func insert(_ address: Address, _ state: inout some ContractState) throws(NativeFailure) {
        guard !(try contains(address, &state)) else { return }
        let count = try count(&state)
        try state.store(slot(count), address.word, of: contract)
        try state.store(place(address), UInt256(count &+ 1), of: contract)
        try state.store(base, UInt256(count &+ 1), of: contract)
    }

    func remove(_ address: Address, _ state: inout some ContractState) throws(NativeFailure) {
        let number = try state.load(place(address), of: contract).limb0
        guard number > 0 else { return }
        let last = try count(&state).since(1)
        if number &- 1 != last {
            let moved = try at(last, &state)
            try state.store(slot(number &- 1), moved.word, of: contract)
            try state.store(place(moved), UInt256(number), of: contract)
        }
        try state.store(slot(last), .zero, of: contract)
        try state.store(place(address), .zero, of: contract)
        try state.store(base, UInt256(last), of: contract)
    }
}

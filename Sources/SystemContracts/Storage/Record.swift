import Primitives
import WorldState

/// A struct in a contract's storage: its members are slots in order of their numbers.
public struct Record<Field: RawRepresentable & Sendable>: Sendable where Field.RawValue == UInt64 {
    public let contract: Address
    public let base: Hash

    public init(_ contract: Address, _ base: Hash) { (self.contract, self.base) = (contract, base) }

    public func slot(_ field: Field) -> Hash { StorageLayout.member(field.rawValue, of: base) }

    func get(_ field: Field, _ state: inout some ContractState) throws(NativeFailure) -> UInt256 {
        try state.load(slot(field), of: contract)
    }

    func number(_ field: Field, _ state: inout some ContractState) throws(NativeFailure) -> UInt64 { try get(field, &state).limb0 }

    func flag(_ field: Field, _ state: inout some ContractState) throws(NativeFailure) -> Bool { !(try get(field, &state)).isZero }

    func set(_ field: Field, _ value: UInt256, _ state: inout some ContractState) throws(NativeFailure) {
        try state.store(slot(field), value, of: contract)
    }

    func add(_ field: Field, _ value: UInt256, _ state: inout some ContractState) throws(NativeFailure) {
        guard !value.isZero else { return }
        try set(field, try get(field, &state).plus(value), &state)
    }

    func subtract(_ field: Field, _ value: UInt256, _ state: inout some ContractState) throws(NativeFailure) {
        guard !value.isZero else { return }
        try set(field, try get(field, &state).minus(value), &state)
    }
}

extension StorageLayout {
    /// The slot of `mapping(a => mapping(b => …))`, or of a longer chain of keys.
    public static func mapping(_ keys: [Hash], at number: UInt64) -> Hash {
        keys.reduce(slot(number)) { mapping($1, at: $0) }
    }
}

extension Hash {
    init(_ number: UInt64) { self.init(UInt256(number)) }
}

extension Address {
    init(_ word: UInt256) { self.init(lastBytesOf: Hash(word)) }
    var word: UInt256 { padded.number }
}

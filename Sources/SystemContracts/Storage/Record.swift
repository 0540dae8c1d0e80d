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

// Checked arithmetic of contracts: what does not fit reverts the call.
extension UInt256 {
    func plus(_ other: UInt256) throws(NativeFailure) -> UInt256 {
        guard let sum = checkedAdd(other) else { throw .revert("the amount is too large") }
        return sum
    }

    func minus(_ other: UInt256) throws(NativeFailure) -> UInt256 {
        guard let difference = checkedSubtract(other) else { throw .revert("the amount is too large") }
        return difference
    }

    func times(_ other: UInt256) throws(NativeFailure) -> UInt256 {
        guard let product = checkedMultiply(other) else { throw .revert("the amount is too large") }
        return product
    }

    /// `⌊self · numerator / denominator⌋`
    func scaled(_ numerator: UInt256, over denominator: UInt256) throws(NativeFailure) -> UInt256 {
        guard !denominator.isZero else { throw .revert("division by zero") }
        return try times(numerator) / denominator
    }

    /// `⌈self · numerator / denominator⌉`
    func scaledUp(_ numerator: UInt256, over denominator: UInt256) throws(NativeFailure) -> UInt256 {
        guard !denominator.isZero else { throw .revert("division by zero") }
        let (quotient, rest) = try times(numerator).quotientAndRemainder(dividingBy: denominator)
        return rest.isZero ? quotient : try quotient.plus(.one)
    }

    /// The part of an amount that a fraction of 10^18 says, rounded down.
    func fraction(_ fraction: UInt256) throws(NativeFailure) -> UInt256 { try scaled(fraction, over: QST.one) }
}

extension Address {
    init(_ word: UInt256) { self.init(lastBytesOf: Hash(word)) }
    var word: UInt256 { padded.number }
}

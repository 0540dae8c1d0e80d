import Primitives
import WorldState

// Layout of the slashing contract's storage.
//
// 0     address validator => SigningField…
// 1     address validator => uint256 place => turns of a part of the window: number << 128 | delivered << 64 | missed

/// What is on record of a validator's turns, in order of the slots.
public enum SigningField: UInt64, CaseIterable, Sendable {
    /// When the record began, in seconds; 0 without one.
    case since
    case missedInARow
}

/// Turns in one part of the sliding window.
struct Turns: Sendable {
    /// Which part since 1970.
    var part: UInt64
    var delivered: UInt64 = 0
    var missed: UInt64 = 0

    var total: UInt64 { delivered.later(by: missed) }
}

extension Turns {
    init(word: UInt256) { (part, delivered, missed) = (word.limb2, word.limb1, word.limb0) }
    var word: UInt256 { UInt256(part) << 128 | UInt256(delivered) << 64 | UInt256(missed) }
}

extension Slashing {
    /// A window slides by a twelfth of its length.
    static let parts: UInt64 = 12

    static func signing(_ validator: Address) -> Record<SigningField> {
        Record(address, StorageLayout.mapping([validator.padded], at: 0))
    }

    private static func turnsSlot(_ validator: Address, _ part: UInt64) -> Hash {
        StorageLayout.mapping([validator.padded, Hash(part % parts)], at: 1)
    }

    /// A validator's turns in a part of the window.
    static func turns(_ validator: Address, part: UInt64, _ state: inout some ContractState) throws(NativeFailure) -> Turns {
        let turns = Turns(word: try state.load(turnsSlot(validator, part), of: address))
        return turns.part == part ? turns : Turns(part: part)
    }

    static func set(_ turns: Turns, of validator: Address, _ state: inout some ContractState) throws(NativeFailure) {
        try state.store(turnsSlot(validator, turns.part), turns.word, of: address)
    }
}

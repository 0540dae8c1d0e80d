import Primitives
import WorldState

/// A part of what is done when blocks begin and end. The raw values are on record.
public enum Duty: UInt64, CaseIterable, Sendable {
    // When a block begins.
    case evidence = 1, answer
    // When it ends.
    case revenue, emission, turns, period, suspension, challenge, upgrade, expiry, vote, execution
    // When an epoch ends with it.
    case choice, activity, nodes
}

/// Parts of blocks that were refused, counted since genesis, and the last of them. A sound chain has none.
public struct RefusedDuties: Hashable, Sendable {
    public var count: UInt64
    /// Raw value of a `Duty`.
    public var lastDuty: UInt64
    public var lastBlock: UInt64

    init(word: UInt256) { (count, lastDuty, lastBlock) = (word.limb2, word.limb1, word.limb0) }
    var word: UInt256 { UInt256(limbs: lastBlock, lastDuty, count, 0) }
}

extension Economy {
    public static func refusedDuties(in reader: some StateReader) throws(StateError) -> RefusedDuties {
        RefusedDuties(word: try reader.storage(Distribution.address, Distribution.ledger.slot(.refusedDuties)))
    }
}

extension HookState {
    /// Does a part of a block wholly or not at all. No transaction can be blamed for what is refused here, and a block that
    /// nobody can execute would end the chain: so what was begun is undone, the refusal is noted in the state, and the block goes on.
    /// - Returns: nil where the part was refused.
    /// - Throws: only where this node cannot read its own state.
    @discardableResult
    mutating func attempt<Value>(
        _ duty: Duty, _ body: (inout HookState) throws(NativeFailure) -> Value
    ) throws(NativeFailure) -> Value? {
        let checkpoint = state.checkpoint()
        do throws(NativeFailure) { return try body(&self) } catch {
            guard case .revert = error else { throw error }
            state.revert(to: checkpoint)
            var refused = RefusedDuties(word: try Distribution.ledger.get(.refusedDuties, &self))
            refused.count &+= 1
            refused.lastDuty = duty.rawValue
            refused.lastBlock = height
            try Distribution.ledger.set(.refusedDuties, refused.word, &self)
            return nil
        }
    }
}

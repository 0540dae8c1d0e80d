import Primitives
import WorldState

/// Compares all balances with the supply on record: genesis + emitted − burned. The first state is read as a whole; later
/// ones cost what they change.
public struct SupplyCheck: Sendable {
    private var last: (root: Hash, sum: UInt256)?
    /// Wei that are on record and that no account has: a contract that destroys itself in its first transaction and names
    /// itself as the heir takes its wei with it (EIP-6780). Zero where no such contract ran.
    public private(set) var destroyed = UInt256.zero

    public init() {}

    /// What does not add up. States must come in the order of their blocks.
    public mutating func faults(of state: TrieState) throws(StateError) -> [String] {
        let sum: UInt256
        if let last { sum = try state.sumOfBalances(since: last.root, when: last.sum) } else { sum = try state.sumOfBalances() }
        last = (state.root, sum)
        var world = WorldState(reader: state)
        let supply = try HookState.run(seconds: 0, height: 0, in: &world) { (hook) throws(NativeFailure) in try Distribution.supply(&hook) }
        guard sum <= supply else { return ["all accounts have \(sum) wei, the supply is \(supply)"] }
        // What is gone stays gone.
        guard supply - sum >= destroyed else {
            return ["\(destroyed - (supply - sum)) wei came back from nowhere: all accounts have \(sum) wei, the supply is \(supply)"]
        }
        destroyed = supply - sum
        return []
    }
}

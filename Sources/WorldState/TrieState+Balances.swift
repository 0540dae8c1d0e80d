import Primitives
import Trie

extension TrieState {
    /// The wei of all accounts together. Reads every account.
    public func sumOfBalances() throws(StateError) -> UInt256 { try sumOfBalances(since: MerklePatriciaTrie.emptyRoot, when: .zero) }

    /// The wei of all accounts together, from what they were at an earlier root that can still be read. Reads what has changed.
    public func sumOfBalances(since earlier: Hash, when known: UInt256) throws(StateError) -> UInt256 {
        var (more, less) = (UInt256.zero, UInt256.zero)
        do {
            try MerklePatriciaTrie(root: earlier).differences(to: MerklePatriciaTrie(root: root), from: nodes) {
                (_, old, new) throws(TrieError) in
                more = try sum(more, of: new)
                less = try sum(less, of: old)
            }
        } catch { throw StateError("\(error)") }
        guard let total = known.checkedAdd(more)?.checkedSubtract(less) else { throw StateError("the balances exceed 2^256") }
        return total
    }

    private func sum(_ sum: UInt256, of account: ArraySlice<UInt8>?) throws(TrieError) -> UInt256 {
        guard let account else { return sum }
        guard let balance = try? Account(rlp: Array(account)).balance, let more = sum.checkedAdd(balance) else { throw .malformedNode }
        return more
    }
}

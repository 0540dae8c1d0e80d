import ChainTypes
import Cryptography
import Primitives
import Trie

extension TrieState {
    /// Values of an account's slots with their paths up to this state's root (EIP-1186).
    public func prove(_ address: Address, slots: [Hash]) throws(StateError) -> StateProof {
        let storage = MerklePatriciaTrie(root: try account(address)?.storageRoot ?? MerklePatriciaTrie.emptyRoot)
        var proven: [StateProof.Slot] = []
        for slot in slots { proven.append(StateProof.Slot(slot: slot, nodes: try path(slot.bytes, in: storage))) }
        return StateProof(
            address: address, accountNodes: try path(address.bytes, in: MerklePatriciaTrie(root: root)), slots: proven)
    }

    private func path(_ key: [UInt8], in trie: MerklePatriciaTrie) throws(StateError) -> [[UInt8]] {
        do { return try trie.prove(Keccak256.hash(key).bytes, from: nodes) } catch { throw StateError("\(error)") }
    }
}

import Cryptography
import Primitives

/// Checks of Merkle-Patricia proofs as `eth_getProof` (EIP-1186) gives them.
public enum TrieProof {
    /// The value that the trie holds for the key, or nil when the proof shows that it holds none.
    ///
    /// Strict: every node canonical, each reached from the one before, none left over, none that should have
    /// been embedded. The empty trie is proven by no nodes. Work is bounded by the key's length and the proof's size.
    /// - Parameter proof: RLP nodes from the root downwards.
    public static func verify(root: Hash, key: [UInt8], proof: [[UInt8]]) throws(TrieError) -> [UInt8]? {
        guard proof.count <= 2 * key.count + 1 else { throw .excessProof }
        var rest = proof[...]
        let value = try TriePath.value(of: key, under: root) { hash throws(TrieError) in
            guard let bytes = rest.popFirst() else { throw .incompleteProof }
            guard bytes.count >= Hash.byteCount || hash == root else { throw .malformedNode }
            guard Keccak256.hash(bytes) == hash else { throw .wrongHash }
            return bytes
        }
        guard rest.isEmpty else { throw .excessProof }
        return value
    }
}
